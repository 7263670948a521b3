#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

namespace hjerte::soak {

// What the gate does with what passes.
enum class GateMode : int {
  kPass,
  kSwallowAnswers,  // everything from the server is taken and lost: committed, and no receipt comes
  kSwallowAll,      // both ways: the other host has vanished without a word
  kRefuse,          // new connections are closed at once
};

// A TCP proxy between adapters and central service that delays, corrupts, loses and cuts. A connection that lost a byte
// stays silent for the rest of its life, as one to a host that is gone; what connects later is sound.
class Gate {
 public:
  // Listens on a free port of the loopback address and passes to another one.
  explicit Gate(int server_port);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  int port() const { return port_; }
  void Set(GateMode mode) { mode_ = mode; }
  // Each piece is held back for so long.
  void Delay(std::chrono::milliseconds delay) { delay_ms_ = static_cast<int>(delay.count()); }
  // Flips a bit of the next piece, in each direction of each connection that is open.
  void Corrupt() { ++corruptions_; }
  // Closes every connection.
  void Cut() { ++cuts_; }
  // Connections taken so far.
  int connections() const { return connections_; }

 private:
  struct Pair;
  void Run();

  int server_port_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<GateMode> mode_ = GateMode::kPass;
  std::atomic<int> delay_ms_ = 0;
  std::atomic<int> corruptions_ = 0;
  std::atomic<int> cuts_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace hjerte::soak
