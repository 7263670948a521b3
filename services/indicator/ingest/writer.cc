#include "services/indicator/ingest/writer.h"

#include <algorithm>
#include <future>
#include <utility>

#include "services/common/crash_point.h"
#include "services/indicator/engine_version.h"
#include "services/indicator/ingest/report_findings.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

// Citizens derived anew in one transaction of a rebuild: reports wait for no longer than that.
constexpr std::size_t kRebuildSlice = 200;

}  // namespace

Writer::Writer(WriterParts parts, std::size_t reports_per_commit_max, registry::Date today, Drive drive)
    : parts_(std::move(parts)),
      reports_per_commit_max_(reports_per_commit_max),
      merger_(parts_.content, parts_.keys),
      clock_watch_(parts_.clock, parts_.log),
      today_(static_cast<int>(today.time_since_epoch().count())) {
  if (drive == Drive::kOwnThread) thread_ = std::thread([this] { Run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    Run();
  }
}

void Writer::Submit(std::unique_ptr<PreparedReport> report, Done done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(ReportItem{std::move(report), std::move(done)});
  }
  wake_.notify_one();
}

void Writer::Post(Work work, WorkDone done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(WorkItem{std::move(work), std::move(done)});
  }
  wake_.notify_one();
}

absl::Status Writer::Execute(Work work) {
  std::promise<absl::Status> promise;
  Post(std::move(work), [&promise](absl::Status status) { promise.set_value(std::move(status)); });
  if (!thread_.joinable()) {
    while (RunOnce()) {
    }
  }
  return promise.get_future().get();
}

absl::Status Writer::Audit(const AuditRow& record) {
  return Execute(
      [&record](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) { return store.AppendAudit(record); });
}

void Writer::CountRefusal(const std::string& authority) {
  {
    const std::lock_guard lock(mutex_);
    ++refusals_[authority];
  }
  wake_.notify_one();
}

void Writer::Run() {
  while (WaitForWork()) RunOnce();
}

// False when asked to stop and all is done.
bool Writer::WaitForWork() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stop_ || !queue_.empty() || !refusals_.empty(); });
  return !queue_.empty() || !refusals_.empty();
}

bool Writer::RunOnce() {
  std::deque<Item> batch;
  std::map<std::string, std::int64_t> refusals;
  TakeBatch(batch, refusals);
  if (batch.empty() && refusals.empty()) return false;
  Write(batch, refusals);
  return true;
}

void Writer::TakeBatch(std::deque<Item>& batch, std::map<std::string, std::int64_t>& refusals) {
  const std::lock_guard lock(mutex_);
  refusals.swap(refusals_);
  while (!queue_.empty() && batch.size() < reports_per_commit_max_) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

void Writer::Write(std::deque<Item>& batch, const std::map<std::string, std::int64_t>& refusals) {
  std::vector<DeliveryOutcome> outcomes;
  absl::Status status = TryWrite(batch, refusals, outcomes);
  if (status.ok() || batch.size() <= 1) {
    Answer(batch, status, outcomes);
    return;
  }
  // One of them may be the reason: each by itself, so that it takes no other with it.
  while (!batch.empty()) {
    std::deque<Item> one;
    one.push_back(std::move(batch.front()));
    batch.pop_front();
    outcomes.clear();
    status = TryWrite(one, {}, outcomes);
    Answer(one, status, outcomes);
  }
}

absl::Status Writer::TryWrite(std::deque<Item>& batch, const std::map<std::string, std::int64_t>& refusals,
                              std::vector<DeliveryOutcome>& outcomes) {
  HJERTE_RETURN_IF_ERROR(parts_.store.Begin());
  std::vector<CourseUpdate> updates;
  const auto run = [&]() -> absl::Status {
    clock_watch_.Look();
    const common::Instant now = parts_.clock.Now();
    for (Item& item : batch) {
      if (auto* work = std::get_if<WorkItem>(&item)) {
        HJERTE_RETURN_IF_ERROR(work->work(parts_.store, merger_, updates));
        outcomes.emplace_back();
        continue;
      }
      absl::StatusOr<DeliveryOutcome> outcome =
          merger_.Merge(parts_.store, *std::get<ReportItem>(item).report, today(), now, updates);
      if (!outcome.ok()) return outcome.status();
      outcomes.push_back(*std::move(outcome));
    }
    for (const auto& [authority, count] : refusals) {
      HJERTE_RETURN_IF_ERROR(parts_.store.CountRefusals(authority, count));
    }
    return absl::OkStatus();
  };
  absl::Status status = run();
  if (status.ok()) {
    common::PassCrashPoint(common::CrashPoint::kGroupBeforeCommit);
    status = parts_.store.Commit();
    common::PassCrashPoint(common::CrashPoint::kGroupAfterCommit);
  } else {
    parts_.store.Rollback();
  }
  if (!status.ok()) {
    merger_.Forget();
    return status;
  }
  if (!updates.empty() || !batch.empty()) parts_.cube.Apply(std::move(updates), parts_.store.last_commit_seq());
  common::PassCrashPoint(common::CrashPoint::kCubeUpdated);
  parts_.notifier.Notify();
  return absl::OkStatus();
}

void Writer::Answer(std::deque<Item>& batch, const absl::Status& status, std::vector<DeliveryOutcome>& outcomes) {
  TellTrouble(status);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto* work = std::get_if<WorkItem>(&batch[i])) {
      work->done(status);
    } else {
      std::get<ReportItem>(batch[i]).done(status.ok() ? std::move(outcomes[i])
                                                      : Refuse(RefusalKind::kTryLater, TryLater()));
    }
  }
}

