#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/intake/report_intake.h"
#include "adapters/source/source.h"
#include "adapters/state/outbox.h"
#include "adapters/state/quarantine.h"
#include "adapters/state/record_memory.h"
#include "adapters/state/state_file.h"
#include "mapping/registry/finding.h"
#include "services/common/clock.h"
#include "services/common/log.h"

namespace hjerte::adapters {

// What is kept aside, what takes its place and what lets it out: never what an older extract or report says. Every
// change takes part in the transaction the caller holds.
class KeptAside {
 public:
  // What it is given must outlive it.
  KeptAside(StateFile& state, RecordMemory& memory, Quarantine& quarantine, Outbox& outbox, const common::Clock& clock,
            common::Logger log);

  // Whether an extract taken then is later than the batch's. One that lies ahead is later than nothing: its time is
  // wrong, or the clock here is.
  bool IsLater(std::optional<std::int64_t> taken_at_us, const source::Batch& batch);
  // When the time comes of what lay ahead and would have been later since this was asked last; nothing: none did. From
  // then on it is known to be later. Where its time is surely wrong, as of a year ahead, that day changes nothing.
  std::optional<std::int64_t> TakeDoubtedUntil() { return std::exchange(doubted_until_us_, std::nullopt); }
  // When the extract was taken that tells last of the key, of which `known` is remembered; nothing where that is not
  // known. The latest complete extract tells of a record that is not remembered that it is not there.
  absl::StatusOr<std::optional<std::int64_t>> TakenAt(std::string_view key, const std::optional<RecordState>& known);
  // Whether a version of a later extract is kept aside; whether one is or was processed.
  absl::StatusOr<bool> IsLaterAside(std::string_view key, const source::Batch& batch);
  absl::StatusOr<bool> IsLaterKnown(std::string_view key, const source::Batch& batch);

  // Puts what a batch brought aside, in the place of what is there of the key; false where a later version is known.
  absl::StatusOr<bool> Put(const std::string& key, QuarantineKind kind, std::string_view payload,
                           std::vector<registry::Finding> findings, const source::Batch& batch);
  // Takes a report that the gateway refused out of the outbox. Where others of its course wait, one report of what they
  // hold together takes the place of all: later ones leave out what has not changed since the refused one, of which
  // nothing was stored. Otherwise it comes here, what it held is sent with the record's next version, and this is true.
  absl::StatusOr<bool> Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings);
  // A good report came under that key with these resources: lets out what was aside of it, and those that hold no later
  // version of what it brought and lack nothing more.
  absl::Status ReleaseNoLater(const std::string& key, const std::vector<ReportedResource>& good);

 private:
  absl::StatusOr<std::optional<std::int64_t>> TakenAt(std::string_view key);
  // Takes every report of the refused one's course out of the outbox. Returns all, that one among them, in the order
  // they were made: under another citizen an earlier one may wait still.
  absl::StatusOr<std::vector<OutboxReport>> TakeReportsOf(const OutboxReport& refused, std::int64_t seq);
  // Since when the report of that key is kept aside; nothing: it is not.
  absl::StatusOr<std::optional<std::int64_t>> AsideSince(const std::string& key);
  // `good` was kept aside itself since then; nothing: it was not.
  absl::StatusOr<bool> IsLaterReportAside(const std::string& key, const ReportedResource& good,
                                          std::optional<std::int64_t> good_since_us);
  std::int64_t NowUs() const { return clock_.Now().time_since_epoch().count(); }

  StateFile& state_;
  RecordMemory& memory_;
  Quarantine& quarantine_;
  Outbox& outbox_;
  const common::Clock& clock_;
  common::Logger log_;
  std::optional<std::int64_t> doubted_until_us_;
};

}  // namespace hjerte::adapters
