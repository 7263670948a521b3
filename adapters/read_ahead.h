#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/record_reader.h"

namespace hjerte::adapters {

// Reads the records of one batch on a thread of its own, a few ahead of who asks for them, so that reading goes on
// while the state file is written.
class ReadAhead {
 public:
  // How many readings stand in memory at one time.
  static constexpr std::size_t kReadings = 4;
  using Readings = std::array<Reading, kReadings>;

  // Reader, records and the place for readings must outlive it.
  ReadAhead(const RecordReader& reader, std::vector<std::string_view> records, Readings& readings);
  // Stops reading, wherever it is.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The reading of the next record, valid until the next call; not more often than there are records.
  Reading& Next();

 private:
  void Run();

  const RecordReader& reader_;
  const std::vector<std::string_view> records_;
  Readings& readings_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // Records read; asked for; and given back, whose readings may be overwritten.
  std::size_t read_ = 0;
  std::size_t asked_ = 0;
  std::size_t given_back_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace hjerte::adapters
