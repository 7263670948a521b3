#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hjerte::common {
class Database;
}

namespace hjerte::indicator {

// A data key as it is kept: wrapped by a key that is not in the store. A key has one row for each wrapping key that
// opens it, two while a wrapping key is exchanged.
struct DataKeyRow {
  std::string purpose;
  std::int64_t id = 0;   // counted for each purpose; the highest is in use
  std::string wrapping;  // common::KeyProvider::id
  std::string wrapped;
};

// A citizen's number in the vault.
struct VaultRow {
  std::int64_t citizen = 0;
  std::string surrogate;
  std::int64_t key = 0;  // which of the vault's keys sealed it
  std::string sealed;
};

// What the keys' keeper needs of the store, between Begin and Commit.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  virtual absl::StatusOr<std::vector<DataKeyRow>> DataKeys() = 0;
  virtual absl::Status PutDataKey(const DataKeyRow& row) = 0;
  // Every wrapping of one key.
  virtual absl::Status RemoveDataKey(std::string_view purpose, std::int64_t id) = 0;
  // Every wrapping of a purpose's keys but those by `wrapping`.
  virtual absl::Status RetireWrappings(std::string_view purpose, std::string_view wrapping) = 0;
  // Numbers of citizens after `citizen` that another key than `but_key` sealed (0: all), by citizen.
  virtual absl::StatusOr<std::vector<VaultRow>> VaultAfter(std::int64_t citizen, std::int64_t but_key,
                                                           std::size_t limit) = 0;
  virtual absl::Status PutVault(std::int64_t citizen, std::int64_t key, std::string_view sealed) = 0;
  virtual absl::Status PutLookup(std::int64_t citizen, std::string_view lookup) = 0;
  // Referrals remember their citizen's lookup: brings them to the present ones.
  virtual absl::Status RefreshReferralLookups() = 0;
};

// The data keys of a store's file that is only read.
absl::StatusOr<std::vector<DataKeyRow>> ReadDataKeys(common::Database& database);

}  // namespace hjerte::indicator
