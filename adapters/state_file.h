#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/secret_key.h"
#include "services/common/sqlite.h"

namespace hjerte::adapters {

// The adapter's state: one SQLite file and the key its private columns are sealed with. Used by one thread; the tool
// may open the same file beside a running adapter.
class StateFile {
 public:
  // Opens or creates the file and brings its schema up to date. `key` is the adapter's master key; what is sealed and
  // what hides citizens use keys derived from it.
  static absl::StatusOr<std::unique_ptr<StateFile>> Open(const std::filesystem::path& file,
                                                         const common::SecretKey& key, const std::string& vfs = "");

  common::Database& database() { return *database_; }
  // The secret in Patient.id.
  std::string_view patient_key() const { return patient_key_.bytes(); }

  // Seals bytes that belong to one row, named by table and key; Unseal gives them back or DataLoss.
  std::string Seal(std::string_view table, std::string_view key, std::string_view bytes) const;
  absl::StatusOr<std::string> Unseal(std::string_view table, std::string_view key, std::string_view sealed) const;

  // A number kept under a name; 0 when it was never set.
  absl::StatusOr<std::int64_t> Fact(std::string_view name);
  absl::Status SetFact(std::string_view name, std::int64_t value);
  absl::Status AddToFact(std::string_view name, std::int64_t by);

 private:
  StateFile(std::unique_ptr<common::Database> database, const common::SecretKey& key);

  std::unique_ptr<common::Database> database_;
  common::SecretKey seal_key_;
  common::SecretKey patient_key_;
};

}  // namespace hjerte::adapters
