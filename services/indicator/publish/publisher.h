#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/registry/publication/publication.h"
#include "services/common/log.h"
#include "services/indicator/publish/read_model.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {

// What publishing works with; everything must outlive it.
struct PublisherParts {
  const registry::Content& content;
  StoreReader& store;
  LiveCube& cube;
  Writer& writer;
  ReadModel& read_model;
  const KeyRing& keys;
  const common::Clock& clock;
  common::Logger log;
};

// Makes the published snapshot: every unit × quarter, half-year and year × total, and by year × strata, × indicator,
// masked as a whole, and such that no series of snapshots gives a hidden count away (registry/publication.h). It is in
// the store before anyone sees it, so that the public figures stay the same between snapshots and across a restart.
class Publisher {
 public:
  explicit Publisher(PublisherParts parts);

  // Shows the stored snapshot, if there is one.
  absl::Status ShowStored();
  // A new snapshot of what is committed now. Takes its time; one at a time. FailedPrecondition where the one shown is
  // of other indicators, units or reasons, or of an older version of the program: no next one can be proved beside it,
  // and what one hides the other may show. `new_series_after` is the moment of the one shown: whoever gives it means to
  // begin a new series nevertheless; InvalidArgument where it is another one's, or the series goes on.
  absl::Status Publish(std::optional<common::Instant> new_series_after = std::nullopt);
  // Publishes when it is time. Where that must wait for somebody (FailedPrecondition above) the log says so, hourly.
  absl::Status PublishWhenDue(std::chrono::milliseconds interval);
  // Draws what is hidden by chance otherwise than by the store's key: as a test foresees it.
  void DrawBy(std::function<registry::Draw(const registry::Finest&)> draw_of);
  // When the snapshot shown was made; the epoch when there is none.
  common::Instant shown_at() const;

 private:
  // Whether the next snapshot is due, that many after the one shown; at once after one from a clock that was ahead.
  bool IsDue(std::chrono::milliseconds interval) const;
  absl::StatusOr<std::optional<registry::Publication>> GoesOnFrom(
      const registry::IndicatorSet& set, const Provenance& provenance,
      std::optional<common::Instant> new_series_after) const;

  PublisherParts parts_;
  std::mutex publishing_;
  std::function<registry::Draw(const registry::Finest&)> draw_of_;
  // When the stored snapshot was made that cannot be shown.
  std::optional<common::Instant> not_shown_;
  // Steady time before which publishing is not tried again by itself.
  std::chrono::microseconds waits_until_{0};
};

}  // namespace hjerte::indicator
