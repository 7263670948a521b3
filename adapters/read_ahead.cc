#include "adapters/read_ahead.h"

#include <utility>

namespace hjerte::adapters {

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::Begin(std::vector<std::string_view> records) {
  records_ = std::move(records);
  // One record is read as soon as it is asked for.
  if (records_.size() > 1 || afterwards_) thread_ = std::thread([this] { Run(); });
}

bool ReadAhead::ReadOne(std::unique_lock<std::mutex>& lock) {
  if (stop_ || taken_ == records_.size() || taken_ == given_back_ + kReadings) return false;
  const std::size_t record = taken_++;
  lock.unlock();
  reader_.Read(records_[record], readings_[record % kReadings]);
  lock.lock();
  read_[record % kReadings] = true;
  wake_.notify_all();
  return true;
}

Reading& ReadAhead::Next() {
  std::unique_lock lock(mutex_);
  given_back_ = asked_;
  const std::size_t place = asked_++ % kReadings;
  wake_.notify_all();
  while (!read_[place]) {
    if (!ReadOne(lock)) wake_.wait(lock);
  }
  read_[place] = false;
  return readings_[place];
}

void ReadAhead::Run() {
  {
    std::unique_lock lock(mutex_);
    while (!stop_ && taken_ < records_.size()) {
      if (!ReadOne(lock)) wake_.wait(lock);
    }
  }
  if (afterwards_) afterwards_();
}

}  // namespace hjerte::adapters
