#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/source/source.h"
#include "adapters/state/outbox.h"
#include "adapters/state/quarantine.h"
#include "adapters/state/record_memory.h"
#include "services/common/clock.h"

namespace hjerte::adapters {

// What is done with something that was kept aside and is read once more.
struct ReadOnceMore {
  // The source gives delivery reports, which are merged by citizen.
  bool merges = false;
  std::function<absl::Status(const std::string& key, const std::string& json, const source::Batch& batch)> record;
  std::function<absl::Status(const std::string& key, const std::string& json, const source::Batch& batch)> report;
  std::function<absl::Status(const std::string& citizen)> citizen;
};

// Tries again what was kept aside: by itself, or by way of the source where what is kept is not the whole of it.
class TryingAgain {
 public:
  // What it is given must outlive it.
  TryingAgain(RecordMemory& memory, Quarantine& quarantine, Outbox& outbox, const common::Clock& clock,
              ReadOnceMore read)
      : memory_(memory), quarantine_(quarantine), outbox_(outbox), clock_(clock), read_(std::move(read)) {}

  // What an operator asked for and, once an hour, what was refused for a date after its receipt; at most `limit`. Then,
  // too, the source is read again when the time has come of an extract that lay ahead.
  absl::StatusOr<std::vector<QuarantineEntry>> Due(std::size_t limit);
  // Takes part in the transaction the caller holds.
  absl::Status Try(const QuarantineEntry& entry);
  // Whether one of these set the source's progress back since this was asked last.
  bool TakeReadAgain() { return std::exchange(read_again_, false); }

 private:
  absl::Status SendAgain(const QuarantineEntry& entry, const std::string& request);
  // Whether an older extract, whose version counted meanwhile, was sent under later stamps: only what the source gives
  // anew comes above that.
  absl::StatusOr<bool> IsOvertaken(const OutboxReport& report);
  absl::Status ReadSourceAgain();
  absl::Status ReadRecord(const QuarantineEntry& entry, const std::string& json);

  RecordMemory& memory_;
  Quarantine& quarantine_;
  Outbox& outbox_;
  const common::Clock& clock_;
  ReadOnceMore read_;
  bool read_again_ = false;
  // Steady time.
  std::chrono::microseconds dated_ahead_at_{0};
};

}  // namespace hjerte::adapters
