#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace CLI {
class App;
}
namespace grpc {
class Channel;
class Status;
}  // namespace grpc

namespace hjerte::tool {

// How to reach the central service, and as whom.
struct CentralOptions {
  std::string connect;      // HOST:PORT
  std::string certificate;  // PEM; says who asks
  std::string key;          // PEM; empty: the certificate's file with .key
  std::string authority;    // PEM; empty: ca.pem in the certificate's folder
};

// Adds --connect, --cert, --key and --ca to a command.
void AddCentralOptions(CLI::App& command, CentralOptions& options);

// A channel with mutual TLS. Fails on the files; whether the service answers shows with the first call.
absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectToCentral(const CentralOptions& options);

// A call's status, with what to look at when the service could not be reached or refused the certificate.
absl::Status FromGrpc(const grpc::Status& status, const CentralOptions& options);

}  // namespace hjerte::tool
