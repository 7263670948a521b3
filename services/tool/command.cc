#include "services/tool/command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "services/tool/audit_command.h"
#include "services/tool/backup_command.h"
#include "services/tool/certs_command.h"
#include "services/tool/check_config_command.h"
#include "services/tool/export_command.h"
#include "services/tool/fhirpath_command.h"
#include "services/tool/keys_command.h"
#include "services/tool/map_command.h"
#include "services/tool/outbox_command.h"
#include "services/tool/preview_command.h"
#include "services/tool/records_command.h"
#include "services/tool/results_command.h"
#include "services/tool/simulate_command.h"
#include "services/tool/validate_command.h"
#include "services/tool/view_command.h"

namespace hjerte::tool {
namespace {

// Every command of the program, in the order --help shows them.
constexpr void (*kCommands[])(CLI::App&, Context&) = {
    RegisterCheckConfig, RegisterCerts,    RegisterSimulate, RegisterRecords,    RegisterMap,
    RegisterView,        RegisterFhirpath, RegisterValidate, RegisterPreview,    RegisterResults,
    RegisterPublish,     RegisterExport,   RegisterOutbox,   RegisterQuarantine, RegisterBackup,
    RegisterRestore,     RegisterVerify,   RegisterAudit,    RegisterKeys,
};

constexpr const char* kExitCodes =
    "Exit codes: 0 all is well; 1 it ran, and what it looked at is not in order; 2 wrong arguments or configuration;\n"
    "3 a file, the network or another program is not as it must be.";

}  // namespace

void Report(Context& context, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      context.exit_code = kExitUsage;
      break;
    default:
      context.exit_code = kExitEnvironment;
  }
  context.err << "hjerte: " << std::string(status.message()) << "\n";
}

int RunTool(int argc, const char* const* argv, Context& context) {
  CLI::App program("The tool of HjerteGateway, for those who run it and those who deliver to it.", "hjerte");
  program.require_subcommand(1);
  program.footer(kExitCodes);
  for (const auto add : kCommands) add(program, context);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = program.exit(error, context.out, context.err) == 0;
    return asked_for_help ? kExitOk : kExitUsage;
  }
  return context.exit_code;
}

}  // namespace hjerte::tool
