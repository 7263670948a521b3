#pragma once

#include <ostream>

#include "absl/status/status.h"
#include "services/common/clock.h"

namespace CLI {
class App;
}

namespace hjerte::tool {

// What the program's exit code means; the same for every command and told in --help.
enum ExitCode : int {
  kExitOk = 0,
  kExitFindings = 1,     // it ran, and what it looked at is not in order: findings, a refusal, figures that differ
  kExitUsage = 2,        // wrong arguments or wrong configuration
  kExitEnvironment = 3,  // a file, a folder, the network or another program is not as it must be
};

// What every command gets: results go to `out`, everything else to `err`, the outcome to `exit_code`.
struct Context {
  std::ostream& out;
  std::ostream& err;
  const common::Clock& clock;
  int exit_code = kExitOk;
};

// Writes an error and leaves the exit code that belongs to its kind. Nothing for OK.
void Report(Context& context, const absl::Status& status);

// A command is a pair of files `<name>_command.{h,cc}` with one function
//   void Register<Name>(CLI::App& program, Context& context);
// that adds a subcommand whose callback does the work. The options live in a shared_ptr the callback holds; `context`
// outlives it.

// Runs the whole program: adds every command and parses. Returns the exit code.
int RunTool(int argc, const char* const* argv, Context& context);

}  // namespace hjerte::tool
