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
  const std::lock_guard lock(listeners_mutex_);
  listeners_.emplace(++next_, std::make_shared<const Listener>(std::move(listener)));
  return next_;
}

void Notifier::Remove(std::int64_t number) {
  std::unique_lock lock(listeners_mutex_);
  listeners_.erase(number);
  called_.wait(lock, [this, number] { return calling_ != number; });
}

void Notifier::CallEach() {
  std::unique_lock lock(listeners_mutex_);
  for (auto next = listeners_.begin(); next != listeners_.end(); next = listeners_.upper_bound(calling_)) {
    calling_ = next->first;
    const std::shared_ptr<const Listener> listener = next->second;
    lock.unlock();
    (*listener)();
    lock.lock();
    called_.notify_all();
  }
  calling_ = 0;
  called_.notify_all();
}

void Notifier::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || changed_; });
    if (stop_) return;
    changed_ = false;
    lock.unlock();
    CallEach();
    lock.lock();
    wake_.wait_for(lock, interval_min_, [this] { return stop_; });
  }
}

}  // namespace hjerte::indicator
