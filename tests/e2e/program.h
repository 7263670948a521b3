#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hjerte::tests {

// One of our programs, run from outside as an operator would. It is killed when this goes.
class Program {
 public:
  // Starts it; output and errors go to the end of the log file. A relative name is looked for among the built programs.
  Program(const std::vector<std::string>& command, std::filesystem::path log);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Waits for its end. Its exit code, or minus the signal that ended it; nothing when it still runs at the deadline.
  std::optional<int> Wait(std::chrono::seconds deadline);
  // True while it has not ended.
  bool IsRunning();
  // Sends a signal, e.g. SIGTERM.
  void Signal(int signal) const;
  // SIGKILL, and waits until it is gone.
  void Kill();

  // 0 when it has ended.
  pid_t pid() const { return ended_ ? 0 : pid_; }
  const std::filesystem::path& log() const { return log_; }

 private:
  bool Reap(bool block);

  std::filesystem::path log_;
  pid_t pid_ = -1;
  std::optional<int> ended_;
};

// What a program that ran to its end left behind.
struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs a program to its end, at most that long; -1000 when it was killed at the deadline.
Outcome RunToEnd(const std::vector<std::string>& command, std::chrono::seconds deadline = std::chrono::seconds(120));

// Looks again and again until the condition holds; false when it did not before the deadline.
bool WaitUntil(const std::function<bool()>& condition, std::chrono::seconds deadline);

}  // namespace hjerte::tests
