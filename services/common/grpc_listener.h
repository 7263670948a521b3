#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/delivery_metadata.h"
#include "services/common/log.h"
#include "services/common/tls.h"

struct sockaddr_storage;

namespace grpc {
class ServerBuilder;
class ServerCredentials;
}  // namespace grpc

namespace hjerte::common {

// What a peer may cost a gRPC server before it is cut off.
struct GrpcLimits {
  std::int64_t message_bytes_max = kReportBytesMax;
  int metadata_bytes_max = 16 << 10;
  // For each connection whose peer acknowledges it; gRPC 1.51 holds no other to it.
  int concurrent_streams_max = 64;
  std::chrono::milliseconds handshake_max{10'000};
  std::chrono::milliseconds connection_idle_max{std::chrono::hours(1)};
  // However busy, a connection ends after this time: the next one shows a certificate that is still good.
  std::chrono::milliseconds connection_age_max{std::chrono::hours(1)};
  std::chrono::milliseconds ping_interval_min{10'000};
};

// Applies the limits to a server under construction.
void ApplyGrpcLimits(grpc::ServerBuilder& builder, const GrpcLimits& limits);

struct GrpcListenerOptions {
  // "127.0.0.1:8443", "0.0.0.0:8443", "[::]:8443"; port 0 takes a free one.
  std::string address{};
  // Connections open at once (fewer when the limit of open files, less 64, is lower); one more is accepted and closed
  // at once, so that its peer knows and tries again.
  int connections_max = 1024;
  // The same for one peer (CountedAddress), so that a single machine cannot take every place.
  int connections_per_address_max = 256;
  // A connection whose certificate one of them takes back is cut as soon as the lists are read again (reload_interval),
  // as is one whose certificate expires; null: none is taken back.
  std::shared_ptr<RevocationLists> revocation_lists{};
  // What messages that were begun and not ended may take of memory, all together: beyond it the connection that has
  // sent most of them is cut. gRPC 1.51 has no bound of its own for them.
  std::int64_t unfinished_bytes_max = std::int64_t{1} << 30;
  Logger log{};
};

// What a peer's connections are counted by, as bytes: its address without the port, of IPv6 the first half alone, since
// whoever has one address there has the 2^64 others of its network (RFC 4291, 2.5.1).
std::string CountedAddress(const sockaddr_storage& peer);

struct GrpcListenerCounts {
  std::int64_t accepted = 0;
  std::int64_t refused = 0;  // over a cap, or out of file descriptors
  int open = 0;
};

// Accepts a gRPC server's connections itself and hands them over: gRPC 1.51's own accept loop never recovers from
// running out of file descriptors, and knows no cap. Raises the process's soft limit of open files to the hard one.
// Where its socket stops listening, whatever the cause, it says so in the log and binds the same port anew until it
// can.
//
// Order: Create (binds; before BuildAndStart) → builder.BuildAndStart() → Start → … → Stop → server->Shutdown().
class GrpcListener {
 public:
  // Binds the address and registers with the builder. `builder` is not kept. Unavailable when the address cannot be
  // bound.
  static absl::StatusOr<std::unique_ptr<GrpcListener>> Create(grpc::ServerBuilder& builder,
                                                              std::shared_ptr<grpc::ServerCredentials> credentials,
                                                              const GrpcListenerOptions& options);
  // Stops.
  ~GrpcListener();
  GrpcListener(const GrpcListener&) = delete;
  GrpcListener& operator=(const GrpcListener&) = delete;

  // Begins to accept, on a thread of its own.
  void Start();
  // Accepts no more; connections that are open stay the server's.
  void Stop();
  // A call came from the peer (ServerContext::peer) with this chain of certificates (PEM, its own first): what a
  // connection is cut by. From any thread.
  void NoteCaller(const std::string& peer, std::string_view chain);
  // A whole message of so many bytes came from the peer (ServerContext::peer): what comes and is none is unfinished.
  // Small ones need not be told. From any thread.
  void NoteMessage(const std::string& peer, std::int64_t bytes);
  // The port bound.
  int port() const;
  GrpcListenerCounts Counts() const;

 private:
  struct Impl;
  explicit GrpcListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::common
