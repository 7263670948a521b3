#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/common/file_descriptor.h"
#include "services/common/grpc_log.h"

namespace hjerte::common {

// Handshakes that were refused, until the connections are seen closed that they may have been of: gRPC closes what it
// refuses at once and says of neither that it is the other.
class RefusedHandshakes final : public PeerFinder {
 public:
  RefusedHandshakes();

  void Find(std::function<void(std::string_view peer)> tell) override;
  // Readable when there is one.
  int descriptor() const { return wake_.get(); }
  bool any() const;
  // These were seen closed: tells of the handshakes that may have been theirs, and of those that waited for too long.
  void Closed(const std::vector<std::string>& peers, bool at_the_end = false);

 private:
  struct Waiting {
    std::function<void(std::string_view peer)> tell;
    std::chrono::steady_clock::time_point since;
    std::set<std::string> peers{};
  };

  FileDescriptor wake_;
  mutable std::mutex mutex_;
  std::vector<Waiting> waiting_;
};

}  // namespace hjerte::common
