#include "adapters/read_ahead.h"

#include <utility>

namespace hjerte::adapters {

ReadAhead::ReadAhead(const RecordReader& reader, std::vector<std::string_view> records, Readings& readings)
    : reader_(reader), records_(std::move(records)), readings_(readings) {
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

Reading& ReadAhead::Next() {
  Reading& reading = readings_[asked_ % kReadings];
  if (!thread_.joinable()) {
    reader_.Read(records_[asked_++], reading);
    return reading;
  }
  std::unique_lock lock(mutex_);
  given_back_ = asked_++;
  wake_.notify_all();
  wake_.wait(lock, [this] { return read_ >= asked_; });
  return reading;
}

void ReadAhead::Run() {
  for (std::size_t next = 0; next < records_.size(); ++next) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this, next] { return stop_ || next < given_back_ + kReadings; });
      if (stop_) return;
    }
    reader_.Read(records_[next], readings_[next % kReadings]);
    {
      const std::lock_guard lock(mutex_);
      read_ = next + 1;
    }
    wake_.notify_all();
  }
}

}  // namespace hjerte::adapters
