#include "services/indicator/publish/publisher.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/publication/publication.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/common/time_text.h"
#include "services/indicator/publish/chance.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

// A snapshot from further ahead was made while the clock was wrong: waiting for its time could take years.
constexpr std::chrono::minutes kClockSlack{5};
constexpr std::chrono::hours kTryEvery{1};

absl::Status SeriesEnds(common::Instant shown_at) {
  const std::string at = common::FormatInstant(shown_at);
  return absl::FailedPreconditionError(absl::StrCat("what was published at ", at,
                                                    " is of other indicators, units or reasons than the content "
                                                    "loaded, or of an older version: a new snapshot cannot "
                                                    "be proved beside it, and whoever kept it may find by comparing "
                                                    "what either hides. It stays. To begin a new series "
                                                    "nevertheless: hjerte publish --new-series-after ",
                                                    at, " --reason …"));
}

}  // namespace

Publisher::Publisher(PublisherParts parts)
    : parts_(std::move(parts)),
      draw_of_([this](const registry::Finest& counts) { return DrawOf(parts_.keys.current()->ChanceKey(), counts); }) {}

void Publisher::DrawBy(std::function<registry::Draw(const registry::Finest&)> draw_of) {
  const std::lock_guard lock(publishing_);
  draw_of_ = std::move(draw_of);
}

absl::Status Publisher::ShowStored() {
  absl::StatusOr<std::optional<SnapshotRow>> row = parts_.store.LatestSnapshot();
  if (!row.ok()) return row.status();
  if (!row->has_value()) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot = Snapshot::Open(std::move((*row)->body));
  if (absl::IsFailedPrecondition(snapshot.status())) {
    parts_.log.Warning("nothing-shown", {{"why", snapshot.status()}});
    not_shown_ = (*row)->computed_at;
    return absl::OkStatus();
  }
  if (!snapshot.ok()) return snapshot.status();
  parts_.read_model.Show(*std::move(snapshot));
  return absl::OkStatus();
}

// What was published last, for publishing the next one beside it; none at first, and where a new series is meant.
absl::StatusOr<std::optional<registry::Publication>> Publisher::GoesOnFrom(
    const registry::IndicatorSet& set, const Provenance& provenance,
    std::optional<common::Instant> new_series_after) const {
  const std::shared_ptr<const Snapshot> shown = parts_.read_model.shown();
  const absl::Status goes_on = absl::InvalidArgumentError(
      "new_series_after: not the moment of what was published last, or a series that goes on needs no new one");
  if (shown == nullptr && !not_shown_) {
    if (new_series_after) return goes_on;
    return std::nullopt;
  }
  if (shown != nullptr && shown->provenance().indicator_set == provenance.indicator_set) {
    absl::StatusOr<registry::Publication> publication = shown->Unpack(parts_.content, set);
    if (publication.ok() && new_series_after) return goes_on;
    if (!absl::IsFailedPrecondition(publication.status())) return publication;
  }
  if (shown != nullptr && shown->IsEmpty()) return std::nullopt;
  const common::Instant shown_at = shown != nullptr ? shown->provenance().computed_at : *not_shown_;
  if (!new_series_after) return SeriesEnds(shown_at);
  if (*new_series_after != shown_at) return goes_on;
  return std::nullopt;
}

absl::Status Publisher::Publish(std::optional<common::Instant> new_series_after) {
  const std::lock_guard lock(publishing_);
  const registry::Date today(common::CopenhagenDate(parts_.clock.Now()));
  const registry::IndicatorSet* set = parts_.content.indicator_set_for(today);
  if (set == nullptr) return absl::FailedPreconditionError("no indicator set is in force today");
  auto [cube, commit_seq] = parts_.cube.Copy();
  absl::StatusOr<registry::Finest> now = registry::FinestOf(parts_.content, cube, *set, today);
  if (!now.ok()) return now.status();
  Provenance provenance = parts_.read_model.ProvenanceOf(*set, {}, commit_seq);
  provenance.snapshot = true;
  absl::StatusOr<std::optional<registry::Publication>> before = GoesOnFrom(*set, provenance, new_series_after);
  if (!before.ok()) return before.status();
  const registry::Publication next =
      registry::PublishNext(parts_.content, *set, *now, before->has_value() ? &**before : nullptr, draw_of_(*now));
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

absl::Status Publisher::PublishWhenDue(std::chrono::milliseconds interval) {
  if (!IsDue(interval) || parts_.clock.Steady() < waits_until_) return absl::OkStatus();
  absl::Status status = Publish();
  if (!absl::IsFailedPrecondition(status)) return status;
  waits_until_ = parts_.clock.Steady() + kTryEvery;
  parts_.log.Error("publishing-waits", {{"why", status}});
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
