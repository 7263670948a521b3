#include "tests/soak/simulation/nodes.h"

#include <utility>

#include "hjertegateway/v1/delivery.pb.h"
#include "tests/services/indicator/report_builder.h"

namespace hjerte::soak {
namespace {

constexpr const char* kAuthority = "0751";
constexpr const char* kProgress = "feed";
constexpr std::size_t kRecordsPerPull = 2;
constexpr std::size_t kRequeueMax = 64;
// The adapter's disk is its own, so the name means nothing.
constexpr const char* kStateFile = "/adapter.db";

}  // namespace

AdapterNode::AdapterNode(const Ground& ground, const Scenario& scenario, SimDisk& disk, SimNet& net,
                         const NodeClock& clock, common::Random& random, Plant plant)
    : ground_(ground),
      scenario_(scenario),
      disk_(disk),
      net_(net),
      clock_(clock),
      random_(random),
      plant_(plant),
      link_(
          net, [&clock] { return clock.Steady(); }, [&disk] { return disk.dead(); }) {}

absl::Status AdapterNode::Start() {
  Stop();
  auto state = adapters::StateFile::Open(kStateFile, *ground_.adapter_key, disk_.vfs());
  if (!state.ok()) return state.status();
  state_ = *std::move(state);
  outbox_ = std::make_unique<adapters::Outbox>(*state_);
  if (absl::Status status = outbox_->Load(); !status.ok()) return status;
  adapters::PipelineOptions options;
  options.authority = kAuthority;
  options.source_id = "soak";
  options.software = "simulation";
  options.carries = adapters::Carries::Always(indicator::testing::CarriedVariables());
  options.mapper = ground_.mapper;
  pipeline_ = std::make_unique<adapters::Pipeline>(std::move(options), ground_.content, *state_, *outbox_, clock_,
                                                   common::Logger());
  const adapters::DispatcherOptions dispatch{.window = 4,
                                             .answer_timeout = std::chrono::seconds(30),
                                             .retry_first = std::chrono::milliseconds(500),
                                             .retry_max = std::chrono::seconds(20)};
  dispatcher_ = std::make_unique<adapters::Dispatcher>(dispatch, *state_, *outbox_, *pipeline_, link_, clock_, random_,
                                                       common::Logger());
  return absl::OkStatus();
}

void AdapterNode::Stop() {
  dispatcher_ = nullptr;
  pipeline_ = nullptr;
  outbox_ = nullptr;
  state_ = nullptr;
  net_.ForgetAdapter();
}

// The records after those that are done, at most so many, of one extract.
source::Batch AdapterNode::NextBatch(std::size_t from) {
  source::Batch batch;
  std::size_t at = from;
  for (; at < scenario_.feed.size() && at < from + kRecordsPerPull && !batch.extract_ended; ++at) {
    const FeedItem& item = scenario_.feed[at];
    if (at > from && item.extract != batch.extract) break;
    batch.extract = item.extract;
    batch.scope = item.extract;
    batch.complete_at_us = item.complete_at_us;
    batch.extract_ended = item.extract_ended;
    if (!item.key.empty()) batch.records.push_back({.key = item.key, .json = item.json});
  }
  batch.progress.emplace_back(kProgress, std::to_string(at));
  batch.more = at < scenario_.feed.size();
  return batch;
}

absl::Status AdapterNode::Pull() {
  const std::optional<std::string> done = pipeline_->memory().Find(kProgress);
  const std::size_t from = done.has_value() ? std::stoul(*done) : 0;
  if (from >= scenario_.feed.size()) return pipeline_->Requeue(kRequeueMax).status();
  source::Batch batch = NextBatch(from);
  if (plant_ == Plant::kCursorApart) {
    for (const auto& [key, value] : batch.progress) {
      if (absl::Status status = pipeline_->memory().SetProgress(key, value); !status.ok()) return status;
    }
    batch.progress.clear();
  }
  if (absl::Status status = pipeline_->Accept(batch); !status.ok()) return status;
  has_put_aside_ = has_put_aside_ || pipeline_->counts().records_quarantined > 0;
  if (plant_ == Plant::kAllAtOnce) return state_->database().Execute("UPDATE outbox SET citizen = citizen || seq");
  return pipeline_->Requeue(kRequeueMax).status();
}

absl::Status AdapterNode::Dispatch() {
  const auto round = dispatcher_->Run(std::chrono::milliseconds(0));
  if (!round.ok()) return round.status();
  if (plant_ == Plant::kRemoveOnSend && dispatcher_->in_flight() > 0) {
    if (absl::Status status = state_->database().Execute("DELETE FROM outbox"); !status.ok()) return status;
    if (absl::Status status = outbox_->Load(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool AdapterNode::Idle() const {
  const std::optional<std::string> done = pipeline_->memory().Find(kProgress);
  return done == std::to_string(scenario_.feed.size()) && outbox_->size().reports == 0 && dispatcher_->in_flight() == 0;
}

std::string AdapterNode::PutAside() const {
  const auto entries = pipeline_->quarantine().List(10);
  if (!entries.ok()) return entries.status().ToString();
  std::string codes;
  for (const adapters::QuarantineEntry& entry : *entries) {
    codes += codes.empty() ? entry.key : ", " + entry.key;
    for (const registry::Finding& finding : entry.findings) codes += " " + finding.code;
  }
  return codes;
}

CentralNode::CentralNode(const Ground& ground, std::string file, SimDisk& disk, SimNet& net, const NodeClock& clock,
                         common::Random& random, Plant plant, Acknowledged acknowledged)
    : disk_(disk),
      net_(net),
      clock_(clock),
      plant_(plant),
      acknowledged_(std::move(acknowledged)),
      service_(ground, std::move(file), disk.vfs(), clock, random) {}

void CentralNode::Receive(int connection, const std::string& request) {
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request)) return;
  if (plant_ == Plant::kReceiptBeforeCommit) {
    indicator::DeliveryOutcome early;
    early.accepted = true;
    Answer(connection, parsed.delivery_id(), early);
  }
  service_.Submit(parsed, [this, connection, id = parsed.delivery_id()](const indicator::DeliveryOutcome& outcome) {
    if (plant_ != Plant::kReceiptBeforeCommit) Answer(connection, id, outcome);
  });
}

void CentralNode::Answer(int connection, const std::string& delivery_id, const indicator::DeliveryOutcome& outcome) {
  if (disk_.dead()) return;
  if (outcome.accepted) acknowledged_(delivery_id, outcome.commit_seq);
  net_.SendAnswer(clock_.Steady(), connection, AnswerOf(delivery_id, outcome));
}

bool CentralNode::Work() {
  (void)service_.MoveToToday();
  return service_.Work();
}

}  // namespace hjerte::soak
