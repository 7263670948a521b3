#include "services/indicator/ingest/notifier.h"

#include <utility>

namespace hjerte::indicator {

Notifier::Notifier(std::chrono::milliseconds interval_min) : interval_min_(interval_min), thread_([this] { Run(); }) {}

Notifier::~Notifier() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Notifier::Notify() {
  {
    const std::lock_guard lock(mutex_);
    if (changed_) return;
    changed_ = true;
  }
  wake_.notify_all();
}

std::int64_t Notifier::Add(Listener listener) {
  const std::lock_guard lock(calling_);
  listeners_.emplace(++next_, std::move(listener));
  return next_;
}

void Notifier::Remove(std::int64_t number) {
  const std::lock_guard lock(calling_);
  listeners_.erase(number);
}

void Notifier::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || changed_; });
    if (stop_) return;
    changed_ = false;
    lock.unlock();
    {
      const std::lock_guard calling(calling_);
      for (const auto& [number, listener] : listeners_) listener();
    }
    lock.lock();
    wake_.wait_for(lock, interval_min_, [this] { return stop_; });
  }
}

}  // namespace hjerte::indicator
