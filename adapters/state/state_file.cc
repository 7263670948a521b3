#include "adapters/state/state_file.h"

#include <utility>

#include "adapters/state/schema.h"

namespace hjerte::adapters {
namespace {

// The adapter is to stay under 64 MiB. What one batch changes fits in, so that no page is written to the log twice.
constexpr std::int64_t kCacheBytes = 8 << 20;
constexpr int kLogPages = 1000;

}  // namespace

StateFile::StateFile(std::unique_ptr<common::Database> database, const StateKeys& keys)
    : database_(std::move(database)), keys_(keys) {}

absl::StatusOr<std::unique_ptr<StateFile>> StateFile::Open(const std::filesystem::path& file,
                                                           const common::KeyProvider& provider,
                                                           const std::string& vfs) {
  common::DatabaseOptions options;
  options.file = file;
  options.cache_bytes = kCacheBytes;
  options.vfs = vfs;
  auto database = common::Database::Open(options);
  if (!database.ok()) return database.status();
  const auto before = (*database)->QueryInteger("PRAGMA user_version");
  if (!before.ok()) return before.status();
  const std::vector<common::SchemaStep> steps = SchemaSteps(provider);
  if (absl::Status status = common::MigrateSchema(**database, steps); !status.ok()) return status;
  if (*before > 0 && *before < static_cast<std::int64_t>(steps.size())) {
    // What the older version held must not stay behind in free pages or in the log.
    if (absl::Status status = (*database)->Execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"); !status.ok()) {
      return status;
    }
  }
  (*database)->CheckpointBeside(kLogPages);
  const auto keys = LoadKeys(**database, provider);
  if (!keys.ok()) return keys.status();
  return std::unique_ptr<StateFile>(new StateFile(*std::move(database), *keys));
}

absl::StatusOr<std::unique_ptr<StateFile>> StateFile::Open(const std::filesystem::path& file,
                                                           const std::filesystem::path& key_file) {
  const auto provider = common::OpenKeyFile(key_file);
  if (!provider.ok()) return provider.status();
  return Open(file, **provider);
}

std::string StateFile::Seal(std::string_view table, std::string_view key, std::string_view bytes) const {
  return keys_.Seal(table, key, bytes);
}

absl::StatusOr<std::string> StateFile::Unseal(std::string_view table, std::string_view key,
                                              std::string_view sealed) const {
  return keys_.Unseal(table, key, sealed);
}

absl::Status StateFile::Audit(const common::AuditRecord& record) {
  return common::AppendAudit(*database_, keys_.audit, record).status();
}

absl::StatusOr<common::AuditReport> StateFile::VerifyAudit(std::span<const common::AuditHead> anchors) {
  return common::VerifyAudit(*database_, keys_.audit, anchors);
}

absl::Status StateFile::AddWrapping(const common::KeyProvider& provider) {
  auto transaction = common::Transaction::Begin(*database_);
  if (!transaction.ok()) return transaction.status();
  if (absl::Status status = WrapKeys(*database_, provider, keys_); !status.ok()) return status;
  return transaction->Commit();
}

absl::Status StateFile::RetireWrappings(const common::KeyProvider& provider) {
  absl::Status status = database_->Run("DELETE FROM data_key WHERE wrapping <> ?", provider.id());
  if (!status.ok() || database_->Changes() == 0) return status;
  // Best effort: a running adapter may hold the log open, which then shrinks with its next checkpoint.
  return database_->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

absl::StatusOr<std::int64_t> StateFile::Fact(std::string_view name) {
  auto statement = database_->Prepare("SELECT value FROM fact WHERE name = ?");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, name).Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Integer(0) : 0;
}

absl::Status StateFile::SetFact(std::string_view name, std::int64_t value) {
  return database_->Run("INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name,
                        value);
}

absl::Status StateFile::AddToFact(std::string_view name, std::int64_t by) {
  return database_->Run(
      "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value", name, by);
}

absl::StatusOr<std::string> StateFile::Meta(std::string_view name) {
  auto statement = database_->Prepare("SELECT value FROM meta WHERE key = ?");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, name).Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(statement->Text(0)) : std::string();
}

absl::Status StateFile::SetMeta(std::string_view name, std::string_view value) {
  return database_->Run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value);
}

}  // namespace hjerte::adapters
