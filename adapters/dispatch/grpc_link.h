#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/dispatch/link.h"

namespace grpc {
class ChannelCredentials;
}

namespace hjerte::adapters {

// DeliveryService.Deliver over gRPC: one bidirectional stream a connection, one thread that writes and one that reads.
class GrpcLink final : public Link {
 public:
  using MakeCredentials = std::function<absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>>()>;

  // A gateway that does not take the connection within this time is reported, with the reason.
  static constexpr std::chrono::milliseconds kConnectMax{15'000};

  // `address` is host:port. Credentials are made anew whenever no connection came about in the time it may take: gRPC
  // 1.51 does not load certificates again that it could not load once, as for want of memory, before their files
  // change. The window bounds what waits in memory in each direction. The error is that of the first credentials.
  static absl::StatusOr<std::unique_ptr<GrpcLink>> Open(std::string address, MakeCredentials credentials,
                                                        std::size_t window,
                                                        std::chrono::milliseconds connect_max = kConnectMax);
  // Ends the connection; what is unanswered is not waited for.
  ~GrpcLink() override;

  void Connect() override;
  void Send(std::string request) override;
  std::vector<LinkEvent> Wait(std::chrono::milliseconds timeout) override;

 private:
  struct Impl;
  explicit GrpcLink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::adapters
