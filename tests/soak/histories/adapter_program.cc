#include "tests/soak/histories/adapter_program.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "adapters/state/quarantine.h"
#include "adapters/state/record_memory.h"
#include "services/indicator/return_if_error.h"
#include "tests/soak/histories/central.h"

namespace hjerte::soak {
namespace {

constexpr std::size_t kAsideMax = 1000;
constexpr std::array<const char*, 3> kFormats = {"json-forloeb", "csv-forloeb", "kl-reports"};
constexpr const char* kConfig = "adapter.yaml";
constexpr const char* kStateFile = "state/adapter.db";
constexpr const char* kStateBackup = "state.backup";

}  // namespace

AdapterProgram::AdapterProgram(const Ground& ground, const Registries& registries, const tests::TemporaryFolder& folder,
                               const Circumstances& given, common::ManualClock& clock, adapters::Link& link)
    : ground_(ground), registries_(registries), folder_(folder), given_(given), clock_(clock), link_(link) {
  std::filesystem::create_directories(folder_ / "state");
  Configure(0);
}

void AdapterProgram::Configure(int registry) {
  End();
  registry_ = registry;
  folder_.Write(kConfig, absl::Substitute(R"(authority: "0751"
state: $0
key_file: unused.key
registry: $1
gateway:
  address: localhost:1
  insecure_plaintext: true
  window: 4
  retry_first: 100ms
  retry_max: 20s
outbox:
  reports_max: $2
source:
  id: source
  software: care
  format: $3
  path: drop
  settle: 0s
  poll: 1s
  batch: $4
)",
                                          kStateFile, registries_.Folder(registry_).string(), given_.outbox,
                                          kFormats.at(static_cast<std::size_t>(given_.format)), given_.batch));
}

absl::Status AdapterProgram::Start() {
  if (adapter_ != nullptr) return absl::OkStatus();
  const auto config = adapters::LoadConfig(folder_ / kConfig);
  if (!config.ok()) return config.status();
  auto adapter = adapters::Adapter::Open(*config, {.clock = &clock_,
                                                   .random = &random_,
                                                   .log = common::Logger(),
                                                   .link = &link_,
                                                   .key = ground_.adapter_key.get()});
  if (!adapter.ok()) return adapter.status();
  adapter_ = *std::move(adapter);
  return absl::OkStatus();
}

absl::Status AdapterProgram::Step() {
  HJERTE_RETURN_IF_ERROR(Start());
  return adapter_->Step(std::chrono::milliseconds(0));
}

absl::Status AdapterProgram::RequeueAll() {
  const auto aside = Aside();
  if (!aside.ok()) return aside.status();
  adapters::Quarantine quarantine(adapter_->state());
  for (const auto& [name, why] : *aside) {
    HJERTE_RETURN_IF_ERROR(quarantine.Requeue(name.substr(0, name.find('|'))));
  }
  return absl::OkStatus();
}

absl::Status AdapterProgram::RequeueOne(unsigned which) {
  const auto aside = Aside();
  if (!aside.ok()) return aside.status();
  if (aside->empty()) return absl::OkStatus();
  const std::string name = std::next(aside->begin(), static_cast<std::ptrdiff_t>(which % aside->size()))->first;
  return adapters::Quarantine(adapter_->state()).Requeue(name.substr(0, name.find('|')));
}

absl::StatusOr<AdapterProgram::KeptAside> AdapterProgram::Aside() {
  HJERTE_RETURN_IF_ERROR(Start());
  const auto entries = adapters::Quarantine(adapter_->state()).List(kAsideMax);
  if (!entries.ok()) return entries.status();
  KeptAside aside;
  for (const adapters::QuarantineEntry& entry : *entries) {
    std::string& why = aside[absl::StrCat(entry.key, "|", entry.course)];
    for (const registry::Finding& finding : entry.findings) absl::StrAppend(&why, finding.code, " ");
  }
  return aside;
}

void AdapterProgram::Save() {
  End();
  CopyFolder(folder_ / "state", folder_ / kStateBackup);
}

absl::StatusOr<bool> AdapterProgram::PutBack() {
  if (!std::filesystem::exists(folder_ / kStateBackup)) return false;
  End();
  CopyFolder(folder_ / kStateBackup, folder_ / "state");
  auto state = adapters::StateFile::Open(folder_ / kStateFile, *ground_.adapter_key);
  if (!state.ok()) return state.status();
  adapters::RecordMemory memory(**state);
  HJERTE_RETURN_IF_ERROR(memory.NotePutBack(clock_.Now().time_since_epoch().count()));
  return true;
}

absl::StatusOr<std::set<std::string>> AdapterProgram::Known() {
  HJERTE_RETURN_IF_ERROR(Start());
  auto rows = adapter_->state().database().Prepare("SELECT DISTINCT ref FROM resource");
  if (!rows.ok()) return rows.status();
  std::set<std::string> known;
  while (true) {
    const auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return known;
    known.insert(std::string(rows->Text(0)));
  }
}

}  // namespace hjerte::soak
