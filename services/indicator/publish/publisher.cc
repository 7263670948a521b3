#include "services/indicator/publish/publisher.h"

#include <utility>

#include "mapping/registry/publication/publication.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

// A snapshot from further ahead was made while the clock was wrong: waiting for its time could take years.
constexpr std::chrono::minutes kClockSlack{5};

}  // namespace

absl::Status Publisher::ShowStored() {
  absl::StatusOr<std::optional<SnapshotRow>> row = parts_.store.LatestSnapshot();
  if (!row.ok()) return row.status();
  if (!row->has_value()) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot = Snapshot::Open(std::move((*row)->body));
  if (absl::IsFailedPrecondition(snapshot.status())) {
    parts_.log.Warning("a new first snapshot will be published", {{"reason", snapshot.status()}});
    return absl::OkStatus();
  }
  if (!snapshot.ok()) return snapshot.status();
  parts_.read_model.Show(*std::move(snapshot));
  return absl::OkStatus();
}

// What is shown, for publishing the next one against it; none when that is of other definitions: those are other
// figures.
absl::StatusOr<std::optional<registry::Publication>> Publisher::Shown(const registry::IndicatorSet& set,
                                                                      const Provenance& provenance) const {
  const std::shared_ptr<const Snapshot> shown = parts_.read_model.shown();
  if (shown == nullptr || shown->provenance().indicator_set != provenance.indicator_set) return std::nullopt;
  absl::StatusOr<registry::Publication> publication = shown->Unpack(parts_.content, set);
  if (absl::IsFailedPrecondition(publication.status())) return std::nullopt;
  if (!publication.ok()) return publication.status();
  return *std::move(publication);
}

absl::Status Publisher::Publish() {
  const std::lock_guard lock(publishing_);
  const registry::Date today(common::CopenhagenDate(parts_.clock.Now()));
  const registry::IndicatorSet* set = parts_.content.indicator_set_for(today);
  if (set == nullptr) return absl::FailedPreconditionError("no indicator set is in force today");
  auto [cube, commit_seq] = parts_.cube.Copy();
  absl::StatusOr<registry::Finest> now = registry::FinestOf(parts_.content, cube, *set, today);
  if (!now.ok()) return now.status();
  Provenance provenance = parts_.read_model.ProvenanceOf(*set, {}, commit_seq);
  provenance.snapshot = true;
  absl::StatusOr<std::optional<registry::Publication>> before = Shown(*set, provenance);
  if (!before.ok()) return before.status();
  const registry::Publication next =
      registry::PublishNext(parts_.content, *set, *now, before->has_value() ? &**before : nullptr);
  SnapshotRow row{.id = 0, .computed_at = provenance.computed_at, .body = Snapshot::Pack(next, provenance)};
  if (absl::Status status = parts_.writer.Execute([&row](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) {
        HJERTE_RETURN_IF_ERROR(store.PutSnapshot(row, kSnapshotsKept));
        common::PassCrashPoint(common::CrashPoint::kSnapshotBeforeCommit);
        return absl::OkStatus();
      });
      !status.ok()) {
    return status;
  }
  common::PassCrashPoint(common::CrashPoint::kSnapshotAfterCommit);
  absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot = Snapshot::Open(std::move(row.body));
  if (!snapshot.ok()) return snapshot.status();
  parts_.read_model.Show(*std::move(snapshot));
  common::PassCrashPoint(common::CrashPoint::kSnapshotShown);
  parts_.read_model.notifier().Notify();
  parts_.log.Info("published", {{"commit_seq", commit_seq},
                                {"cells", next.summary.cells},
                                {"hidden_primary", next.summary.hidden_primary},
                                {"hidden_secondary", next.summary.hidden_secondary},
                                {"figures", next.summary.figures},
                                {"figures_hidden", next.summary.figures_hidden},
                                {"witnesses", next.witnesses.size()},
                                {"held_back", next.held_back}});
  return absl::OkStatus();
}

bool Publisher::IsDue(std::chrono::milliseconds interval) const {
  const common::Instant now = parts_.clock.Now();
  const common::Instant shown = shown_at();
  return now - shown >= interval || shown - now > kClockSlack;
}

common::Instant Publisher::shown_at() const {
  const std::shared_ptr<const Snapshot> shown = parts_.read_model.shown();
  return shown == nullptr ? common::Instant{} : shown->provenance().computed_at;
}

}  // namespace hjerte::indicator
