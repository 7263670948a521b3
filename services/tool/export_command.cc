#include "services/tool/export_command.h"

#include <grpcpp/client_context.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "hjertegateway/v1/export.grpc.pb.h"
#include "services/common/progress.h"
#include "services/tool/central_connection.h"
#include "services/tool/export_file.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

// How many changes are written at once: a kill costs at most these being asked for again.
constexpr int kLinesPerFlush = 200;

struct Options {
  std::filesystem::path connection;
  std::filesystem::path out;
  bool follow = false;
};

const char* KindName(v1::ChangeKind kind) {
  switch (kind) {
    case v1::CHANGE_KIND_CORRECTION:
      return "correction";
    case v1::CHANGE_KIND_RETRACTION:
      return "retraction";
    default:
      return "record";
  }
}

absl::Status Follow(const Options& options, grpc::ChannelInterface& channel, Context& context) {
  absl::StatusOr<ExportFile> file = ExportFile::Open(options.out);
  if (!file.ok()) return file.status();
  const std::unique_ptr<v1::ExportService::Stub> stub =
      v1::ExportService::NewStub(std::shared_ptr<grpc::ChannelInterface>(&channel, [](auto*) {}));
  v1::SubscribeRequest request;
  request.set_cursor(file->cursor());
  request.set_follow(options.follow);
  grpc::ClientContext call;
  const auto stream = stub->Subscribe(&call, request);
  common::Progress progress("Taking over course records", 0);
  std::int64_t changes = 0;
  v1::SubscribeResponse change;
  while (stream->Read(&change)) {
    file->Append({change.cursor(), KindName(change.kind()), change.course().authority(), change.course().course_key(),
                  change.course_record_json()});
    ++changes;
    // One who follows waits for more at any time, so each change counts for him at once.
    if (options.follow || changes % kLinesPerFlush == 0) {
      if (absl::Status status = file->Flush(); !status.ok()) return status;
    }
    progress.Update(changes);
  }
  const grpc::Status ended = stream->Finish();
  if (absl::Status status = file->Flush(); !status.ok()) return status;
  if (!ended.ok()) return FromGrpc(ended);
  context.out << changes << " changes taken over into " << options.out.string() << "\n";
  return absl::OkStatus();
}

}  // namespace

void RegisterExport(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "export", "Take the course records over into a file, from where it ends: corrections and retractions too");
  AddConnectionOption(*command, options->connection);
  command->add_option("--out", options->out, "File to append to; one JSON object a line")->required();
  command->add_flag("--follow", options->follow, "Go on with what is still to come");
  command->callback([options, &context] {
    const auto channel = Connect(options->connection);
    if (!channel.ok()) return Report(context, channel.status());
    Report(context, Follow(*options, **channel, context));
  });
}

}  // namespace hjerte::tool
