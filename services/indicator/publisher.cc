#include "services/indicator/publisher.h"

#include <utility>

#include "mapping/registry/masking.h"
#include "mapping/registry/published_grid.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

constexpr int kSnapshotsKept = 8;
// A snapshot from further ahead was made while the clock was wrong: waiting for its time could take years.
constexpr std::chrono::minutes kClockSlack{5};

}  // namespace

absl::Status Publisher::ShowStored() {
  absl::StatusOr<std::optional<SnapshotRow>> row = parts_.store.LatestSnapshot();
  if (!row.ok()) return row.status();
  if (!row->has_value()) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot = Snapshot::Open(std::move((*row)->body));
  if (!snapshot.ok()) return snapshot.status();
  parts_.read_model.Show(*std::move(snapshot));
  return absl::OkStatus();
}

absl::Status Publisher::Publish() {
  const std::lock_guard lock(publishing_);
  const registry::Date today(common::CopenhagenDate(parts_.clock.Now()));
  const registry::IndicatorSet* set = parts_.content.indicator_set_for(today);
  if (set == nullptr) return absl::FailedPreconditionError("no indicator set is in force today");
  auto [cube, commit_seq] = parts_.cube.Copy();
  absl::StatusOr<std::vector<registry::Cell>> now = registry::FinestCells(cube, set->id, today);
  if (!now.ok()) return now.status();
  Provenance provenance = parts_.read_model.ProvenanceOf(*set, {}, commit_seq);
  provenance.snapshot = true;
  Results before;
  // Figures by other definitions are other figures.
  if (const std::shared_ptr<const Snapshot> shown = parts_.read_model.shown();
      shown != nullptr && shown->provenance().indicator_set == provenance.indicator_set) {
    absl::StatusOr<Results> all = shown->All();
    if (!all.ok()) return all.status();
    before = *std::move(all);
  }
  const std::vector<registry::Cell> cells =
      registry::SumUp(parts_.content, *set, registry::TakeOver(parts_.content, *now, registry::FinestOf(before.cells)));
  const registry::MaskedGrid masked = registry::MaskGrid(parts_.content, cells, {&before.cells, &before.masks});
  SnapshotRow row{
      .id = 0, .computed_at = provenance.computed_at, .body = Snapshot::Pack(cells, masked.masks, provenance)};
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
                                {"cells", masked.summary.cells},
                                {"hidden_primary", masked.summary.hidden_primary},
                                {"hidden_secondary", masked.summary.hidden_secondary},
                                {"figures", masked.summary.figures},
                                {"figures_hidden", masked.summary.figures_hidden},
                                {"without_witness", masked.summary.unproved}});
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
