#include "services/tool/central_client.h"

#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>

#include "services/common/tls.h"

namespace hjerte::tool {

void AddCentralOptions(CLI::App& command, CentralOptions& options) {
  command.add_option("--connect", options.connect, "The central service, HOST:PORT")->required();
  command.add_option("--cert", options.certificate, "Your certificate (PEM); it says who you are")->required();
  command.add_option("--key", options.key, "Its private key; by default the certificate's file name with .key");
  command.add_option("--ca", options.authority, "Whose certificates are trusted; by default ca.pem in the same folder");
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectToCentral(const CentralOptions& options) {
  const std::filesystem::path certificate = options.certificate;
  common::TlsFiles files;
  files.certificate = certificate;
  files.key = options.key.empty() ? std::filesystem::path(certificate).replace_extension(".key")
                                  : std::filesystem::path(options.key);
  files.authority =
      options.authority.empty() ? certificate.parent_path() / "ca.pem" : std::filesystem::path(options.authority);
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = common::TlsChannelCredentials(files);
  if (!credentials.ok()) return credentials.status();
  constexpr int kMessageBytesMax = 256 << 20;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  return grpc::CreateCustomChannel(options.connect, *credentials, arguments);
}

absl::Status FromGrpc(const grpc::Status& status, const CentralOptions& options) {
  if (status.ok()) return absl::OkStatus();
  std::string message = status.error_message();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    const bool untrusted = message.find("certificate verify failed") != std::string::npos;
    message = options.connect +
              (untrusted ? ": its certificate has expired or is not of the authority of --ca ("
                         : ": no connection to the central service, or it did not accept the "
                           "certificate (") +
              message + ")";
  }
  return {static_cast<absl::StatusCode>(status.error_code()), message};
}

}  // namespace hjerte::tool
