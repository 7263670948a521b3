#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "mapping/registry/content/content.h"
#include "services/common/clock.h"
#include "services/common/clock_watch.h"
#include "services/common/log.h"
#include "services/indicator/cube/live_cube.h"
#include "services/indicator/ingest/merge.h"
#include "services/indicator/ingest/notifier.h"
#include "services/indicator/ingest/report.h"

namespace hjerte::indicator {

// What the writer works with; everything must outlive it.
struct WriterParts {
  StoreWriter& store;
  const registry::Content& content;
  LiveCube& cube;
  Notifier& notifier;
  const common::Clock& clock;
  common::Logger log;
  KeyRing* keys = nullptr;  // where keys may be exchanged while reports are on their way
};

// Who turns the writer: a thread of its own, or its owner by calling RunOnce, as a simulation does.
enum class Drive : std::uint8_t { kOwnThread, kByOwner };

// The one thread that changes the store. It takes what has gathered, writes it in one transaction (group commit), and
// answers only after the commit: first the cube, then the senders, then those who watch.
//
// The queue's bound is the caller's: Ingest admits no more reports than it was configured for.
class Writer {
 public:
  using Done = std::function<void(DeliveryOutcome)>;
  // Work of another kind in a transaction of its own, e.g. an audit row; updates it appends reach the cube.
  using Work = std::function<absl::Status(StoreWriter& store, Merger& merger, std::vector<CourseUpdate>& updates)>;
  using WorkDone = std::function<void(absl::Status)>;

  Writer(WriterParts parts, std::size_t reports_per_commit_max, registry::Date today, Drive drive = Drive::kOwnThread);
  // Finishes what was submitted.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // From any thread; `done` is called on the writer's thread. A store that cannot keep the report just now is an
  // outcome (try later), and the writer goes on by itself when the trouble ends.
  void Submit(std::unique_ptr<PreparedReport> report, Done done);
  void Post(Work work, WorkDone done);
  // The same, waiting for the end. Not on the writer's thread.
  absl::Status Execute(Work work);
  // Writes one commit of what has gathered, without waiting for more; false when there was nothing. For
  // Drive::kByOwner.
  bool RunOnce();
  // A report of the authority was refused before it came here.
  void CountRefusal(const std::string& authority);

  // The day by which open courses are judged. MoveTo derives them anew, in slices between reports.
  registry::Date today() const { return registry::Date(std::chrono::days(today_.load())); }
  absl::Status MoveTo(registry::Date today);
  // Derives every citizen's courses anew, for other content.
  absl::Status RebuildAll();

  // Notes in the store by what courses are derived from now on; MoveTo and RebuildAll do it by themselves.
  absl::Status NoteEpoch();

  // Puts a record into the audit log and waits until it is durable.
  absl::Status Audit(const AuditRow& record);

  // Whether the last commit failed.
  bool in_trouble() const { return in_trouble_; }

 private:
  struct ReportItem {
    std::unique_ptr<PreparedReport> report;
    Done done;
  };
  struct WorkItem {
    Work work;
    WorkDone done;
  };
  using Item = std::variant<ReportItem, WorkItem>;

  void Run();
  bool WaitForWork();
  void TakeBatch(std::deque<Item>& batch, std::map<std::string, std::int64_t>& refusals);
  void Write(std::deque<Item>& batch, const std::map<std::string, std::int64_t>& refusals);
  absl::Status TryWrite(std::deque<Item>& batch, const std::map<std::string, std::int64_t>& refusals,
                        std::vector<DeliveryOutcome>& outcomes);
  void Answer(std::deque<Item>& batch, const absl::Status& status, std::vector<DeliveryOutcome>& outcomes);
  void TellTrouble(const absl::Status& status);
  absl::Status RebuildSlices(bool open_only);
  absl::Status AppendEpoch(StoreWriter& store) const;

  WriterParts parts_;
  const std::size_t reports_per_commit_max_;
  Merger merger_;
  common::ClockWatch clock_watch_;
  std::atomic<int> today_;
  std::atomic<bool> in_trouble_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  std::map<std::string, std::int64_t> refusals_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace hjerte::indicator
