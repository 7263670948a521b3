#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

struct SqliteStoreOptions {
  // Empty: in memory, gone with the writer; no reader sees it.
  std::filesystem::path file;
  std::int64_t cache_bytes = 64 << 20;
  // Name of a registered SQLite VFS; empty is the system's. Tests put faults under the store with it.
  std::string vfs;
  // Of readers: told each time the disk fails them, with the reason.
  std::function<void(const std::string& why)> when_dead{};
};

// Opens or creates the file and brings it to the newest schema. One writer for a file; the system's lock on the file
// refuses a second program (FailedPrecondition).
absl::StatusOr<std::unique_ptr<StoreWriter>> OpenSqliteWriter(const SqliteStoreOptions& options);

// A reading connection; the file must exist. Calls are served one by one. After an I/O error the next call opens the
// file again.
absl::StatusOr<std::unique_ptr<StoreReader>> OpenSqliteReader(const SqliteStoreOptions& options);

// The hash chain's next link: SHA-256 over the previous link and the entry's fields, each with its length before it.
std::string LogChain(std::string_view previous, std::int64_t commit_seq, const LogEntry& entry,
                     common::Instant committed_at);

}  // namespace hjerte::indicator
