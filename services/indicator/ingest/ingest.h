#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "services/common/metrics.h"
#include "services/indicator/ingest/prepare.h"
#include "services/indicator/ingest/writer.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {

struct IngestLimits {
  int workers = 2;                  // 0: reports are checked on the thread that submits them, as in a simulation
  int reports_in_flight_max = 512;  // admitted and not answered
  std::int64_t bytes_in_flight_max = std::int64_t{256} << 20;
};

// What ingest works with; everything must outlive it.
struct IngestParts {
  const registry::Content& content;
  const ReportMaps& maps;
  const KeyRing& keys;
  Writer& writer;
  common::Metrics& metrics;
  common::Random& random;  // gives surrogates; called by every worker
};

// Takes reports through checking, on a bounded pool, to the writer. Who has a report asks for a place first; places are
// given only while there is room, to the authorities that wait in turn, so that none starves another however many
// streams it opens.
class Ingest {
 public:
  using Granted = std::function<void()>;

  Ingest(IngestParts parts, const IngestLimits& limits);
  // Finishes what was admitted; those who still wait for a place are never called.
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // Calls `granted` once there is room for a report of that size, perhaps at once on this thread. Every grant must be
  // followed by one Submit of the same size.
  void Admit(const std::string& authority, std::int64_t bytes, Granted granted);
  // `done` is called once, on a thread of ingest or of the writer.
  void Submit(Report report, std::int64_t bytes, Writer::Done done);
  using Validated = std::function<void(const ValidationOutcome& outcome)>;
  // The checks alone. False, and `done` is never called, when there is no room at once: reports that are to be kept
  // come first.
  bool TryValidate(Report report, std::int64_t bytes, Validated done);

  // Reports admitted and not answered yet.
  int in_flight() const;

 private:
  struct Task {
    Report report;
    std::int64_t bytes;
    Writer::Done done;
    Validated validated;  // in place of `done` where nothing is to be kept
  };
  struct Waiter {
    std::int64_t bytes;
    Granted granted;
  };

  void Work();
  void Add(Task task);
  void Handle(Task task);
  // Gives the place back and calls whoever may come next.
  void Release(std::int64_t bytes);
  bool HasRoom(std::int64_t bytes) const;
  // The next in turn; only while somebody waits.
  Waiter TakeNext();
  PrepareContext Context(const Keys& keys) const;

  IngestParts parts_;
  const IngestLimits limits_;
  common::Counter accepted_, duplicates_, refused_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Task> tasks_;
  // Who waits, by authority; and the authorities that wait, in turn.
  std::map<std::string, std::deque<Waiter>> waiters_;
  std::deque<std::string> turns_;
  int in_flight_ = 0;
  std::int64_t bytes_in_flight_ = 0;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace hjerte::indicator
