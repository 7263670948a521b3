#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/intake/report_intake.h"
#include "adapters/source/source.h"
#include "adapters/state/outbox.h"
#include "adapters/state/quarantine.h"
#include "adapters/state/record_memory.h"
#include "mapping/registry/finding.h"
#include "services/common/clock.h"
#include "services/common/log.h"

namespace hjerte::adapters {

// A report that the gateway refused.
struct RefusedReport {
  std::string record;
  // Whether later reports of its course waited and were taken back with it.
  bool later_taken_back = false;
};

// What is kept aside, what takes its place and what lets it out: never what an older extract or report says. Every
// change takes part in the transaction the caller holds.
class KeptAside {
 public:
  // What it is given must outlive it.
  KeptAside(RecordMemory& memory, Quarantine& quarantine, Outbox& outbox, const common::Clock& clock,
            common::Logger log);

  // Whether an extract taken then is later than the batch's. One that lies ahead is later than nothing: its time is
  // wrong.
  bool IsLater(std::optional<std::int64_t> taken_at_us, const source::Batch& batch) const;
  // Whether a version of a later extract is kept aside; whether one is or was processed.
  absl::StatusOr<bool> IsLaterAside(std::string_view key, const source::Batch& batch);
  absl::StatusOr<bool> IsLaterKnown(std::string_view key, const source::Batch& batch);

  // Puts what a batch brought aside, in the place of what is there of the key; false where a later version is known.
  absl::StatusOr<bool> Put(const std::string& key, QuarantineKind kind, std::string_view payload,
                           std::vector<registry::Finding> findings, const source::Batch& batch);
  // Moves a report that the gateway refused here from the outbox, and sees to it that what it and the course's later
  // reports held is sent with the record's next version.
  absl::StatusOr<RefusedReport> Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings);
  // A good report brought the resource: lets those out that hold no later version of it and lack nothing more.
  absl::Status ReleaseNoLater(const ReportedResource& good);

 private:
  // When the extract was taken that the record was processed of last; nothing when that is not known.
  absl::StatusOr<std::optional<std::int64_t>> TakenAt(std::string_view record);
  absl::StatusOr<bool> TakeBackReportsOf(const std::string& record, const std::string& course);
  absl::StatusOr<bool> IsLaterReportAside(const std::string& key, const ReportedResource& good);
  std::int64_t NowUs() const { return clock_.Now().time_since_epoch().count(); }

  RecordMemory& memory_;
  Quarantine& quarantine_;
  Outbox& outbox_;
  const common::Clock& clock_;
  common::Logger log_;
};

}  // namespace hjerte::adapters
