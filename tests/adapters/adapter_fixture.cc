#include "tests/adapters/adapter_fixture.h"

#include <limits>

#include "adapters/reports/resource_versions.h"
#include "adapters/state/record_memory.h"
#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/time_text.h"
#include "tests/shared.h"

namespace hjerte::adapters::testing {
namespace {

// The configuration that ships, with this house's places in it.
std::string Configuration(const std::string& kind) {
  std::string text;
  bool in_tls = false;
  std::string shipped = tests::ReadFile(tests::SourceDir() / "deploy/config" / ("adapter-" + kind + ".yaml"));
  for (std::size_t at = 0; at < shipped.size();) {
    const std::size_t end = shipped.find('\n', at);
    std::string line = shipped.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("  tls:")) {
      in_tls = true;
      line = "  insecure_plaintext: true";
    } else if (in_tls && line.starts_with("    ")) {
      continue;
    } else {
      in_tls = false;
    }
    if (line.starts_with("registry:")) line = "registry: " + (tests::SourceDir() / "mapping/dhrd").string();
    if (line.starts_with("  settle:")) line = "  settle: 0s";
    if (line.starts_with("  poll:")) line = "  poll: 1s";
    text += line + "\n";
  }
  return text;
}

common::Instant At(const char* text) { return *common::ParseInstant(text); }

}  // namespace

void RecordingLink::Connect() {
  events_.clear();
  ended_ = away;
  if (away) return End("away");
  events_.push_back({.kind = LinkEvent::Kind::kConnected,
                     .delivery_id = "",
                     .findings = {},
                     .reason = "",
                     .store = store,
                     .report_bytes_max = report_bytes_max});
}

void RecordingLink::End(const std::string& reason) {
  ended_ = true;
  events_.push_back({.kind = LinkEvent::Kind::kDown, .delivery_id = "", .findings = {}, .reason = reason});
}

void RecordingLink::Send(std::string request) {
  if (away || ended_) return;
  if (request.size() > report_bytes_max) return End("larger than max");
  hjertegateway::v1::DeliverRequest parsed;
  ASSERT_TRUE(parsed.ParseFromString(request));
  LinkEvent event{.kind = judge ? judge(parsed.fhir_bundle_json()) : LinkEvent::Kind::kReceived,
                  .delivery_id = parsed.delivery_id(),
                  .findings = {},
                  .reason = "",
                  .store = store};
  if (event.kind == LinkEvent::Kind::kReceived) {
    bundles.push_back(parsed.fhir_bundle_json());
    delivery_ids.push_back(parsed.delivery_id());
    Keep(parsed.fhir_bundle_json(), {parsed.source().carries().begin(), parsed.source().carries().end()});
  } else {
    event.findings.push_back({.severity = registry::Severity::kError,
                              .code = code,
                              .location = "",
                              .variable = "",
                              .text = {.da = "afvist", .en = "refused"}});
  }
  events_.push_back(std::move(event));
}

std::vector<LinkEvent> RecordingLink::Wait(std::chrono::milliseconds) { return std::exchange(events_, {}); }

void RecordingLink::Keep(const std::string& bundle, const std::vector<std::string>& carries) {
  const auto document = json::Parse(bundle);
  ASSERT_TRUE(document.ok());
  json::Arena arena;
  for (const ResourceVersion& version : VersionsOf(document->root(), arena)) {
    Version& known = versions_[version.ref];
    if (std::tie(known.stamp_us, known.in_error) >= std::tie(version.stamp_us, version.in_error)) continue;
    json::Value content = WithStamp(version.resource, 0, arena);
    json::Value meta = *content.Find("meta");
    meta.Remove("extension");
    known = {.stamp_us = version.stamp_us,
             .content = json::WriteCanonical(content),
             .in_error = version.in_error,
             .carries = carries};
  }
}

std::map<std::string, std::string> RecordingLink::Current() const {
  std::map<std::string, std::string> current;
  for (const auto& [ref, version] : versions_) current[ref] = version.content;
  return current;
}

common::Instant RecordingLink::EarliestStamp() const {
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (const auto& [ref, version] : versions_) earliest = std::min(earliest, version.stamp_us);
  return common::Instant(std::chrono::microseconds(earliest));
}

std::vector<std::string> RecordingLink::Live(const std::string& type) const {
  std::vector<std::string> live;
  for (const auto& [ref, version] : versions_) {
    if (TypeOf(ref) == type && !version.in_error) live.push_back(ref);
  }
  return live;
}

std::set<std::string> RecordingLink::Carried() const {
  std::set<std::string> carried;
  for (const auto& [ref, version] : versions_) {
    if (!version.in_error && !IsShared(TypeOf(ref))) carried.insert(version.carries.begin(), version.carries.end());
  }
  return carried;
}

AdapterHouse::AdapterHouse(const std::string& kind) : clock(At("2026-03-01T12:00:00Z")) {
  std::filesystem::create_directories(folder_ / "drop");
  std::filesystem::create_directories(folder_ / "state");
  std::filesystem::create_directories(folder_ / "keys");
  folder_.Write("adapter.yaml", Configuration(kind));
  EXPECT_TRUE(common::CreateKeyFile(folder_ / "keys/adapter-0751.key").ok());
}

Adapter& AdapterHouse::Open() {
  if (adapter_ != nullptr) return *adapter_;
  const auto config = LoadConfig(folder_ / "adapter.yaml");
  EXPECT_TRUE(config.ok()) << config.status();
  const common::Logger logger(log, clock, common::LogLevel::kInfo, "adapter");
  auto adapter = Adapter::Open(*config, {.clock = &clock, .random = &random_, .log = logger, .link = &link});
  EXPECT_TRUE(adapter.ok()) << adapter.status();
  adapter_ = *std::move(adapter);
  return *adapter_;
}

void AdapterHouse::Configure(const std::string& from, const std::string& to) {
  adapter_ = nullptr;
  std::string text = tests::ReadFile(folder_ / "adapter.yaml");
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  folder_.Write("adapter.yaml", text.replace(at, from.size(), to));
}

void AdapterHouse::RequeueAll() {
  Quarantine quarantine(Open().state());
  for (const auto& [key, reason] : Quarantined()) EXPECT_TRUE(quarantine.Requeue(key).ok());
}

void AdapterHouse::PutBack() {
  RecordMemory memory(Open().state());
  EXPECT_TRUE(memory.NotePutBack(clock.Now().time_since_epoch().count()).ok());
  adapter_ = nullptr;
}

absl::Status AdapterHouse::Step() { return Open().Step(std::chrono::milliseconds(0)); }

void AdapterHouse::Run() {
  // The next look at the source is due.
  clock.Advance(std::chrono::seconds(2));
  for (int round = 0; round < 2000; ++round) {
    const absl::Status step = Step();
    ASSERT_TRUE(step.ok()) << step;
    if (round > 1 && Open().Idle()) return;
  }
}

std::map<std::string, std::string> AdapterHouse::Quarantined() {
  Quarantine quarantine(Open().state());
  std::map<std::string, std::string> reasons;
  const auto entries = quarantine.List(1000);
  EXPECT_TRUE(entries.ok());
  for (const QuarantineEntry& entry : *entries) {
    std::string text;
    for (const registry::Finding& finding : entry.findings) {
      if (finding.severity == registry::Severity::kError && text.empty()) text = finding.text.da;
    }
    reasons[entry.key] = text;
  }
  return reasons;
}

}  // namespace hjerte::adapters::testing
