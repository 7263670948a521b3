#include "adapters/dispatch/dispatcher.h"

#include <algorithm>
#include <utility>

#include "adapters/state/delivery_trouble.h"
#include "services/common/crash_point.h"

namespace hjerte::adapters {
namespace {

// Reports held in memory at most, beside those in flight: enough to find others where some citizens are blocked.
constexpr std::size_t kLoadedMax = 4096;
constexpr int kDoublingsMax = 20;
// Which store the gateway's receipts came from, in the state file.
constexpr std::string_view kStoreName = "gateway-store";

registry::Finding TooLarge(std::size_t bytes, std::size_t most) {
  const std::string size = std::to_string(bytes);
  const std::string limit = std::to_string(most);
  return {.severity = registry::Severity::kError,
          .code = "report-too-large",
          .location = "Bundle",
          .variable = "",
          .text = {.da = "Indberetningen af posten fylder " + size + " bytes; den centrale tjeneste modtager højst " +
                         limit +
                         ". Er posten rigtig? Er den det, så bed om en højere grænse "
                         "(ingest.report_bytes_max), og send den igen med hjerte quarantine requeue.",
                   .en = "The report of the record has " + size + " bytes; the central service takes " + limit +
                         " at most. Is the record right? If so, ask for a higher limit (ingest.report_bytes_max) and "
                         "send it again with hjerte quarantine requeue."}};
}

}  // namespace

Dispatcher::Dispatcher(DispatcherOptions options, StateFile& state, Outbox& outbox, Pipeline& pipeline, Link& link,
                       const common::Clock& clock, common::Random& random, common::Logger log)
    : options_(options),
      state_(state),
      outbox_(outbox),
      pipeline_(pipeline),
      link_(link),
      clock_(clock),
      random_(random),
      log_(std::move(log)) {}

absl::StatusOr<DispatchRound> Dispatcher::Run(std::chrono::milliseconds wait) {
  DispatchRound round;
  if (HasNothingToSay() && !open_ && clock_.Steady() < ask_not_before_) {
    // The wait is the caller's rest.
    link_.Wait(wait);
    return round;
  }
  if (EnsureConnection()) {
    const auto sent = SendWhatMay();
    if (!sent.ok()) return sent.status();
    round.progressed = *sent;
  }
  for (const auto& [id, sent] : in_flight_) {
    if (clock_.Steady() - sent.sent_at < options_.answer_timeout) continue;
    if (absl::Status status = ConnectionLost("no answer in time"); !status.ok()) return status;
    return round;
  }
  const std::vector<LinkEvent> events = link_.Wait(round.progressed ? std::chrono::milliseconds(0) : wait);
  if (events.empty()) return round;
  round.progressed = true;
  absl::Status status = Apply(events, round);
  if (!status.ok()) return status;
  return round;
}

bool Dispatcher::EnsureConnection() {
  if (open_) return true;
  if (clock_.Steady() < connect_not_before_) return false;
  link_.Connect();
  open_ = true;
  answered_ = false;
  ++counts_.connections;
  return true;
}

absl::Status Dispatcher::ConnectionLost(const std::string& reason) {
  const bool held = connected();
  open_ = false;
  greeted_ = false;
  if (answered_) failed_connections_ = 0;
  answered_ = false;
  const std::chrono::microseconds wait =
      Backoff(failed_connections_++, std::min(options_.retry_max, options_.reconnect_max));
  connect_not_before_ = clock_.Steady() + wait;
  ask_not_before_ = clock_.Steady() + Backoff(kDoublingsMax, options_.retry_max);
  last_trouble_ = reason;
  if (held && HasNothingToSay()) {
    log_.Info("connection_ended", {{"reason", reason}});
  } else {
    log_.Warning("connection_lost", {{"reason", reason}, {"in_flight", in_flight_.size()}});
  }
  // They may have arrived: the same bytes are sent again, in order, and recognised.
  for (auto& [id, sent] : in_flight_) Keep(std::move(sent.entry));
  in_flight_.clear();
  busy_citizens_.clear();
  // A connection that ends when nothing is left to say keeps nothing waiting.
  if (outbox_.size().reports == 0) return absl::OkStatus();
  trouble_noted_ = true;
  return NoteTrouble(state_, NowUs(), NowUs() + wait.count(), reason);
}

// The file tells by the clock on the wall when to try again. That clock may have been set meanwhile: no wait is longer
// than the longest there is.
void Dispatcher::Keep(OutboxEntry entry) {
  const std::chrono::microseconds left(entry.not_before_us - NowUs());
  const std::int64_t seq = entry.seq;
  loaded_.emplace(
      seq, Waiting{.entry = std::move(entry),
                   .not_before = clock_.Steady() + std::min<std::chrono::microseconds>(left, options_.retry_max)});
}

absl::Status Dispatcher::Load() {
  while (loaded_.size() < kLoadedMax) {
    auto entries = outbox_.List(loaded_to_, options_.window);
    if (!entries.ok()) return entries.status();
    if (entries->empty()) return absl::OkStatus();
    loaded_to_ = entries->back().seq;
    for (OutboxEntry& entry : *entries) Keep(std::move(entry));
    if (loaded_.size() >= 2 * options_.window) return absl::OkStatus();
  }
  return absl::OkStatus();
}

// It would end the stream, and what waits behind it with it, each time anew.
absl::Status Dispatcher::RefuseTooLarge(const OutboxEntry& entry, std::size_t bytes) {
  auto transaction = common::Transaction::Begin(state_.database());
  if (!transaction.ok()) return transaction.status();
  absl::Status status = Refuse(entry, {TooLarge(bytes, report_bytes_max_)});
  if (status.ok()) status = transaction->Commit();
  return status.ok() ? status : Undone(std::move(status));
}

absl::StatusOr<bool> Dispatcher::SendWhatMay() {
  bool sent_any = false;
  if (loaded_.size() < options_.window) {
    if (absl::Status status = Load(); !status.ok()) return status;
  }
  // The first waiting report of a citizen holds back the later ones, whether it is in flight, postponed or sent now.
  std::set<std::string> held = busy_citizens_;
  for (auto it = loaded_.begin(); it != loaded_.end() && in_flight_.size() < options_.window;) {
    const bool first = held.insert(it->second.entry.citizen).second;
    if (!first || it->second.not_before > clock_.Steady()) {
      ++it;
      continue;
    }
    auto payload = outbox_.Payload(it->first);
    if (absl::IsNotFound(payload.status())) {
      // Taken back meanwhile.
      it = loaded_.erase(it);
      continue;
    }
    if (!payload.ok()) return payload.status();
    if (payload->size() > report_bytes_max_) {
      // Until the gateway is there it may have another limit.
      if (!connected()) {
        ++it;
        continue;
      }
      OutboxEntry entry = std::move(it->second.entry);
      it = loaded_.erase(it);
      if (absl::Status status = RefuseTooLarge(entry, payload->size()); !status.ok()) return status;
      sent_any = true;
      continue;
    }
    common::PassCrashPoint(common::CrashPoint::kDispatchBeforeSend);
    link_.Send(*std::move(payload));
    common::PassCrashPoint(common::CrashPoint::kDispatchAfterSend);
    OutboxEntry& entry = it->second.entry;
    busy_citizens_.insert(entry.citizen);
    std::string id = entry.delivery_id;
    in_flight_.emplace(std::move(id), Sent{.entry = std::move(entry), .sent_at = clock_.Steady()});
    it = loaded_.erase(it);
    sent_any = true;
  }
  return sent_any;
}

absl::Status Dispatcher::Apply(const std::vector<LinkEvent>& events, DispatchRound& round) {
  common::PassCrashPoint(common::CrashPoint::kAnswerBeforeApply);
  absl::Status status;
  {
    auto transaction = common::Transaction::Begin(state_.database());
    if (!transaction.ok()) return transaction.status();
    for (const LinkEvent& event : events) {
      if (event.kind == LinkEvent::Kind::kDown) continue;
      if (status = ApplyOne(event, round); !status.ok()) break;
    }
    common::PassCrashPoint(common::CrashPoint::kAnswerBeforeCommit);
    if (status.ok()) status = transaction->Commit();
  }
  common::PassCrashPoint(common::CrashPoint::kAnswerAfterCommit);
  if (!status.ok()) return Undone(std::move(status));
  for (const LinkEvent& event : events) {
    if (event.kind != LinkEvent::Kind::kDown || !open_) continue;
    if (status = ConnectionLost(event.reason); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// The answers count for nothing: what they were about is sent again.
absl::Status Dispatcher::Undone(absl::Status why) {
  ConnectionLost("the state file could not be written").IgnoreError();
  loaded_.clear();
  loaded_to_ = 0;
  if (absl::Status reload = outbox_.Load(); !reload.ok()) return reload;
  return why;
}

absl::Status Dispatcher::Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings) {
  ++counts_.refused;
  return pipeline_.Refuse(entry, findings);
}

absl::Status Dispatcher::ApplyOne(const LinkEvent& event, DispatchRound& round) {
  if (event.kind == LinkEvent::Kind::kConnected) {
    greeted_ = true;
    report_bytes_max_ = event.report_bytes_max;
    return NoteStore(event.store, round);
  }
  const auto found = in_flight_.find(event.delivery_id);
  // An answer from a connection given up: what it was about is on its way again.
  if (found == in_flight_.end()) return absl::OkStatus();
  OutboxEntry entry = std::move(found->second.entry);
  in_flight_.erase(found);
  busy_citizens_.erase(entry.citizen);
  answered_ = true;
  failed_connections_ = 0;
  switch (event.kind) {
    case LinkEvent::Kind::kReceived:
      ++counts_.received;
      if (absl::Status status = outbox_.Remove(entry.seq); !status.ok()) return status;
      if (absl::Status status = TroubleIsOver(); !status.ok()) return status;
      return NoteStore(event.store, round);
    case LinkEvent::Kind::kRefused:
      return Refuse(entry, event.findings);
    case LinkEvent::Kind::kNotAllowed:
      last_trouble_ = "the gateway does not allow this adapter to deliver for the authority";
      log_.Error("not_allowed", {{"delivery", entry.delivery_id}});
      return Postpone(std::move(entry), options_.retry_max / 2);
    case LinkEvent::Kind::kTryLater:
      last_trouble_ = "the gateway cannot keep reports just now";
      return Postpone(std::move(entry), std::chrono::milliseconds(0));
    case LinkEvent::Kind::kConnected:
    case LinkEvent::Kind::kDown:
      break;
  }
  return absl::OkStatus();
}

// Another store than the one that gave the receipts before: the gateway was set back to a backup, and what it received
// since is not there any more.
absl::Status Dispatcher::NoteStore(const std::string& store, DispatchRound& round) {
  if (store.empty()) return absl::OkStatus();
  const auto before = state_.Meta(kStoreName);
  if (!before.ok()) return before.status();
  if (*before == store) return absl::OkStatus();
  if (absl::Status status = state_.SetMeta(kStoreName, store); !status.ok() || before->empty()) return status;
  log_.Warning("gateway_set_back", {{"store", store}, {"doing", "everything is delivered again"}});
  round.read_again = true;
  return pipeline_.Repeat();
}

absl::Status Dispatcher::TroubleIsOver() {
  if (!trouble_noted_) return absl::OkStatus();
  trouble_noted_ = false;
  return ClearTrouble(state_);
}

absl::Status Dispatcher::Postpone(OutboxEntry entry, std::chrono::milliseconds at_least) {
  ++counts_.retried;
  const std::chrono::milliseconds wait = std::max(Backoff(entry.attempts, options_.retry_max), at_least);
  entry.not_before_us = NowUs() + std::chrono::microseconds(wait).count();
  ++entry.attempts;
  absl::Status status = outbox_.Postpone(entry.seq, entry.not_before_us);
  trouble_noted_ = true;
  if (status.ok()) status = NoteTrouble(state_, NowUs(), entry.not_before_us, last_trouble_);
  Keep(std::move(entry));
  return status;
}

std::chrono::milliseconds Dispatcher::Backoff(std::int64_t attempts, std::chrono::milliseconds max) {
  const auto doublings = static_cast<int>(std::min<std::int64_t>(attempts, kDoublingsMax));
  const std::chrono::milliseconds whole =
      std::min<std::chrono::milliseconds>(max, options_.retry_first * (1LL << doublings));
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(whole.count()) * (0.5 + random_.Fraction() / 2)));
}

}  // namespace hjerte::adapters
