#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/registry/publication/publication.h"
#include "services/common/log.h"
#include "services/indicator/publish/read_model.h"

namespace hjerte::indicator {

// What publishing works with; everything must outlive it.
struct PublisherParts {
  const registry::Content& content;
  StoreReader& store;
  LiveCube& cube;
  Writer& writer;
  ReadModel& read_model;
  const common::Clock& clock;
  common::Logger log;
};

// Makes the published snapshot: every unit × quarter, half-year and year × total, and by year × strata, × indicator,
// masked as a whole, and such that no series of snapshots gives a hidden count away (registry/publication.h). It is in
// the store before anyone sees it, so that the public figures stay the same between snapshots and across a restart.
class Publisher {
 public:
  explicit Publisher(PublisherParts parts) : parts_(std::move(parts)) {}

  // Shows the stored snapshot, if there is one.
  absl::Status ShowStored();
  // A new snapshot of what is committed now. Takes its time; one at a time.
  absl::Status Publish();
  // When the snapshot shown was made; the epoch when there is none.
  common::Instant shown_at() const;
  // Whether the next snapshot is due, that many after the one shown; at once after one from a clock that was ahead.
  bool IsDue(std::chrono::milliseconds interval) const;

 private:
  absl::StatusOr<std::optional<registry::Publication>> Shown(const registry::IndicatorSet& set,
                                                             const Provenance& provenance) const;

  PublisherParts parts_;
  std::mutex publishing_;
};

}  // namespace hjerte::indicator
