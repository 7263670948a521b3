#pragma once

#include <atomic>
#include <chrono>

namespace hjerte::common {

// A point in time: UTC with microseconds, the precision of every stamp in the project.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// Where time comes from. Everything that changes state takes a Clock, so that a test or a simulation can decide what
// time it is. Implementations may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  Instant Now() const override;
};

// A clock that stands still until it is moved, forward or back.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant now) : microseconds_(now.time_since_epoch().count()) {}
  Instant Now() const override { return Instant(std::chrono::microseconds(microseconds_.load())); }
  void Set(Instant now) { microseconds_.store(now.time_since_epoch().count()); }
  void Advance(std::chrono::microseconds by) { microseconds_.fetch_add(by.count()); }

 private:
  std::atomic<std::chrono::microseconds::rep> microseconds_;
};

}  // namespace hjerte::common
