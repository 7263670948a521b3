#include "services/indicator/ingest/ingest.h"

#include <utility>

#include "services/common/crash_point.h"

namespace hjerte::indicator {

Ingest::Ingest(IngestParts parts, const IngestLimits& limits)
    : parts_(parts),
      limits_(limits),
      accepted_(
          parts.metrics.AddCounter("hjerte_indicator_reports_total", "Reports by outcome.", {{"outcome", "accepted"}})),
      duplicates_(parts.metrics.AddCounter("hjerte_indicator_reports_total", "Reports by outcome.",
                                           {{"outcome", "duplicate"}})),
      refused_(
          parts.metrics.AddCounter("hjerte_indicator_reports_total", "Reports by outcome.", {{"outcome", "refused"}})) {
  for (int i = 0; i < limits_.workers; ++i) workers_.emplace_back([this] { Work(); });
}

Ingest::~Ingest() {
  {
    std::unique_lock lock(mutex_);
    waiters_.clear();
    turns_.clear();
    idle_.wait(lock, [this] { return in_flight_ == 0; });
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool Ingest::HasRoom(std::int64_t bytes) const {
  if (in_flight_ == 0) return true;  // one report always fits, however large
  return in_flight_ < limits_.reports_in_flight_max && bytes_in_flight_ + bytes <= limits_.bytes_in_flight_max;
}

void Ingest::Admit(const std::string& authority, std::int64_t bytes, Granted granted) {
  {
    const std::lock_guard lock(mutex_);
    if (!turns_.empty() || !HasRoom(bytes)) {
      std::deque<Waiter>& own = waiters_[authority];
      if (own.empty()) turns_.push_back(authority);
      own.push_back({bytes, std::move(granted)});
      return;
    }
    ++in_flight_;
    bytes_in_flight_ += bytes;
  }
  granted();
}

void Ingest::Release(std::int64_t bytes) {
  std::vector<Granted> next;
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    bytes_in_flight_ -= bytes;
    while (!turns_.empty() && HasRoom(waiters_.at(turns_.front()).front().bytes)) {
      Waiter waiter = TakeNext();
      ++in_flight_;
      bytes_in_flight_ += waiter.bytes;
      next.push_back(std::move(waiter.granted));
    }
    // Under the lock: the destructor may run as soon as it is let go.
    if (in_flight_ == 0) idle_.notify_all();
  }
  for (const Granted& granted : next) granted();
}

Ingest::Waiter Ingest::TakeNext() {
  const auto own = waiters_.find(turns_.front());
  turns_.pop_front();
  Waiter waiter = std::move(own->second.front());
  own->second.pop_front();
  if (own->second.empty()) {
    waiters_.erase(own);
  } else {
    turns_.push_back(own->first);
  }
  return waiter;
}

void Ingest::Submit(Report report, std::int64_t bytes, Writer::Done done) {
  Add({.report = std::move(report), .bytes = bytes, .done = std::move(done), .validated = nullptr});
}

bool Ingest::TryValidate(Report report, std::int64_t bytes, Validated done) {
  {
    const std::lock_guard lock(mutex_);
    if (!turns_.empty() || !HasRoom(bytes)) return false;
    ++in_flight_;
    bytes_in_flight_ += bytes;
  }
  Add({.report = std::move(report), .bytes = bytes, .done = nullptr, .validated = std::move(done)});
  return true;
}

void Ingest::Add(Task task) {
  if (workers_.empty()) {
    Handle(std::move(task));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

PrepareContext Ingest::Context(const Keys& keys) const {
  return {.content = parts_.content, .maps = parts_.maps, .keys = keys, .today = parts_.writer.today()};
}

int Ingest::in_flight() const {
  const std::lock_guard lock(mutex_);
  return in_flight_;
}

void Ingest::Work() {
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    Handle(std::move(task));
  }
}

void Ingest::Handle(Task task) {
  if (task.validated != nullptr) {
    task.validated(ValidateReport(Context(*parts_.keys.current()), task.report));
    Release(task.bytes);
    return;
  }
  common::PassCrashPoint(common::CrashPoint::kIngestBeforePrepare);
  const std::shared_ptr<const Keys> keys = parts_.keys.current();
  std::variant<PreparedReport, DeliveryOutcome> prepared = PrepareReport(Context(*keys), task.report, parts_.random);
  common::PassCrashPoint(common::CrashPoint::kIngestAfterPrepare);
  if (auto* refusal = std::get_if<DeliveryOutcome>(&prepared)) {
    refused_.Add();
    parts_.writer.CountRefusal(task.report.source.authority);
    task.done(std::move(*refusal));
    Release(task.bytes);
    return;
  }
  parts_.writer.Submit(std::make_unique<PreparedReport>(std::get<PreparedReport>(std::move(prepared))),
                       [this, bytes = task.bytes, done = std::move(task.done)](DeliveryOutcome outcome) {
                         (!outcome.accepted ? refused_ : outcome.duplicate ? duplicates_ : accepted_).Add();
                         done(std::move(outcome));
                         Release(bytes);
                       });
}

}  // namespace hjerte::indicator
