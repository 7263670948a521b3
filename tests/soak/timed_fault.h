#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace hjerte::soak {

// When a fault begins after the start of a flow, and how long it lasts.
struct Spell {
  int begin_ms = 0;
  int length_ms = 0;
  std::string text() const {
    return " from " + std::to_string(begin_ms) + " ms for " + std::to_string(length_ms) + " ms";
  }
};

// Brings a fault about and ends it, looked at again and again while a flow runs.
class TimedFault {
 public:
  TimedFault(Spell spell, std::function<void()> begin, std::function<void()> end)
      : spell_(spell), begin_(std::move(begin)), end_(std::move(end)) {}

  void Look(std::chrono::milliseconds elapsed) {
    if (!begun_ && !ended_ && elapsed.count() >= spell_.begin_ms) {
      begun_ = true;
      begin_();
    }
    if (!begun_ || ended_ || elapsed.count() < spell_.begin_ms + spell_.length_ms) return;
    Stop();
    ended_at_ = elapsed;
  }
  // All is as it was and stays so, however early the flow was done.
  void Stop() {
    if (ended_) return;
    ended_ = true;
    if (begun_) end_();
  }

  bool begun() const { return begun_; }
  bool under_way() const { return begun_ && !ended_; }
  // Nothing when the flow was done before.
  std::optional<std::chrono::milliseconds> ended_at() const { return ended_at_; }

 private:
  const Spell spell_;
  const std::function<void()> begin_;
  const std::function<void()> end_;
  bool begun_ = false;
  bool ended_ = false;
  std::optional<std::chrono::milliseconds> ended_at_;
};

}  // namespace hjerte::soak
