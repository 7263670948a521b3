#include "services/indicator/cube/history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/copenhagen.h"
#include "services/indicator/courses/replay.h"
#include "services/indicator/cube/live_query.h"
#include "services/indicator/engine_version.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

// The epoch a moment lies in: by the instant where there is one, else the one its commit was made in.
const EpochRow* EpochOf(const std::vector<EpochRow>& epochs, const PastMoment& moment, std::int64_t commit_seq) {
  const EpochRow* found = nullptr;
  for (const EpochRow& epoch : epochs) {
    const bool begun =
        moment.at.has_value() ? epoch.at <= *moment.at && epoch.from_seq <= commit_seq : epoch.from_seq < commit_seq;
    // What came before the first was not noted; it is taken to have been the same.
    if (begun || found == nullptr) found = &epoch;
  }
  return found;
}

}  // namespace

History::History(std::shared_ptr<const registry::Content> content, StoreReader& store, const common::Clock& clock)
    : content_(std::move(content)), store_(store), clock_(clock) {}

History::~History() { Stop(); }

void History::Stop() {
  stop_ = true;
  std::thread ending;
  {
    const std::lock_guard lock(mutex_);
    ending = std::move(thread_);
    busy_ = true;
  }
  if (ending.joinable()) ending.join();
}

void History::Ask(registry::Query query, const PastMoment& moment, Done done) {
  std::thread before;
  {
    const std::lock_guard lock(mutex_);
    if (!busy_) {
      busy_ = true;
      before = std::move(thread_);
      if (before.joinable()) before.join();  // it has answered and is at its end
      thread_ = std::thread([this, query = std::move(query), moment, done = std::move(done)]() mutable {
        absl::StatusOr<Results> results = Answer(std::move(query), moment);
        {
          const std::lock_guard ending(mutex_);
          busy_ = stop_;
        }
        done(std::move(results));
      });
      return;
    }
  }
  done(absl::ResourceExhaustedError("figures of another moment are being rebuilt; ask again when they are done"));
}

absl::StatusOr<History::Resolved> History::Resolve(const PastMoment& moment) {
  if (moment.at.has_value() && *moment.at > clock_.Now()) {
    return absl::OutOfRangeError("as_known_at: the moment has not been yet");
  }
  const absl::StatusOr<std::int64_t> last = store_.LastCommitSeq();
  if (!last.ok()) return last.status();
  if (moment.commit_seq < 0 || moment.commit_seq > *last) {
    return absl::OutOfRangeError(absl::StrCat("as_known_at_commit: the log ends at ", *last));
  }
  Resolved resolved{.commit_seq = moment.commit_seq, .at = {}, .today = {}, .engine = {}};
  if (moment.at.has_value()) {
    resolved.at = *moment.at;
    if (moment.commit_seq == 0) {
      const absl::StatusOr<std::int64_t> commit = store_.CommitAt(*moment.at);
      if (!commit.ok()) return commit.status();
      resolved.commit_seq = *commit;
    }
  } else {
    const absl::StatusOr<LoggedReport> entry = store_.LogAt(moment.commit_seq);
    if (!entry.ok()) return entry.status();
    resolved.at = entry->committed_at;
  }
  const absl::StatusOr<std::vector<EpochRow>> epochs = store_.Epochs();
  if (!epochs.ok()) return epochs.status();
  const EpochRow* epoch = EpochOf(*epochs, moment, resolved.commit_seq);
  if (epoch == nullptr) return absl::FailedPreconditionError("the store has not noted by what its courses are derived");
  if (epoch->content != content_->sha256()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the figures of that moment were computed with registry content ", epoch->content, ", and ", content_->sha256(),
        " is loaded; start hjerte-indicator with the content of then on a copy of the store"));
  }
  resolved.today = registry::ParseDate(epoch->today).value_or(registry::Date(common::CopenhagenDate(resolved.at)));
  resolved.engine = epoch->engine == EngineVersion()
                        ? epoch->engine
                        : absl::StrCat(std::string(EngineVersion()), " (then ", epoch->engine, ")");
  return resolved;
}

absl::Status History::Rebuild(const Resolved& moment) {
  if (cube_ != nullptr && cube_seq_ == moment.commit_seq && cube_day_ == moment.today) return absl::OkStatus();
  cube_ = nullptr;
  auto cube = std::make_unique<registry::Cube>(content_);
  HJERTE_RETURN_IF_ERROR(ReplayCourses(store_,
                                       {.content = *content_,
                                        .today = moment.today,
                                        .up_to_seq = moment.commit_seq,
                                        .stop = [this] { return stop_.load(); }},
                                       [&cube](const ReplayedCourse& replayed) {
                                         if (replayed.course.cube_row.has_value()) {
                                           cube->Add(*replayed.course.cube_row);
                                         }
                                         return absl::OkStatus();
                                       }));
  cube_ = std::move(cube);
  cube_seq_ = moment.commit_seq;
  cube_day_ = moment.today;
  return absl::OkStatus();
}

absl::StatusOr<Results> History::Answer(registry::Query query, const PastMoment& moment) {
  const absl::StatusOr<Resolved> resolved = Resolve(moment);
  if (!resolved.ok()) return resolved.status();
  HJERTE_RETURN_IF_ERROR(Rebuild(*resolved));
  absl::StatusOr<const registry::IndicatorSet*> set =
      CompleteLiveQuery(*content_, cube_->span(), registry::Date(common::CopenhagenDate(resolved->at)), query);
  if (!set.ok()) return set.status();
  absl::StatusOr<std::vector<registry::Cell>> cells = cube_->Run(query);
  if (!cells.ok()) return cells.status();
  Results results{.cells = *std::move(cells),
                  .masks = {},
                  .provenance = MakeProvenance(*content_, **set, query.geography, resolved->commit_seq, resolved->at)};
  results.provenance.engine = resolved->engine;
  return results;
}

}  // namespace hjerte::indicator
