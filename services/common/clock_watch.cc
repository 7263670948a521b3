#include "services/common/clock_watch.h"

#include <utility>

namespace hjerte::common {
namespace {

constexpr std::chrono::minutes kToldFrom{1};

}  // namespace

ClockWatch::ClockWatch(const Clock& clock, Logger log) : clock_(clock), log_(std::move(log)), ahead_(Ahead()) {}

std::chrono::microseconds ClockWatch::Ahead() const { return clock_.Now().time_since_epoch() - clock_.Steady(); }

void ClockWatch::Look() {
  const std::chrono::microseconds before = std::exchange(ahead_, Ahead());
  const std::chrono::microseconds set_by = ahead_ - before;
  if (std::chrono::abs(set_by) < kToldFrom) return;
  log_.Error("clock-set", {{"by_seconds", std::chrono::duration_cast<std::chrono::seconds>(set_by).count()},
                           {"doing", "what is dated ahead of the clock waits until it is not"}});
}

}  // namespace hjerte::common
