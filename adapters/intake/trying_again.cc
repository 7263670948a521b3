#include "adapters/intake/trying_again.h"

#include <algorithm>
#include <map>

#include "adapters/reports/delivery.h"
#include "adapters/reports/resource_versions.h"
#include "mapping/json/document.h"

namespace hjerte::adapters {
namespace {

constexpr std::chrono::hours kDatedAheadEvery{1};

}  // namespace

absl::StatusOr<std::vector<QuarantineEntry>> TryingAgain::Due(std::size_t limit) {
  if (clock_.Steady() >= dated_ahead_at_) {
    if (absl::Status status = quarantine_.RequeueDatedAhead(); !status.ok()) return status;
    const std::int64_t now_us = clock_.Now().time_since_epoch().count();
    const auto again = memory_.ReadAgainIfDue(now_us);
    if (!again.ok()) return again.status();
    if (*again) {
      if (absl::Status status = quarantine_.ForgetTimesAfter(now_us); !status.ok()) return status;
    }
    read_again_ = read_again_ || *again;
    dated_ahead_at_ = clock_.Steady() + kDatedAheadEvery;
  }
  return quarantine_.List(limit, /*requeued_only=*/true);
}

absl::Status TryingAgain::Try(const QuarantineEntry& entry) {
  const auto payload = quarantine_.Payload(entry.key, entry.course);
  // A later report of the same resources, tried again before it, may have let it out.
  if (!payload.ok()) return absl::IsNotFound(payload.status()) ? absl::OkStatus() : payload.status();
  if (entry.kind == QuarantineKind::kDelivery) return SendAgain(entry, *payload);
  if (entry.key.starts_with('@')) {
    // Nothing is kept of it that could be read again: where the source still holds it, it is read or put aside anew.
    if (auto released = quarantine_.Release(entry.key); !released.ok()) return released.status();
    return ReadSourceAgain();
  }
  if (read_.merges && payload->empty()) return read_.citizen(entry.key);
  if (payload->empty()) return quarantine_.Release(entry.key).status();
  if (read_.merges) {
    source::Batch as_it_came;
    // By the clock of a share that is ahead it was written after it was read.
    if (entry.taken_at_us) as_it_came.taken_at_us = std::min(*entry.taken_at_us, entry.seen_us);
    return read_.report(entry.key, *payload, as_it_came);
  }
  if (entry.kind == QuarantineKind::kPart) {
    // What is kept lacks what could not be read: sent, it would take that back.
    if (absl::Status status = quarantine_.WaitForSource(entry.key, entry.course); !status.ok()) return status;
    return ReadSourceAgain();
  }
  return ReadRecord(entry, *payload);
}

absl::Status TryingAgain::SendAgain(const QuarantineEntry& entry, const std::string& request) {
  auto report = ReadDelivery(request);
  if (!report.ok()) return report.status();
  report->record = entry.key;
  report->course = entry.course;
  const auto overtaken = IsOvertaken(*report);
  if (!overtaken.ok()) return overtaken.status();
  if (*overtaken) {
    if (absl::Status status = quarantine_.WaitForSource(entry.key, entry.course); !status.ok()) return status;
    return ReadSourceAgain();
  }
  absl::Status status = outbox_.Put(*report, clock_.Now().time_since_epoch().count());
  if (status.ok()) status = memory_.TakeFromNoOlder(entry.key, entry.taken_at_us);
  return status.ok() ? quarantine_.ReleaseReport(entry.key, entry.course) : status;
}

absl::StatusOr<bool> TryingAgain::IsOvertaken(const OutboxReport& report) {
  const auto given = memory_.Resources(report.record);
  if (!given.ok()) return given.status();
  const auto bundle = BundleOfDelivery(report.payload);
  if (!bundle.ok()) return bundle.status();
  json::Arena arena;
  const auto root = json::ParseInto(arena, *bundle);
  if (!root.ok()) return root.status();
  std::map<std::string, std::int64_t> stamps;
  for (const ResourceVersion& version : VersionsOf(*root, arena)) stamps[version.ref] = version.stamp_us;
  return std::any_of(given->begin(), given->end(), [&](const ResourceMemory& memory) {
    const auto kept = stamps.find(memory.ref);
    return memory.course == report.course && kept != stamps.end() && !IsShared(TypeOf(memory.ref)) &&
           kept->second < memory.stamp_us;
  });
}

absl::Status TryingAgain::ReadSourceAgain() {
  read_again_ = true;
  return memory_.ForgetProgress();
}

absl::Status TryingAgain::ReadRecord(const QuarantineEntry& entry, const std::string& json) {
  if (absl::Status status = memory_.PutAside(entry.key, "", ""); !status.ok()) return status;
  // What is gone from the record is gone now as it was then.
  source::Batch as_it_came;
  as_it_came.complete_at_us = entry.complete_at_us;
  as_it_came.taken_at_us = entry.taken_at_us;
  absl::Status status = read_.record(entry.key, json, as_it_came);
  return status.ok() ? quarantine_.ReleaseOvertaken(entry.key) : status;
}

}  // namespace hjerte::adapters
