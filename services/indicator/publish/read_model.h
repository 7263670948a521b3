#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "services/common/clock.h"
#include "services/indicator/cube/live_cube.h"
#include "services/indicator/cube/live_query.h"
#include "services/indicator/cube/results.h"
#include "services/indicator/ingest/notifier.h"
#include "services/indicator/ingest/writer.h"
#include "services/indicator/publish/snapshot.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// What the read side works with; everything must outlive it.
struct ReadParts {
  std::shared_ptr<const registry::Content> content;
  StoreReader& store;
  LiveCube& cube;
  Writer& writer;
  Notifier& notifier;
  const common::Clock& clock;
  // How long after a delivery the next one is expected at the latest.
  std::chrono::hours delivery_interval{24};
};

// The read side of the central service, without gRPC or HTTP: what API and portal show. Thread-safe. It does not judge
// who may ask what: that is the caller's (services/doors); `Published` alone is for everyone.
class ReadModel {
 public:
  explicit ReadModel(ReadParts parts) : parts_(std::move(parts)) {}

  const registry::Content& content() const { return *parts_.content; }

  // The indicator set a query means: its own, else the one in force on `to`. InvalidArgument when there is none.
  absl::StatusOr<const registry::IndicatorSet*> SetFor(const registry::Query& query) const;

  // From the latest published snapshot of the set: quarter, half-year and year only (InvalidArgument otherwise), one
  // kind of stratum or none. Without `from`/`to` (default Date) everything there is. FailedPrecondition before the
  // first snapshot.
  absl::StatusOr<Results> Published(registry::Query query) const;
  // Live and unmasked, with the state of the latest commit.
  absl::StatusOr<Results> Live(registry::Query query) const;

  // One entry for each municipality of the geography in force; `authorities` empty means all. `masked` takes out what
  // the public may not see.
  absl::StatusOr<std::vector<Freshness>> GetFreshness(const std::vector<std::string>& authorities, bool masked) const;

  // Puts into the audit log that somebody asks for a snapshot, of a new series or not.
  absl::Status NotePublishing(std::string_view who, std::string_view reason, bool new_series) const;

  // Why a course counts as it does. The look is in the audit log before it is answered; without that there is no
  // answer. NotFound when the authority has no such course.
  absl::StatusOr<CourseExplanation> Explain(std::string_view who, std::string_view authority,
                                            std::string_view course_key, std::string_view reason) const;

  // Makes the snapshot given the one the public sees from now on.
  void Show(std::shared_ptr<const Snapshot> snapshot);
  std::shared_ptr<const Snapshot> shown() const;

  // Called after commits and new snapshots, coalesced (notifier.h).
  Notifier& notifier() const { return parts_.notifier; }

  // Provenance of figures computed now for a set.
  Provenance ProvenanceOf(const registry::IndicatorSet& set, std::string_view geography,
                          std::int64_t commit_seq) const {
    return MakeProvenance(content(), set, geography, commit_seq, parts_.clock.Now());
  }

 private:
  ReadParts parts_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> shown_;
};

}  // namespace hjerte::indicator
