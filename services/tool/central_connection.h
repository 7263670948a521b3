#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}
namespace grpc {
class ChannelInterface;
class Status;
}  // namespace grpc

namespace hjerte::tool {

// Adds `--connection FILE`: where the central service is and who asks, a YAML file with
//   server: localhost:8443
//   tls: {authority: ca.pem, certificate: registry-dhrd.pem, key: registry-dhrd.key}
// (or `insecure_plaintext: true` for a service that runs so). `file` must outlive the parsing.
void AddConnectionOption(CLI::App& command, std::filesystem::path& file);

// Connects as the file says. Nothing is sent yet: a service that does not answer shows at the first call.
absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> Connect(const std::filesystem::path& file);

// A failed call in the words of the tool's other errors.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace hjerte::tool
