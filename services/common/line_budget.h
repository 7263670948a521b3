#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace hjerte::common {

// How many lines of one kind may be written in a second, so that whoever causes them cannot fill a disk. Thread-safe.
class LineBudget {
 public:
  explicit LineBudget(int per_second) : per_second_(per_second) {}

  // Asks for one line: how many were left out before it, or nothing when this one must be left out too.
  std::optional<std::int64_t> Spend() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - second_began_ >= std::chrono::seconds(1)) {
      second_began_ = now;
      lines_ = 0;
    }
    if (++lines_ > per_second_) {
      ++left_out_;
      return std::nullopt;
    }
    const std::int64_t before = left_out_;
    left_out_ = 0;
    return before;
  }

 private:
  const int per_second_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_began_{};
  int lines_ = 0;
  std::int64_t left_out_ = 0;
};

}  // namespace hjerte::common
