#include "services/tool/audit_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "services/common/sqlite.h"
#include "services/indicator/vault/key_ring.h"
#include "services/tool/audit_event.h"
#include "services/tool/custody.h"

namespace hjerte::tool {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> anchors;
  std::string anchor_file;
};

absl::StatusOr<common::AuditReport> VerifyCentral(const indicator::Config& config,
                                                  const std::vector<common::AuditHead>& anchors) {
  auto database = common::Database::Open({.file = config.store_file, .read_only = true});
  if (!database.ok()) return database.status();
  const auto rows = indicator::ReadDataKeys(**database);
  if (!rows.ok()) return rows.status();
  const auto ring = indicator::KeyRing::Read(*rows, {.vault = config.vault_key, .pseudonym = config.pseudonym_key});
  if (!ring.ok()) return ring.status();
  return common::VerifyAudit(**database, (*ring)->current()->HeadKey(), anchors);
}

absl::Status Verify(const Options& options, Context& context) {
  const auto kept = LoadKept(options.config);
  if (!kept.ok()) return kept.status();
  const auto anchors = ReadAnchors(options.anchors, options.anchor_file, "audit-head");
  if (!anchors.ok()) return anchors.status();
  absl::StatusOr<common::AuditReport> report = absl::UnknownError("");
  if (kept->adapter) {
    const auto state = OpenState(*kept->adapter);
    if (!state.ok()) return state.status();
    report = (*state)->VerifyAudit(*anchors);
  } else {
    report = VerifyCentral(kept->central->central, *anchors);
  }
  if (!report.ok()) return report.status();
  for (const common::AuditFault& fault : report->faults) {
    context.err << "audit " << fault.seq << ": " << fault.what << "\n";
  }
  context.out << report->records << " records, " << report->faults.size() << " faults, " << anchors->size()
              << " anchors\naudit-head head=" << common::FormatHead(report->head) << "\n";
  if (!report->faults.empty()) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

absl::Status Export(const Options& options, Context& context) {
  const auto kept = LoadKept(options.config);
  if (!kept.ok()) return kept.status();
  auto database = common::Database::Open({.file = kept->file(), .read_only = true});
  if (!database.ok()) return database.status();
  const std::string source = kept->adapter ? "hjerte-adapter " + kept->adapter->authority : "hjerte-indicator";
  return common::EachAudit(**database, [&](std::int64_t seq, const common::AuditRecord& record) {
    context.out << ToAuditEvent(seq, record, source) << "\n";
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterAudit(CLI::App& program, Context& context) {
  CLI::App* audit =
      program.add_subcommand("audit", "The log of who looked at a citizen and who administered, at the machine itself");
  audit->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* verify =
      audit->add_subcommand("verify", "Find any change, cut or insertion; exit code 1 when there is one");
  CLI::App* events = audit->add_subcommand("export", "Write it as FHIR AuditEvents, one a line");
  for (CLI::App* command : {verify, events}) {
    command->add_option("--config", options->config, "indicator.yaml or adapter.yaml")->required();
  }
  verify->add_option("--anchor", options->anchors,
                     "The last record as it was noted elsewhere, number:hash; repeatable");
  verify->add_option("--anchors-from", options->anchor_file,
                     "A log of the program or a backup's manifest: every audit-head in it is an anchor");
  verify->callback([options, &context] { Report(context, Verify(*options, context)); });
  events->callback([options, &context] { Report(context, Export(*options, context)); });
}

}  // namespace hjerte::tool
