#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/state/state_keys.h"
#include "services/common/audit_log.h"
#include "services/common/sqlite.h"

namespace hjerte::adapters {

// The adapter's state: one SQLite file and the keys its private columns are sealed with. Used by one thread; the tool
// may open the same file beside a running adapter.
class StateFile {
 public:
  // Opens or creates the file and brings its schema up to date. `provider` is the key file's: the keys in the file are
  // wrapped by it. FailedPrecondition when they are wrapped by another.
  static absl::StatusOr<std::unique_ptr<StateFile>> Open(const std::filesystem::path& file,
                                                         const common::KeyProvider& provider,
                                                         const std::string& vfs = "");
  // The same with a key file.
  static absl::StatusOr<std::unique_ptr<StateFile>> Open(const std::filesystem::path& file,
                                                         const std::filesystem::path& key_file);

  common::Database& database() { return *database_; }
  // The secret in Patient.id.
  std::string_view patient_key() const { return keys_.patient.bytes(); }

  // Seals bytes that belong to one row, named by table and key; Unseal gives them back or DataLoss.
  std::string Seal(std::string_view table, std::string_view key, std::string_view bytes) const;
  absl::StatusOr<std::string> Unseal(std::string_view table, std::string_view key, std::string_view sealed) const;

  // A keyed hash of what was made from a record, 32 bytes: who has the file but not the key cannot try citizens'
  // numbers until one fits. Empty for empty text.
  std::string Hide(std::string_view purpose, std::string_view text) const { return keys_.Hide(purpose, text); }
  // A source's key as it stands in the file: itself, or, should a citizen's number be in it, the rest of it and a keyed
  // hash. Applying it again changes nothing.
  std::string SafeKey(std::string_view key) const { return keys_.SafeKey(key); }

  // Notes who looked at a record or changed something by hand, in the caller's transaction.
  absl::Status Audit(const common::AuditRecord& record);
  absl::StatusOr<common::AuditReport> VerifyAudit(std::span<const common::AuditHead> anchors);

  // Wraps the file's keys by another provider's as well; the old one opens the file until RetireWrappings.
  absl::Status AddWrapping(const common::KeyProvider& provider);
  // Only this provider opens the file from now on.
  absl::Status RetireWrappings(const common::KeyProvider& provider);

  // A number kept under a name; 0 when it was never set.
  absl::StatusOr<std::int64_t> Fact(std::string_view name);
  absl::Status SetFact(std::string_view name, std::int64_t value);
  absl::Status AddToFact(std::string_view name, std::int64_t by);
  // A text kept under a name; empty when it was never set.
  absl::StatusOr<std::string> Meta(std::string_view name);
  absl::Status SetMeta(std::string_view name, std::string_view value);

 private:
  StateFile(std::unique_ptr<common::Database> database, const StateKeys& keys);

  std::unique_ptr<common::Database> database_;
  StateKeys keys_;
};

}  // namespace hjerte::adapters
