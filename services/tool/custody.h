#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/config.h"
#include "adapters/state_file.h"
#include "services/common/audit_log.h"
#include "services/portal/program_config.h"

namespace hjerte::tool {

// The configuration of one of the programs whose file is looked after: exactly one of the two.
struct Kept {
  std::optional<adapters::AdapterConfig> adapter;
  std::optional<portal::ProgramConfig> central;

  const std::filesystem::path& file() const { return adapter ? adapter->state : central->central.store_file; }
};

// Reads adapter.yaml or indicator.yaml, whichever it is.
absl::StatusOr<Kept> LoadKept(const std::filesystem::path& config);

// The adapter's state file, which must be there: looking must not make one.
absl::StatusOr<std::unique_ptr<adapters::StateFile>> OpenState(const adapters::AdapterConfig& config);

// Who stands at this machine, for its audit log: "user:<name>", with the name behind sudo where there is one.
std::string OperatorName();

// Anchors given as "number:hash", or with `file` as a log or a manifest whose lines hold them after `word`, e.g.
// "audit-head" as "head=…" or "audit_head: …".
absl::StatusOr<std::vector<common::AuditHead>> ReadAnchors(const std::vector<std::string>& texts,
                                                           const std::string& file, std::string_view word);

}  // namespace hjerte::tool
