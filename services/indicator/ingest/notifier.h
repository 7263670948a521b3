#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace hjerte::indicator {

// Tells listeners that something was committed. Changes that come close together are told once: at most one round of
// calls for each interval. Listeners are called one by one on the notifier's own thread.
class Notifier {
 public:
  using Listener = std::function<void()>;

  explicit Notifier(std::chrono::milliseconds interval_min);
  // Calls nobody any more.
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // Something changed; from any thread, returns at once.
  void Notify();
  // Adds a listener; the number takes it out again. After Remove returns the listener is not running and never called.
  // Neither waits for a round of the others.
  std::int64_t Add(Listener listener);
  void Remove(std::int64_t number);

 private:
  void Run();
  void CallEach();

  const std::chrono::milliseconds interval_min_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool changed_ = false;
  std::mutex listeners_mutex_;
  std::map<std::int64_t, std::shared_ptr<const Listener>> listeners_;
  std::int64_t calling_ = 0;  // the listener that is running, 0 for none
  std::condition_variable called_;
  std::int64_t next_ = 0;
  std::thread thread_;
};

}  // namespace hjerte::indicator
