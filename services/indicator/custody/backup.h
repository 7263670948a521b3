#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/clock.h"
#include "services/indicator/vault/keys.h"

namespace hjerte::indicator {

// What a backup says about itself, beside it in "<file>.manifest", one "name: value" a line. It holds no key and no
// citizen's number; kept on another machine it is an anchor for log and audit log.
struct Manifest {
  std::string kind;  // "central" or "adapter"
  common::Instant made_at;
  std::int64_t schema = 0;
  std::string store_id;  // of a central store
  std::int64_t commit_seq = 0;
  std::string log_head;    // common::FormatHead
  std::string audit_head;  // the same
  std::int64_t bytes = 0;
  std::string sha256;  // of the copy, hex
};

// Copies a store or an adapter's state file, while programs use it, to `target` (mode 0600, there must be none), syncs
// it, and writes its manifest. Sealed contents stay sealed; keys are in neither.
absl::StatusOr<Manifest> MakeBackup(const std::filesystem::path& source, const std::filesystem::path& target,
                                    common::Instant now);

// By which a central store is known; a copy of it has the same, a restored one another.
absl::StatusOr<std::string> StoreIdOf(const std::filesystem::path& store);

std::filesystem::path ManifestFile(const std::filesystem::path& backup);
absl::StatusOr<Manifest> ReadManifest(const std::filesystem::path& backup);

// Whether a backup is whole: its manifest fits its bytes, SQLite finds nothing wrong with it, and its heads are those
// of the manifest. Changes nothing.
absl::StatusOr<Manifest> CheckBackup(const std::filesystem::path& backup);

// Puts a checked copy of the backup in the place of `target`: first beside it, synced, then by a rename. What was there
// is kept as "<target>.before-restore", or "….before-restore-2" and on where a restore kept one before; `replace` false
// refuses when something is (AlreadyExists). No program may have the file open. `prepare` may change the copy before it
// is put in place.
absl::Status PutInPlace(const std::filesystem::path& backup, const std::filesystem::path& target, bool replace,
                        const std::function<absl::Status(const std::filesystem::path&)>& prepare);

}  // namespace hjerte::indicator
