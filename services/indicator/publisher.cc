#include "services/indicator/publisher.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mapping/registry/masking.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

constexpr int kSnapshotsKept = 8;
// A snapshot from further ahead was made while the clock was wrong: waiting for its time could take years.
constexpr std::chrono::minutes kClockSlack{5};

// The published grid of one set; cells without a course are left out.
absl::StatusOr<std::vector<registry::Cell>> PublishedCells(const registry::Cube& cube, const std::string& set,
                                                           registry::Date today) {
  std::vector<registry::Cell> cells;
  const auto span = cube.span();
  if (!span.has_value()) return cells;
  for (const registry::UnitKind unit_kind : {registry::UnitKind::kMunicipality, registry::UnitKind::kCluster,
                                             registry::UnitKind::kRegion, registry::UnitKind::kNation}) {
    std::vector<registry::Cell> of_kind;
    for (const registry::PeriodKind period :
         {registry::PeriodKind::kQuarter, registry::PeriodKind::kHalfYear, registry::PeriodKind::kYear}) {
      registry::Query query;
      query.indicator_set = set;
      query.unit_kinds = {unit_kind};
      query.period_kind = period;
      query.from = span->first;
      query.to = std::max(span->second, today);
      // Strata of shorter periods hold so few that hiding them hides the totals too.
      if (query.period_kind == registry::PeriodKind::kYear) {
        query.strata = {registry::StratumKind::kSex, registry::StratumKind::kAgeGroup,
                        registry::StratumKind::kDiagnosisGroup, registry::StratumKind::kLegalBasis};
      }
      query.skip_empty = true;
      absl::StatusOr<std::vector<registry::Cell>> part = cube.Run(query);
      if (!part.ok()) return part.status();
      of_kind.insert(of_kind.end(), std::make_move_iterator(part->begin()), std::make_move_iterator(part->end()));
    }
    // The periods of a unit stand together in the packed form.
    std::stable_sort(of_kind.begin(), of_kind.end(),
                     [](const registry::Cell& left, const registry::Cell& right) { return left.unit < right.unit; });
    cells.insert(cells.end(), std::make_move_iterator(of_kind.begin()), std::make_move_iterator(of_kind.end()));
  }
  return cells;
}

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
  absl::StatusOr<std::vector<registry::Cell>> cells = PublishedCells(cube, set->id, today);
  if (!cells.ok()) return cells.status();
  Results before;
  if (const std::shared_ptr<const Snapshot> shown = parts_.read_model.shown(); shown != nullptr) {
    absl::StatusOr<Results> all = shown->All();
    if (!all.ok()) return all.status();
    before = *std::move(all);
  }
  const registry::PublishedGrid previous =
      before.cells.empty() ? registry::PublishedGrid{} : registry::PublishedGrid{&before.cells, &before.masks};
  const registry::MaskedGrid masked = registry::MaskGrid(parts_.content, *cells, previous);
  Provenance provenance = parts_.read_model.ProvenanceOf(*set, {}, commit_seq);
  provenance.snapshot = true;
  SnapshotRow row{
      .id = 0, .computed_at = provenance.computed_at, .body = Snapshot::Pack(*cells, masked.masks, provenance)};
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
                                {"figures_hidden", masked.summary.figures_hidden}});
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
