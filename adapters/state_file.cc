#include "adapters/state_file.h"

#include <utility>

#include "adapters/schema.h"
#include "services/common/crypto.h"

namespace hjerte::adapters {
namespace {

// The adapter is to stay under 64 MiB; its working set is a few pages at a time.
constexpr std::int64_t kCacheBytes = 2 << 20;

std::string Context(std::string_view table, std::string_view key) {
  return std::string(table) + "|" + std::string(key);
}

}  // namespace

StateFile::StateFile(std::unique_ptr<common::Database> database, const common::SecretKey& key)
    : database_(std::move(database)),
      seal_key_(common::DeriveKey(key, "adapter-state")),
      patient_key_(common::DeriveKey(key, "patient-id")) {}

absl::StatusOr<std::unique_ptr<StateFile>> StateFile::Open(const std::filesystem::path& file,
                                                           const common::SecretKey& key, const std::string& vfs) {
  common::DatabaseOptions options;
  options.file = file;
  options.cache_bytes = kCacheBytes;
  options.vfs = vfs;
  auto database = common::Database::Open(options);
  if (!database.ok()) return database.status();
  if (absl::Status status = common::MigrateSchema(**database, SchemaSteps()); !status.ok()) return status;
  return std::unique_ptr<StateFile>(new StateFile(*std::move(database), key));
}

std::string StateFile::Seal(std::string_view table, std::string_view key, std::string_view bytes) const {
  return common::Seal(seal_key_, bytes, Context(table, key));
}

absl::StatusOr<std::string> StateFile::Unseal(std::string_view table, std::string_view key,
                                              std::string_view sealed) const {
  return common::Unseal(seal_key_, sealed, Context(table, key));
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

}  // namespace hjerte::adapters
