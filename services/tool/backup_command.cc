#include "services/tool/backup_command.h"

#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "adapters/state/record_memory.h"
#include "adapters/state/state_file.h"
#include "hjertegateway/v1/admin.grpc.pb.h"
#include "services/common/file_lock.h"
#include "services/common/time_text.h"
#include "services/indicator/custody/backup.h"
#include "services/indicator/custody/restore.h"
#include "services/indicator/custody/verify.h"
#include "services/tool/custody.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

struct BackupOptions {
  CustodyOptions custody;
  std::string file;
};

struct Options {
  std::string config;
  std::string file;
  std::string reason;
  std::vector<std::string> log_anchors;
  std::vector<std::string> audit_anchors;
  std::string manifest;
  bool replace = false;
};

void Print(const indicator::Manifest& manifest, const std::string& file, Context& context) {
  context.out << file << "\n";
  if (manifest.kind == "central") {
    context.out << "log-head head=" << manifest.log_head << "\n";
  }
  context.out << "audit-head head=" << manifest.audit_head << "\nsha256 " << manifest.sha256 << "\n";
}

absl::Status BackupRunning(const BackupOptions& options, Context& context) {
  const auto channel = ConnectToCentral(options.custody.central);
  if (!channel.ok()) return channel.status();
  grpc::ClientContext call;
  v1::BackupRequest request;
  request.set_reason(options.custody.reason);
  v1::BackupResponse response;
  const grpc::Status status = v1::AdminService::NewStub(*channel)->Backup(&call, request, &response);
  if (!status.ok()) return FromGrpc(status, options.custody.central);
  context.out << response.file() << "\nlog-head head=" << response.log_head()
              << "\naudit-head head=" << response.audit_head() << "\n";
  return absl::OkStatus();
}

absl::Status BackupFile(const BackupOptions& options, Context& context) {
  const auto kept = LoadKept(options.custody.config);
  if (!kept.ok()) return kept.status();
  if (kept->central) {
    return absl::InvalidArgumentError(
        "the central service makes its own backup while it runs: give --connect and --cert of an admin");
  }
  if (options.file.empty()) return absl::InvalidArgumentError("--out is required with --config");
  const auto state = OpenState(*kept->adapter);
  if (!state.ok()) return state.status();
  if (absl::Status noted = (*state)->Audit({.at = context.clock.Now(),
                                            .who = OperatorName(),
                                            .action = "backup",
                                            .object = "state file",
                                            .reason = options.custody.reason});
      !noted.ok()) {
    return noted;
  }
  const auto manifest = indicator::MakeBackup(kept->file(), options.file, context.clock.Now());
  if (!manifest.ok()) return manifest.status();
  Print(*manifest, options.file, context);
  return absl::OkStatus();
}

absl::Status Restore(const Options& options, Context& context) {
  const auto kept = LoadKept(options.config);
  if (!kept.ok()) return kept.status();
  const auto manifest = indicator::CheckBackup(options.file);
  if (!manifest.ok()) return manifest.status();
  const std::string kind = kept->adapter ? "adapter" : "central";
  if (manifest->kind != kind) {
    return absl::InvalidArgumentError(options.file + ": a backup of another kind of program (" + manifest->kind + ")");
  }
  const common::AuditRecord record{.at = context.clock.Now(),
                                   .who = OperatorName(),
                                   .action = "restore",
                                   .object = "backup of " + common::FormatInstant(manifest->made_at),
                                   .reason = options.reason};
  if (kept->central) {
    const indicator::Config& config = kept->central->central;
    const absl::StatusOr<bool> restored = indicator::RestoreStore(
        options.file, config.store_file, {.vault = config.vault_key, .pseudonym = config.pseudonym_key},
        options.replace, record);
    if (!restored.ok()) return restored.status();
    context.out << config.store_file.string() << " is the backup of " << common::FormatInstant(manifest->made_at)
                << ", commit " << manifest->commit_seq
                << ". With their next report the adapters deliver again what they remember; consumers of the export "
                   "begin anew.\n";
    if (!*restored) {
      context.out << "What was published since the backup could not be taken over from the store that was in place: "
                     "whoever kept the public figures may subtract the next ones from them.\n";
    }
    return absl::OkStatus();
  }
  const auto lock = common::LockBeside(kept->adapter->state);
  if (!lock.ok()) return lock.status();
  // The copy is opened before it is put in place: a file that the key does not open replaces none that it does.
  absl::Status placed = indicator::PutInPlace(
      options.file, kept->adapter->state, options.replace, [&](const std::filesystem::path& copy) {
        const auto state = adapters::StateFile::Open(copy, kept->adapter->key_file);
        if (!state.ok()) return state.status();
        const common::Instant at = std::max(record.at, manifest->made_at);
        absl::Status noted = adapters::RecordMemory(**state).NotePutBack(at.time_since_epoch().count());
        return noted.ok() ? (*state)->Audit(record) : noted;
      });
  if (!placed.ok()) return placed;
  context.out << kept->adapter->state.string() << " is the backup of " << common::FormatInstant(manifest->made_at)
              << "; all that the source holds is sent anew with the adapter's next start.\n";
  return absl::OkStatus();
}

