#include "services/tool/central_connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "services/common/config.h"
#include "services/common/tls.h"

namespace hjerte::tool {
namespace {

// A full table of results for 98 municipalities is some megabytes.
constexpr int kMessageBytesMax = 256 << 20;

}  // namespace

void AddConnectionOption(CLI::App& command, std::filesystem::path& file) {
  command.add_option("--connection", file, "YAML file that names the central service and the certificate to show it")
      ->required()
      ->envname("HJERTE_CONNECTION");
}

absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> Connect(const std::filesystem::path& file) {
  const absl::StatusOr<common::ConfigMap> map = common::ConfigMap::Load(file);
  if (!map.ok()) return map.status();
  const std::string server = map->String("server");
  const bool plaintext = map->Bool("insecure_plaintext", false);
  common::TlsFiles tls;
  if (!plaintext) tls = common::ReadTlsFiles(map->Map("tls"));
  if (absl::Status status = map->Finish(); !status.ok()) return status;
  std::shared_ptr<grpc::ChannelCredentials> credentials = common::InsecurePlaintextChannelCredentials();
  if (!plaintext) {
    absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> secure = common::TlsChannelCredentials(tls);
    if (!secure.ok()) return secure.status();
    credentials = *std::move(secure);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  return grpc::CreateCustomChannel(server, credentials, arguments);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  if (code == absl::StatusCode::kUnavailable) {
    return absl::UnavailableError("the central service does not answer: " + status.error_message());
  }
  return absl::Status(code, "the central service refused: " + status.error_message());
}

}  // namespace hjerte::tool
