#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/tool/command.h"
#include "tests/temporary_folder.h"

namespace hjerte::tool {

// Runs the whole program in process and keeps what it wrote.
class ToolFixture : public testing::Test {
 protected:
  // Runs `hjerte <arguments>` and returns the exit code.
  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "hjerte");
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    out_.str("");
    err_.str("");
    Context context{.out = out_, .err = err_, .clock = clock_};
    return RunTool(static_cast<int>(argv.size()), argv.data(), context);
  }
  std::string Out() const { return out_.str(); }
  std::string Err() const { return err_.str(); }

  tests::TemporaryFolder folder_;
  common::ManualClock clock_{common::Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31))};

 private:
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace hjerte::tool
