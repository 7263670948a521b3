#pragma once

#include <chrono>
#include <memory>

namespace hjerte::common {

// Turns SIGTERM and SIGINT into an orderly stop. Construct one first in main, before any thread: it blocks the two
// signals for the whole process. SIGPIPE is ignored as well, since a peer that goes away must not end the program.
class ShutdownSignal {
 public:
  ShutdownSignal();
  ~ShutdownSignal();
  ShutdownSignal(const ShutdownSignal&) = delete;
  ShutdownSignal& operator=(const ShutdownSignal&) = delete;

  // Blocks until a signal came or Request was called.
  void Wait();
  // The same with an end: true when a stop was asked for.
  bool WaitFor(std::chrono::milliseconds timeout);
  // Whether a stop was asked for.
  bool Requested();
  // Asks for a stop from inside, from any thread.
  void Request();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::common
