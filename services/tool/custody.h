#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/config.h"
#include "adapters/state/state_file.h"
#include "services/common/audit_log.h"
#include "services/portal/program_config.h"
#include "services/tool/central_client.h"

namespace hjerte::tool {

// What a command needs that acts on the running central service (--connect and the certificate of an admin) or on an
// adapter's file at its machine (--config): exactly one of the two, and a reason for the audit log.
struct CustodyOptions {
  CentralOptions central;
  std::string config;
  std::string reason;
};

// Adds --connect, --cert, --key, --ca, --config and --reason; `config_help` says what is done at the machine.
void AddCustodyOptions(CLI::App& command, CustodyOptions& options, const std::string& config_help);

// Whether the running central service is meant; InvalidArgument when neither it nor a configuration was given.
absl::StatusOr<bool> MeansRunning(const CustodyOptions& options, const CLI::App& command);

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
