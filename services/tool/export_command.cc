#include "services/tool/export_command.h"

#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "hjertegateway/v1/export.grpc.pb.h"
#include "services/common/crash_point.h"
#include "services/tool/central_client.h"
#include "services/tool/export_journal.h"
#include "services/tool/owner_file.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

// Changes between two syncs of the journal: what was not synced comes again from the cursor.
constexpr int kChangesPerSync = 1000;

struct Options {
  CentralOptions central;
  std::string journal;
  std::string records;
  std::string reason = "standing delivery to the national database";
  bool follow = false;
};

absl::Status TakeOver(const Options& options, ExportJournal& journal, std::ostream& err) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ConnectToCentral(options.central);
  if (!channel.ok()) return channel.status();
  const auto stub = v1::ExportService::NewStub(*channel);
  grpc::ClientContext context;
  v1::SubscribeRequest request;
  request.set_cursor(journal.cursor());
  request.set_follow(options.follow);
  request.set_reason(options.reason);
  const auto stream = stub->Subscribe(&context, request);
  v1::SubscribeResponse change;
  std::int64_t taken = 0;
  absl::Status status;
  while (status.ok() && stream->Read(&change)) {
    status = journal.Append(change);
    if (++taken % kChangesPerSync == 0 && status.ok()) status = journal.Sync();
  }
  if (!status.ok()) context.TryCancel();
  const absl::Status end = FromGrpc(stream->Finish(), options.central);
  common::PassCrashPoint(common::CrashPoint::kJournalBeforeSync);
  if (status.ok()) status = journal.Sync();
  err << taken << " changes\n";
  if (!status.ok()) return status;
  if (!absl::IsOutOfRange(end)) return end;
  return absl::OutOfRangeError(options.journal + ": " + std::string(end.message()) + ", with another --journal file");
}

// The current records, sorted, one JSON object a line; put in place by a rename.
absl::Status WriteRecords(const ExportJournal& journal, const std::string& file) {
  absl::StatusOr<std::map<std::string, std::string>> records = journal.Records();
  if (!records.ok()) return records.status();
  const std::string part = file + ".part";
  if (absl::Status status = MakeOwnerFile(part); !status.ok()) return status;
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    for (const auto& [course, record] : *records) out << record << "\n";
    out.flush();
    if (!out) return absl::UnavailableError(part + ": cannot be written");
  }
  common::PassCrashPoint(common::CrashPoint::kRecordsBeforeRename);
  std::error_code error;
  std::filesystem::rename(part, file, error);
  return error ? absl::UnavailableError(file + ": cannot be put in place: " + error.message()) : absl::OkStatus();
}

absl::Status Run(const Options& options, Context& context) {
  absl::StatusOr<ExportJournal> journal = ExportJournal::Open(options.journal);
  if (!journal.ok()) return journal.status();
  if (absl::Status status = TakeOver(options, *journal, context.err); !status.ok()) return status;
  return options.records.empty() ? absl::OkStatus() : WriteRecords(*journal, options.records);
}

}  // namespace

void RegisterExport(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "export", "Take course records over from the central service, with corrections and retractions");
  AddCentralOptions(*command, options->central);
  command
      ->add_option("--journal", options->journal, "File of the changes taken over; it is gone on with when it exists")
      ->required();
  command->add_option("--records", options->records, "Also write the current records to this file, one a line");
  command->add_option("--reason", options->reason, "Why they are taken out; kept in the central service's audit log")
      ->capture_default_str();
  command->add_flag("--follow", options->follow, "Go on with new changes until stopped");
  command->callback([options, &context] { Report(context, Run(*options, context)); });
}

}  // namespace hjerte::tool
