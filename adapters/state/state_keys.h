#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/common/key_provider.h"
#include "services/common/sqlite.h"

namespace hjerte::adapters {

// The secrets of a state file, each for one use. They stand in the file wrapped by the key file's key, so that another
// key file is a matter of a few rows. `patient` and `hidden` begin as keys derived from the first key file: an adapter
// that lost its state file gives the same citizens the same ids and the same reports the same delivery ids.
struct StateKeys {
  common::SecretKey seal;     // payloads
  common::SecretKey hidden;   // hashes of what was made from records
  common::SecretKey patient;  // Patient.id
  common::SecretKey audit;    // the seal over the audit log's last record

  std::string Seal(std::string_view table, std::string_view key, std::string_view bytes) const;
  absl::StatusOr<std::string> Unseal(std::string_view table, std::string_view key, std::string_view sealed) const;
  std::string Hide(std::string_view purpose, std::string_view text) const;
  std::string SafeKey(std::string_view key) const;
};

// Makes the keys of a file of version 2 or later and keeps them wrapped in `data_key`; part of the caller's
// transaction. `sealed_already` when its payloads are those of version 1.
absl::StatusOr<StateKeys> CreateKeys(common::Database& database, const common::KeyProvider& provider,
                                     bool sealed_already);
// FailedPrecondition when they are wrapped by another provider's key.
absl::StatusOr<StateKeys> LoadKeys(common::Database& database, const common::KeyProvider& provider);
// Keeps them wrapped by this provider as well.
absl::Status WrapKeys(common::Database& database, const common::KeyProvider& provider, const StateKeys& keys);

}  // namespace hjerte::adapters
