#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/intake/record_reader.h"

namespace hjerte::adapters {

// Reads records on a thread of its own, a few ahead of who asks for them, so that reading goes on while the state file
// is written. Who asks for a record that is not read yet reads along instead of waiting.
class ReadAhead {
 public:
  // How many readings stand in memory at one time: as many as are read while a batch is committed.
  static constexpr std::size_t kReadings = 16;
  using Readings = std::array<Reading, kReadings>;

  // Begins to read. Reader, records and the place for readings must outlive it.
  ReadAhead(const RecordReader& reader, std::vector<std::string_view> records, Readings& readings);
  // Stops reading, wherever it is; what is to be done besides is done.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Lets the thread do something else before it reads on; once.
  void Besides(std::function<void()> task);
  // The reading of the next record, valid until the next call; not more often than there are records.
  Reading& Next();

 private:
  void Run();
  // Reads a record that nobody reads yet, where there is one and a place for its reading. Holds the lock before and
  // after.
  bool ReadOne(std::unique_lock<std::mutex>& lock);

  const RecordReader& reader_;
  const std::vector<std::string_view> records_;
  Readings& readings_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::function<void()> task_;
  // Of each record that is read: the place of its reading.
  std::vector<std::optional<std::size_t>> place_of_;
  // Places whose readings may be overwritten. The one given back last is taken first: it is still in the processor's
  // cache, and the others are touched only when nobody asks for a while.
  std::vector<std::size_t> free_;
  // The place of the reading asked for last.
  std::optional<std::size_t> lent_;
  // Records somebody reads or has read, and those asked for.
  std::size_t taken_ = 0;
  std::size_t asked_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace hjerte::adapters
