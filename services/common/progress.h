#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace hjerte::common {

// A line that shows how far long work has come, redrawn in place; silent when the stream is no terminal. One thread.
class Progress {
 public:
  // On standard error, if that is a terminal.
  Progress(std::string label, std::int64_t total);
  // On any stream; `visible` stands for "is a terminal".
  Progress(std::string label, std::int64_t total, std::ostream& out, bool visible);
  // Erases the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of `total` is done; a total of 0 shows the count alone.
  void Update(std::int64_t done);

 private:
  void Draw();

  std::string label_;
  std::int64_t total_;
  std::ostream& out_;
  bool visible_;
  std::int64_t done_ = 0;
  std::int64_t drawn_percent_ = -1;
  std::chrono::steady_clock::time_point drawn_at_{};
};

}  // namespace hjerte::common
