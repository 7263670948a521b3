#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "services/common/clock.h"
#include "services/indicator/cube/results.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// A past moment. By the instant alone it is the last commit made at or before it; by the commit alone it is the moment
// that commit was made; by both, as a result's provenance names them, it is exact even beside a commit under way.
struct PastMoment {
  std::optional<common::Instant> at;
  std::int64_t commit_seq = 0;  // 0: as `at` says
};

// Figures as they were known: rebuilt from the log with the day and the content in force then. One rebuild at a time,
// on a thread of its own; the last one is kept for further questions about the same moment.
class History {
 public:
  using Done = std::function<void(absl::StatusOr<Results>)>;

  // `store` is read by this alone and must outlive it, as `clock` must.
  History(std::shared_ptr<const registry::Content> content, StoreReader& store, const common::Clock& clock);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Live, unmasked figures as they were then; who may ask is the caller's to judge. ResourceExhausted while another
  // question is being answered; OutOfRange for a moment that has not been; FailedPrecondition when the content of then
  // is not the one loaded.
  void Ask(registry::Query query, const PastMoment& moment, Done done);
  // Ends what is under way with Cancelled; nothing is answered after it.
  void Stop();

 private:
  struct Resolved {
    std::int64_t commit_seq = 0;
    common::Instant at;
    registry::Date today{};
    std::string engine;
  };
  absl::StatusOr<Results> Answer(registry::Query query, const PastMoment& moment);
  absl::StatusOr<Resolved> Resolve(const PastMoment& moment);
  absl::Status Rebuild(const Resolved& moment);

  const std::shared_ptr<const registry::Content> content_;
  StoreReader& store_;
  const common::Clock& clock_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards thread_ and busy_
  std::thread thread_;
  bool busy_ = false;
  // The thread's own.
  std::unique_ptr<registry::Cube> cube_;
  std::int64_t cube_seq_ = -1;
  registry::Date cube_day_{};
};

}  // namespace hjerte::indicator
