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
  // Time since an arbitrary start that only goes forward, however Now is set meanwhile: for how long something takes or
  // is to wait.
  virtual std::chrono::microseconds Steady() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  Instant Now() const override;
  std::chrono::microseconds Steady() const override;
};

// A clock that stands still until it is moved. Advance lets time pass; Set is the hand on the clock, of which steady
// time knows nothing.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant now) : microseconds_(now.time_since_epoch().count()) {}
  Instant Now() const override { return Instant(std::chrono::microseconds(microseconds_.load())); }
  std::chrono::microseconds Steady() const override { return std::chrono::microseconds(steady_.load()); }
  void Set(Instant now) { microseconds_.store(now.time_since_epoch().count()); }
  void Advance(std::chrono::microseconds by) {
    microseconds_.fetch_add(by.count());
    steady_.fetch_add(by.count());
  }

 private:
  std::atomic<std::chrono::microseconds::rep> microseconds_;
  std::atomic<std::chrono::microseconds::rep> steady_ = 0;
};

}  // namespace hjerte::common