absl::Status Verify(const Options& options, Context& context) {
  const auto kept = LoadKept(options.config);
  if (!kept.ok()) return kept.status();
  if (!kept->central) return absl::InvalidArgumentError("the configuration of the central service was expected");
  const indicator::Config& config = kept->central->central;
  const auto content = registry::LoadContent(config.content);
  if (!content.ok()) return content.status();
  indicator::Anchors anchors;
  auto log = ReadAnchors(options.log_anchors, options.manifest, "log-head");
  if (!log.ok()) return log.status();
  auto audit = ReadAnchors(options.audit_anchors, options.manifest, "audit-head");
  if (!audit.ok()) return audit.status();
  anchors.log = *std::move(log);
  anchors.audit = *std::move(audit);
  const auto report =
      indicator::VerifyStore({.file = config.store_file, .cache_bytes = 64 << 20, .vfs = {}},
                             {.vault = config.vault_key, .pseudonym = config.pseudonym_key}, **content, anchors);
  if (!report.ok()) return report.status();
  for (const std::string& fault : report->faults) context.err << fault << "\n";
  if (!report->note.empty()) context.err << "note: " << report->note << "\n";
  context.out << "log " << report->log_entries << " entries, audit " << report->audit_records << " records, courses "
              << report->courses << (report->rebuilt ? " rebuilt and compared" : " not compared") << ", faults "
              << report->faults.size() << "\nlog-head head=" << common::FormatHead(report->log_head)
              << "\naudit-head head=" << common::FormatHead(report->audit_head) << "\n";
  if (!report->faults.empty()) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

}  // namespace

void RegisterBackup(CLI::App& program, Context& context) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* command = program.add_subcommand("backup",
                                             "A consistent copy while the program runs: of the central store "
                                             "(--connect; it lies on the service's machine), or "
                                             "of an adapter's state file (--config); keys are not in it");
  AddCustodyOptions(*command, options->custody, "adapter.yaml, at the machine itself");
  command->add_option("--out", options->file, "Where the copy of the state file goes")
      ->needs(command->get_option("--config"));
  command->callback([options, command, &context] {
    const auto running = MeansRunning(options->custody, *command);
    if (!running.ok()) return Report(context, running.status());
    Report(context, *running ? BackupRunning(*options, context) : BackupFile(*options, context));
  });
}

void RegisterRestore(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("restore", "Put a checked backup in the place of a stopped program's file");
  command->add_option("--config", options->config, "indicator.yaml or adapter.yaml")->required();
  command->add_option("--from", options->file, "The backup; its manifest lies beside it")->required();
  command->add_flag("--replace", options->replace, "Also when a file is there, which is kept beside it");
  command->add_option("--reason", options->reason, "Why; kept in the audit log")->required();
  command->callback([options, &context] { Report(context, Restore(*options, context)); });
}

void RegisterVerify(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("verify",
                                             "Check the central store: hash chains of log and audit log, and every "
                                             "course rebuilt from the log; exit code 1 when "
                                             "anything differs");
  command->add_option("--config", options->config, "indicator.yaml")->required();
  command->add_option("--log-anchor", options->log_anchors, "A log-head that was noted elsewhere, number:hash");
  command->add_option("--audit-anchor", options->audit_anchors, "An audit-head that was noted elsewhere, number:hash");
  command->add_option("--manifest", options->manifest, "A backup's manifest: its heads are anchors");
  command->callback([options, &context] { Report(context, Verify(*options, context)); });
}

}  // namespace hjerte::tool
