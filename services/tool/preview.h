#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/adapter.h"
#include "adapters/config.h"
#include "adapters/state/quarantine.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "services/common/clock.h"
#include "services/indicator/cube/results.h"
#include "services/tool/local_registry.h"

namespace hjerte::tool {

// What would become of a source's files, as the adapter and the central service see them.
struct PreviewAccount {
  adapters::AdapterStatus adapter;
  // At most kQuarantineListed of those there are (adapter.quarantined).
  std::vector<adapters::QuarantineEntry> quarantine;
  std::vector<FindingTally> course_findings;
  std::vector<FindingTally> report_warnings;
};

struct Preview {
  PreviewAccount account;
  indicator::Results results;
};

inline constexpr std::size_t kQuarantineListed = 100'000;

// The configuration of a preview over a folder: of a shipped format, or of the first one whose files lie there when
// `format` is empty. NotFound when none fits. `authority` may be empty where records say the residence themselves.
absl::StatusOr<adapters::AdapterConfig> ConfigOfFolder(const std::filesystem::path& content_folder,
                                                       const std::string& format, const std::filesystem::path& folder,
                                                       std::string authority);

// Runs everything the source holds through an adapter and a central service that live in memory; nothing is sent and
// nothing is written. `progress` is told the records read. FailedPrecondition when the source waits for a file.
absl::StatusOr<Preview> RunPreview(const adapters::AdapterConfig& config, const registry::Query& query,
                                   const common::Clock& clock, const std::function<void(std::int64_t)>& progress);

}  // namespace hjerte::tool
