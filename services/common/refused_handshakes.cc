#include "services/common/refused_handshakes.h"

#include <sys/eventfd.h>

#include <utility>

namespace hjerte::common {
namespace {

// How long a refused handshake's connection is looked for.
constexpr std::chrono::milliseconds kFoundWithin{1'000};
// Others that end meanwhile may have been it as well.
constexpr std::chrono::milliseconds kOthersWithin{50};
constexpr std::size_t kPeersShownMax = 3;

// "192.0.2.7", or "one of 192.0.2.7, 192.0.2.8" where others ended at the same moment.
std::string OneOf(const std::set<std::string>& peers) {
  if (peers.empty()) return "not known";
  std::string text = peers.size() > 1 ? "one of " : "";
  std::size_t shown = 0;
  for (const std::string& peer : peers) {
    if (shown == kPeersShownMax) return text + ", …";
    text.append(shown++ == 0 ? "" : ", ").append(peer);
  }
  return text;
}

}  // namespace

RefusedHandshakes::RefusedHandshakes() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void RefusedHandshakes::Find(std::function<void(std::string_view peer)> tell) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back({.tell = std::move(tell), .since = std::chrono::steady_clock::now()});
  ::eventfd_write(wake_.get(), 1);
}

bool RefusedHandshakes::any() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

void RefusedHandshakes::Closed(const std::vector<std::string>& peers, bool at_the_end) {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  const auto now = std::chrono::steady_clock::now();
  std::vector<Waiting> found;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](Waiting& one) {
      one.peers.insert(peers.begin(), peers.end());
      const bool ends = at_the_end || now - one.since > (one.peers.empty() ? kFoundWithin : kOthersWithin);
      if (ends) found.push_back(std::move(one));
      return ends;
    });
  }
  for (const Waiting& one : found) one.tell(OneOf(one.peers));
}

}  // namespace hjerte::common
