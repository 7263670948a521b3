#pragma once

#include <filesystem>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/common/audit_log.h"
#include "services/indicator/vault/keys.h"

namespace hjerte::indicator {

// Of the store's single values: of what it was restored and when, until the service has told of it.
inline constexpr std::string_view kRestoredMeta = "restored";

// Puts a checked backup in the place of a central store that no program has open, and gives it a new store id, by which
// adapters and consumers of the export learn that it was set back. The keys must open it before anything is changed;
// `record` goes into its audit log. What the store in place has published last is taken over, since the next snapshot
// must be proved beside what the public has seen; false when there was none that could be read, or that store is a new
// one which has shown nothing, or an older one: then the series of the backup goes on.
absl::StatusOr<bool> RestoreStore(const std::filesystem::path& backup, const std::filesystem::path& target,
                                  const KeyFiles& keys, bool replace, const common::AuditRecord& record);

}  // namespace hjerte::indicator
