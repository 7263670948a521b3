#pragma once

#include <memory>
#include <string>

#include "adapters/dispatch/link.h"

namespace grpc {
class ChannelCredentials;
}

namespace hjerte::adapters {

// DeliveryService.Deliver over gRPC: one bidirectional stream a connection, one thread that writes and one that reads.
class GrpcLink final : public Link {
 public:
  // `address` is host:port. The window bounds what waits in memory in each direction.
  GrpcLink(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
           std::size_t window);
  // Ends the connection; what is unanswered is not waited for.
  ~GrpcLink() override;

  void Connect() override;
  void Send(std::string request) override;
  std::vector<LinkEvent> Wait(std::chrono::milliseconds timeout) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::adapters
