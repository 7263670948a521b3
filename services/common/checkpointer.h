#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace hjerte::common {

// Writes an SQLite file's log back into the file on a thread and a connection of its own, while whoever writes goes on.
// What fails is done again with the next log: nothing of the log is overwritten before it has reached the file. Its end
// waits for what was begun.
class Checkpointer {
 public:
  // `vfs` as in DatabaseOptions. Nothing is opened before it is needed.
  Checkpointer(std::filesystem::path file, std::string vfs) : file_(std::move(file)), vfs_(std::move(vfs)) {}

  // Begins to write back what is in the log now.
  void Begin();
  // Waits until it is done.
  void Wait();

 private:
  void Run(const std::stop_token& stop);

  const std::filesystem::path file_;
  const std::string vfs_;
  std::mutex mutex_;
  std::condition_variable_any change_;
  // How often it was begun, and how many of these are done.
  std::uint64_t begun_ = 0;
  std::uint64_t done_ = 0;
  // Ends first, while the others are there.
  std::jthread thread_;
};

}  // namespace hjerte::common