void Writer::TellTrouble(const absl::Status& status) {
  const bool before = in_trouble_.exchange(!status.ok());
  if (!status.ok() && !before) parts_.log.Error("store-cannot-keep", {{"why", status}});
  if (status.ok() && before) parts_.log.Info("store-keeps-again");
}

absl::Status Writer::MoveTo(registry::Date today) {
  today_.store(static_cast<int>(today.time_since_epoch().count()));
  HJERTE_RETURN_IF_ERROR(RebuildSlices(true));
  common::PassCrashPoint(common::CrashPoint::kDayMoved);
  return Execute([this, today](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) {
    HJERTE_RETURN_IF_ERROR(store.PutMeta("today", registry::FormatDate(today)));
    return AppendEpoch(store);
  });
}

absl::Status Writer::RebuildAll() {
  HJERTE_RETURN_IF_ERROR(RebuildSlices(false));
  return Execute([this](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) {
    HJERTE_RETURN_IF_ERROR(store.PutMeta("content", parts_.content.sha256()));
    return AppendEpoch(store);
  });
}

absl::Status Writer::NoteEpoch() {
  return Execute([this](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) { return AppendEpoch(store); });
}

absl::Status Writer::AppendEpoch(StoreWriter& store) const {
  return store.AppendEpoch({.from_seq = store.last_commit_seq(),
                            .at = parts_.clock.Now(),
                            .content = parts_.content.sha256(),
                            .engine = std::string(EngineVersion()),
                            .today = registry::FormatDate(today())});
}

absl::Status Writer::RebuildSlices(bool open_only) {
  std::pair<std::string, CitizenId> position{"", 0};
  bool more = true;
  while (more) {
    std::pair<std::string, CitizenId> next = position;
    HJERTE_RETURN_IF_ERROR(
        Execute([&](StoreWriter& store, Merger& merger, std::vector<CourseUpdate>& updates) -> absl::Status {
          const auto citizens = store.CitizensAfter(position, open_only, kRebuildSlice);
          if (!citizens.ok()) return citizens.status();
          more = citizens->size() == kRebuildSlice;
          for (const auto& [authority, citizen] : *citizens) {
            HJERTE_RETURN_IF_ERROR(merger.Rederive(store, authority, citizen, today(), parts_.clock.Now(), updates));
          }
          if (!citizens->empty()) next = citizens->back();
          return absl::OkStatus();
        }));
    position = std::move(next);
  }
  return absl::OkStatus();
}

}  // namespace hjerte::indicator
