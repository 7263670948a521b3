#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/state/state_file.h"
#include "mapping/registry/finding.h"

namespace hjerte::adapters {

// What a quarantined payload is.
enum class QuarantineKind : std::int64_t {
  // The record as the source gave it: a requeue reads it again.
  kRecord = 1,
  // A DeliverRequest that the gateway refused: a requeue sends the same bytes again.
  kDelivery = 2,
  // What could be read of a record that the source could not read whole: a requeue reads the source again.
  kPart = 3,
};

// One quarantined record.
struct QuarantineEntry {
  // The source's key of the record, or "@extract/place" for what has none.
  std::string key;
  // Of a report that the gateway refused the course it is of; else empty.
  std::string course;
  QuarantineKind kind = QuarantineKind::kRecord;
  // When the key came into quarantine first, and when its present version did; UTC microseconds.
  std::int64_t since_us = 0;
  std::int64_t seen_us = 0;
  // When the complete extract that the present version came with was taken (source::Batch); nothing: it came with none.
  std::optional<std::int64_t> complete_at_us;
  // When the extract it came with was taken, complete or not, or the file of a delivery report written; nothing: not
  // known.
  std::optional<std::int64_t> taken_at_us;
  std::vector<registry::Finding> findings;
  bool requeued = false;
};

// Records kept aside with their reasons. One entry for each source key, and one for each of its courses that the
// gateway refused a report of: a newer version takes the place of an older one, and a good version of the record takes
// all of them out. Every change takes part in the transaction the caller holds.
class Quarantine {
 public:
  // `state` must outlive the quarantine.
  explicit Quarantine(StateFile& state) : state_(state) {}

  // Puts a record in or replaces its earlier version.
  absl::Status Put(const QuarantineEntry& entry, std::string_view payload, std::string_view extract);
  // When the extract of the latest version that is kept was taken; nothing when that is not known or there is none.
  absl::StatusOr<std::optional<std::int64_t>> TakenAt(std::string_view key);
  // When the extracts were taken that lie ahead of that moment is known no more.
  absl::Status ForgetTimesAfter(std::int64_t now_us);
  // A later extract gives the record once more as it is kept; false when it is not kept as the source gave it.
  absl::StatusOr<bool> MarkSeen(std::string_view key, std::optional<std::int64_t> taken_at_us);
  // Takes a key out; true when it was there.
  absl::StatusOr<bool> Release(std::string_view key);
  // Takes the refused report of one course out; what else is kept of the record stays.
  absl::Status ReleaseReport(std::string_view key, std::string_view course);
  // The same of all its courses.
  absl::Status ReleaseReports(std::string_view key);
  // Takes out what was named by its place in `scope` and was not seen again in `extract`.
  absl::Status ReleasePlaces(std::string_view scope, std::string_view extract);

  // Remembers which resources a quarantined delivery report holds, so that a later report of them releases it.
  absl::Status SetReferences(std::string_view key, const std::vector<std::string>& refs);
  // Keys of the quarantined reports that hold the resource.
  absl::StatusOr<std::vector<std::string>> Holding(std::string_view ref);
  // A good report brought what this one holds of the resource, or later: releases it when nothing more is missing.
  absl::Status ReleaseReference(std::string_view key, std::string_view ref);

  absl::StatusOr<std::vector<QuarantineEntry>> List(std::size_t limit, bool requeued_only = false);
  // All that is kept of the record; NotFound when nothing is.
  absl::StatusOr<std::vector<QuarantineEntry>> Of(std::string_view key);
  // What is kept of the record, or of the refused report of a course of it; DataLoss when it was sealed with another
  // key.
  absl::StatusOr<std::string> Payload(std::string_view key, std::string_view course = "");
  // Marks all that is kept of the record to be tried again by the adapter; NotFound when nothing is.
  absl::Status Requeue(std::string_view key);
  // The same for everything put aside because it was dated after its receipt: a clock may have been wrong, or the day
  // has come. What waits for its source is left out.
  absl::Status RequeueDatedAhead();
  // Takes the mark away: it was tried, and waits for what its source gives.
  absl::Status WaitForSource(std::string_view key, std::string_view course);
  // Takes out a record that was tried again and was neither let out nor put aside anew: a later version is known.
  absl::Status ReleaseOvertaken(std::string_view key);
  absl::StatusOr<std::int64_t> Count();

 private:
  StateFile& state_;
};

}  // namespace hjerte::adapters
