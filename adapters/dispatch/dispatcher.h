#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/dispatch/link.h"
#include "adapters/intake/pipeline.h"
#include "adapters/state/outbox.h"
#include "adapters/state/state_file.h"
#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/random.h"

namespace hjerte::adapters {

struct DispatcherOptions {
  // Requests that may be unanswered at one time.
  std::size_t window = 256;
  // A request unanswered for so long means that the connection is dead.
  std::chrono::milliseconds answer_timeout{60'000};
  // Wait before the second attempt; it doubles with each further one up to the maximum, and a random half of it is
  // taken off, so that many adapters do not come back at the same moment.
  std::chrono::milliseconds retry_first{1'000};
  std::chrono::milliseconds retry_max{300'000};
  // The same maximum for a lost connection: it is back within seconds of the link.
  std::chrono::milliseconds reconnect_max{5'000};
};

// What has passed since the dispatcher was made, for metrics.
struct DispatcherCounts {
  std::int64_t received = 0;
  std::int64_t refused = 0;
  std::int64_t retried = 0;
  std::int64_t connections = 0;
};

// What one round did.
struct DispatchRound {
  // An answer came or a report was sent.
  bool progressed = false;
  // The source's progress was set back: the source drops what it remembers of it.
  bool read_again = false;
};

// Sends what is in the outbox and acts on the answers. A state machine on one thread: link, clock and chance are given
// to it. Reports of one citizen leave one by one in order; others overtake them. What is sent and not answered is sent
// again with the same bytes, which the gateway recognises.
class Dispatcher {
 public:
  // What it is given must outlive it.
  Dispatcher(DispatcherOptions options, StateFile& state, Outbox& outbox, Pipeline& pipeline, Link& link,
             const common::Clock& clock, common::Random& random, common::Logger log);

  // Sends what may be sent, takes the answers that have come, waiting at most so long for the first.
  absl::StatusOr<DispatchRound> Run(std::chrono::milliseconds wait);

  // Whether the gateway is there on the present connection.
  bool connected() const { return answered_ || greeted_; }
  std::size_t in_flight() const { return in_flight_.size(); }
  // Why the connection ended last; empty when it never did.
  const std::string& last_trouble() const { return last_trouble_; }
  const DispatcherCounts& counts() const { return counts_; }

 private:
  // A report of the outbox that is not in flight. Waiting is by steady time: a clock that is set neither hurries nor
  // hinders it.
  struct Waiting {
    OutboxEntry entry;
    std::chrono::microseconds not_before{0};
  };
  struct Sent {
    OutboxEntry entry;
    std::chrono::microseconds sent_at{0};  // steady
  };

  absl::Status Load();
  absl::StatusOr<bool> SendWhatMay();
  absl::Status RefuseTooLarge(const OutboxEntry& entry, std::size_t bytes);
  bool HasNothingToSay() const { return outbox_.size().reports == 0 && in_flight_.empty(); }
  bool EnsureConnection();
  absl::Status ConnectionLost(const std::string& reason);
  absl::Status Apply(const std::vector<LinkEvent>& events, DispatchRound& round);
  absl::Status ApplyOne(const LinkEvent& event, DispatchRound& round);
  absl::Status Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings);
  absl::Status Undone(absl::Status why);
  absl::Status NoteStore(const std::string& store, DispatchRound& round);
  absl::Status TroubleIsOver();
  absl::Status Postpone(OutboxEntry entry, std::chrono::milliseconds at_least);
  std::chrono::milliseconds Backoff(std::int64_t attempts, std::chrono::milliseconds max);
  void Keep(OutboxEntry entry);
  std::int64_t NowUs() const { return clock_.Now().time_since_epoch().count(); }

  DispatcherOptions options_;
  StateFile& state_;
  Outbox& outbox_;
  Pipeline& pipeline_;
  Link& link_;
  const common::Clock& clock_;
  common::Random& random_;
  common::Logger log_;
  // The next reports of the outbox by order, those in flight left out; and the last one loaded.
  std::map<std::int64_t, Waiting> loaded_;
  std::int64_t loaded_to_ = 0;
  // By delivery id.
  std::map<std::string, Sent> in_flight_;
  std::set<std::string> busy_citizens_;
  bool open_ = false;
  bool answered_ = false;
  // Whether the gateway said which store it has, on the present connection.
  bool greeted_ = false;
  // As the gateway said last.
  std::size_t report_bytes_max_ = common::kReportBytesMax;
  std::int64_t failed_connections_ = 0;
  std::chrono::microseconds connect_not_before_{0};  // steady
  std::chrono::microseconds ask_not_before_{0};      // the same while there is nothing to deliver
  std::string last_trouble_;
  // Whether the state file may hold a DeliveryTrouble: it is not known what the program before left.
  bool trouble_noted_ = true;
  DispatcherCounts counts_;
};

}  // namespace hjerte::adapters
