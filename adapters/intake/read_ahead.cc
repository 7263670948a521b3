#include "adapters/intake/read_ahead.h"

#include <utility>

namespace hjerte::adapters {

ReadAhead::ReadAhead(const RecordReader& reader, std::vector<std::string_view> records, Readings& readings)
    : reader_(reader), records_(std::move(records)), readings_(readings), place_of_(records_.size()) {
  for (std::size_t place = kReadings; place-- > 0;) free_.push_back(place);
  // One record is read as soon as it is asked for.
  if (records_.size() > 1) thread_ = std::thread([this] { Run(); });
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::Besides(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    task_ = std::move(task);
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  wake_.notify_all();
}

bool ReadAhead::ReadOne(std::unique_lock<std::mutex>& lock) {
  if (taken_ == records_.size() || free_.empty()) return false;
  const std::size_t record = taken_++;
  const std::size_t place = free_.back();
  free_.pop_back();
  lock.unlock();
  reader_.Read(records_[record], readings_[place]);
  lock.lock();
  place_of_[record] = place;
  wake_.notify_all();
  return true;
}

Reading& ReadAhead::Next() {
  std::unique_lock lock(mutex_);
  if (lent_) free_.push_back(*lent_);
  const std::size_t record = asked_++;
  wake_.notify_all();
  while (!place_of_[record]) {
    if (!ReadOne(lock)) wake_.wait(lock);
  }
  lent_ = place_of_[record];
  return readings_[*lent_];
}

void ReadAhead::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (const std::function<void()> task = std::exchange(task_, {})) {
      lock.unlock();
      task();
      lock.lock();
    } else if (stop_) {
      return;
    } else if (!ReadOne(lock)) {
      wake_.wait(lock);
    }
  }
}

}  // namespace hjerte::adapters
