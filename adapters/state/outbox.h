#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/state/state_file.h"

namespace hjerte::adapters {

// A report to put in the outbox.
struct OutboxReport {
  // Derived from content and stamps: at most 128 characters of [A-Za-z0-9._-].
  std::string delivery_id;
  // Patient.id: reports of one citizen leave in the order they were put in.
  std::string citizen;
  std::string record;
  std::string course;
  // References of the resources in it, "Type/id".
  std::vector<std::string> refs;
  // A DeliverRequest's bytes, as they are sent every time.
  std::string payload;
};

// A report waiting to be sent.
struct OutboxEntry {
  std::int64_t seq = 0;
  std::string delivery_id;
  std::string citizen;
  std::int64_t attempts = 0;
  std::int64_t not_before_us = 0;
};

// What waits, for the status line and for people.
struct OutboxSize {
  std::int64_t reports = 0;
  std::int64_t bytes = 0;
  // When the oldest was put in, UTC microseconds; 0 when empty.
  std::int64_t oldest_us = 0;
};

// The queue of reports between mapping and gateway, kept in the state file. A report leaves it on a receipt only. Every
// change takes part in the transaction the caller holds.
class Outbox {
 public:
  // `state` must outlive the outbox.
  explicit Outbox(StateFile& state) : state_(state) {}

  // Counts what waits from the file; call once before use.
  absl::Status Load();
  // Adds a report at the end; the same delivery id again changes nothing.
  absl::Status Put(const OutboxReport& report, std::int64_t now_us);
  // The reports after `after` in order, at most `limit`, without their payloads.
  absl::StatusOr<std::vector<OutboxEntry>> List(std::int64_t after, std::size_t limit);
  // A report's payload; DataLoss when it was sealed with another key.
  absl::StatusOr<std::string> Payload(std::int64_t seq);
  // The whole report; NotFound when it is not there.
  absl::StatusOr<OutboxReport> Get(std::int64_t seq);
  // Takes a report out.
  absl::Status Remove(std::int64_t seq);
  // Notes a failed attempt and when to try again.
  absl::Status Postpone(std::int64_t seq, std::int64_t not_before_us);
  // The first waiting report of the record's course; 0 when none waits.
  absl::StatusOr<std::int64_t> FirstOfCourse(std::string_view record, std::string_view course);

  // As of the latest change; right only while this object makes all changes.
  const OutboxSize& size() const { return size_; }

 private:
  StateFile& state_;
  OutboxSize size_;
};

}  // namespace hjerte::adapters
