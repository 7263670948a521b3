#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "services/common/audit_log.h"
#include "services/indicator/keys.h"

namespace hjerte::indicator {

// Puts a checked backup in the place of a central store that no program has open, and gives it a new store id, by which
// adapters and consumers of the export learn that it was set back. The keys must open it before anything is changed;
// `record` goes into its audit log.
absl::Status RestoreStore(const std::filesystem::path& backup, const std::filesystem::path& target,
                          const KeyFiles& keys, bool replace, const common::AuditRecord& record);

}  // namespace hjerte::indicator
