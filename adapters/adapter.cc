#include "adapters/adapter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/dispatch/grpc_link.h"
#include "adapters/intake/pull_ahead.h"
#include "adapters/reports/carries.h"
#include "services/common/clock_watch.h"
#include "services/common/crash_point.h"
#include "services/common/sqlite.h"
#include "services/common/tls.h"

namespace hjerte::adapters {
namespace {

constexpr std::size_t kRequeueMax = 64;
constexpr std::chrono::milliseconds kLookAgain{500};
// Nobody writes an extract for so long: what is waited for may never come by itself.
constexpr std::chrono::minutes kWaitingIsTold{2};

absl::StatusOr<std::shared_ptr<const Mapper>> LoadMapper(const std::filesystem::path& registry,
                                                         const std::string& name) {
  auto mapper = Mapper::Load(registry / "maps" / name, registry / "conceptmaps");
  if (!mapper.ok()) return mapper.status();
  return std::make_shared<const Mapper>(*std::move(mapper));
}

// What was sent for one authority can be changed and taken back for that one alone.
absl::Status KeepToAuthority(StateFile& state, const AdapterConfig& config) {
  constexpr std::string_view kName = "authority";
  const auto before = state.Meta(kName);
  if (!before.ok()) return before.status();
  if (*before == config.authority) return absl::OkStatus();
  if (before->empty()) return state.SetMeta(kName, config.authority);
  return absl::FailedPreconditionError(config.state.string() + ": is the state of an adapter for " + *before +
                                       ", not for " + config.authority + "; name another file under state");
}

}  // namespace

struct Adapter::Parts {
  AdapterConfig config;
  World world;
  std::optional<common::ClockWatch> clock_watch;
  std::shared_ptr<const registry::Content> content;
  std::unique_ptr<StateFile> state;
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<source::Source> source;
  std::unique_ptr<PullAhead> pull;
  std::unique_ptr<GrpcLink> own_link;
  std::unique_ptr<Dispatcher> dispatcher;
  // When the source is to be looked at next, in steady time, and what it said last.
  std::chrono::microseconds pull_at{0};
  bool source_has_more = true;
  // The last look at the source failed: what it holds was not taken in yet.
  bool pull_failed = false;
  source::Text waiting;
  // Since when it says so, and whether the log has told.
  std::chrono::microseconds waiting_since{0};
  bool waiting_told = false;
};

Adapter::Adapter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Adapter::~Adapter() = default;
StateFile& Adapter::state() { return *parts_->state; }

std::unique_ptr<source::Source> MakeSource(const SourceConfig& config, const common::Clock& clock) {
  if (const auto* csv = std::get_if<source::CsvDropOptions>(&config.options)) {
    return std::make_unique<source::CsvDrop>(*csv, clock);
  }
  if (const auto* json = std::get_if<source::JsonDropOptions>(&config.options)) {
    return std::make_unique<source::JsonDrop>(*json, clock);
  }
  return std::make_unique<source::ReportFiles>(std::get<source::ReportFilesOptions>(config.options), clock);
}

absl::StatusOr<PipelineOptions> MakePipelineOptions(const AdapterConfig& config, const registry::Content& content) {
  const SourceConfig& source = config.source;
  PipelineOptions options;
  options.authority = config.authority;
  options.source_id = source.id;
  options.software = source.software;
  options.carries = Carries::Always(source.carries);
  options.municipality_of_sor = source.municipality_of_sor;
  options.gone_percent_max = source.gone_percent_max;
  if (!source.carries_profile.empty()) {
    auto carries = Carries::LoadProfile(config.registry / "maps" / "carries.yaml", source.carries_profile);
    if (!carries.ok()) return carries.status();
    options.carries = *std::move(carries);
  }
  for (const std::string& id : options.carries.all()) {
    const auto& sets = content.variable_sets();
    const bool known = std::any_of(sets.begin(), sets.end(), [&](const auto& set) { return set.Find(id) != nullptr; });
    if (!known) {
      return absl::InvalidArgumentError("source.carries: \"" + id + "\" is no variable of the registry");
    }
  }
  if (!source.map.empty()) {
    auto mapper = LoadMapper(config.registry, source.map);
    if (!mapper.ok()) return mapper.status();
    options.mapper = *std::move(mapper);
  }
  for (const auto& [profile, map] : source.reports) {
    auto mapper = LoadMapper(config.registry, map);
    if (!mapper.ok()) return mapper.status();
    options.report_kinds.push_back({.profile = profile, .mapper = *std::move(mapper)});
  }
  return options;
}

absl::StatusOr<std::unique_ptr<Adapter>> Adapter::Open(const AdapterConfig& config, const World& world) {
  auto parts = std::make_unique<Parts>();
  parts->config = config;
  parts->world = world;
  parts->clock_watch.emplace(*world.clock, world.log);
  auto content = registry::LoadContent(config.registry);
  if (!content.ok()) return content.status();
  parts->content = *std::move(content);
  auto options = MakePipelineOptions(config, *parts->content);
  if (!options.ok()) return options.status();
  if (absl::Status sound = common::CheckSound({.file = config.state}); !sound.ok()) return sound;
  auto state =
      world.key != nullptr ? StateFile::Open(config.state, *world.key) : StateFile::Open(config.state, config.key_file);
  if (!state.ok()) return state.status();
  parts->state = *std::move(state);
  if (absl::Status status = KeepToAuthority(*parts->state, config); !status.ok()) return status;
  parts->outbox = std::make_unique<Outbox>(*parts->state);
  if (absl::Status status = parts->outbox->Load(); !status.ok()) return status;
  parts->pipeline = std::make_unique<Pipeline>(*std::move(options), parts->content, *parts->state, *parts->outbox,
                                               *world.clock, world.log.For("pipeline"));
  if (absl::Status status = parts->pipeline->SendAnewIfPutBack(); !status.ok()) return status;
  if (absl::Status status = parts->pipeline->LookAgainIfConfiguredAnew(); !status.ok()) return status;
  parts->source = MakeSource(config.source, *world.clock);
  parts->pull = std::make_unique<PullAhead>(*parts->source, config.source.batch);
  Link* link = world.link;
  if (link == nullptr) {
    const auto credentials = [tls = config.gateway.tls] {
      return tls ? common::TlsChannelCredentials(*tls) : common::InsecurePlaintextChannelCredentials();
    };
    auto own = GrpcLink::Open(config.gateway.address, credentials, config.gateway.dispatch.window);
    if (!own.ok()) return own.status();
    parts->own_link = *std::move(own);
    link = parts->own_link.get();
  }
  parts->dispatcher =
      std::make_unique<Dispatcher>(config.gateway.dispatch, *parts->state, *parts->outbox, *parts->pipeline, *link,
                                   *world.clock, *world.random, world.log.For("dispatcher"));
  return std::unique_ptr<Adapter>(new Adapter(std::move(parts)));
}

bool Adapter::HasRoom() const {
  const OutboxSize& size = parts_->outbox->size();
  return size.reports < parts_->config.outbox_reports_max && size.bytes < parts_->config.outbox_bytes_max;
}

void Adapter::NoteWaiting(const source::Text& waiting) {
  Parts& parts = *parts_;
  const std::chrono::microseconds now = parts.world.clock->Steady();
  if (waiting.en != parts.waiting.en) {
    parts.waiting = waiting;
    parts.waiting_since = now;
    parts.waiting_told = false;
  }
  if (waiting.en.empty() || parts.waiting_told || now - parts.waiting_since < kWaitingIsTold) return;
  parts.world.log.Warning("source_waits", {{"for", waiting.en}});
  parts.waiting_told = true;
}

absl::Status Adapter::PullIfDue() {
  Parts& parts = *parts_;
  const std::chrono::microseconds now = parts.world.clock->Steady();
  if (!parts.source_has_more && now < parts.pull_at) return absl::OkStatus();
  if (!HasRoom()) return absl::OkStatus();
  auto batch = parts.pull->Pull(parts.pipeline->memory());
  common::PassCrashPoint(common::CrashPoint::kSourceRead);
  absl::Status status =
      batch.ok() ? parts.pipeline->Accept(**batch, [&parts] { return parts.pull->Ahead(); }) : batch.status();
  const std::chrono::microseconds poll = parts.config.source.poll;
  parts.pull_failed = !status.ok();
  if (!status.ok()) {
    // The batch is pulled again from the progress that was kept, after a rest.
    parts.pull->Restart();
    parts.source_has_more = false;
    parts.pull_at = now + poll;
    parts.world.log.Error("source_failed", {{"error", status}});
    return status;
  }
  parts.source_has_more = (*batch)->more;
  NoteWaiting((*batch)->waiting);
  // What is still being written is looked at again soon.
  const auto again = parts.waiting.en.empty() ? poll : std::min<std::chrono::microseconds>(poll, kLookAgain);
  parts.pull_at = now + again;
  if (!parts.source_has_more && parts.waiting.en.empty()) {
    if (absl::Status told = parts.pipeline->TellNotSentAnew(); !told.ok()) return told;
  }
  const auto requeued = parts.pipeline->Requeue(kRequeueMax);
  if (!requeued.ok()) parts.world.log.Error("requeue_failed", {{"error", requeued.status()}});
  // What is left of them is not to wait for the next look at the source, nor for the next start.
  if (requeued.ok() && *requeued == kRequeueMax) parts.source_has_more = true;
  if (parts.pipeline->TakeReadAgain()) {
    parts.pull->Restart();
    parts.source_has_more = true;
  }
  return requeued.status();
}

absl::Status Adapter::Step(std::chrono::milliseconds rest) {
  Parts& parts = *parts_;
  parts.clock_watch->Look();
  absl::Status pulled = PullIfDue();
  if (absl::IsDataLoss(pulled)) return pulled;
  const bool busy = parts.source_has_more && HasRoom();
  const auto round = parts.dispatcher->Run(busy ? std::chrono::milliseconds(0) : rest);
  if (!round.ok()) {
    parts.world.log.Error("dispatch_failed", {{"error", round.status()}});
    return round.status();
  }
  if (round->read_again) {
    parts.pull->Restart();
    parts.source_has_more = true;
  }
  return pulled;
}

bool Adapter::Idle() const { return Delivered() && parts_->waiting.en.empty(); }

bool Adapter::Delivered() const {
  return !parts_->source_has_more && !parts_->pull_failed && parts_->outbox->size().reports == 0 &&
         parts_->dispatcher->in_flight() == 0;
}

const source::Text& Adapter::Waiting() const { return parts_->waiting; }
std::int64_t Adapter::RecordsRead() const { return parts_->pipeline->counts().records_read; }

absl::StatusOr<std::int64_t> Adapter::ToSendAgain() { return parts_->pipeline->memory().CountToSendAgain(); }

AdapterStatus Adapter::Status() {
  Parts& parts = *parts_;
  AdapterStatus status{.pipeline = parts.pipeline->counts(),
                       .dispatcher = parts.dispatcher->counts(),
                       .outbox = parts.outbox->size(),
                       .courses = {},
                       .quarantined = 0,
                       .connected = parts.dispatcher->connected(),
                       .waiting = parts.waiting,
                       .trouble = parts.dispatcher->last_trouble()};
  if (const auto courses = parts.pipeline->memory().CountCourses(); courses.ok()) status.courses = *courses;
  if (const auto count = parts.pipeline->quarantine().Count(); count.ok()) status.quarantined = *count;
  return status;
}

}  // namespace hjerte::adapters
