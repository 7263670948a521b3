#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/statusor.h"
#include "services/common/secret_key.h"

namespace hjerte::indicator {

// The central service's secrets, each for one use.
struct Keys {
  common::SecretKey vault;    // seals the CPR numbers
  common::SecretKey lookup;   // finds a citizen by the CPR
  common::SecretKey patient;  // makes Patient.id
  common::SecretKey
      integrity;  // hashes delivery ids and bytes that were made from the CPR, so that nobody can try numbers
  std::int64_t vault_id = 1;     // which of the vault's keys `vault` is
  std::int64_t lookup_id = 1;    // which of the lookup keys `lookup` is
  std::uint64_t generation = 0;  // grows with each rotation of this process

  // Seals the last records of log and audit log (common/audit_log.h).
  common::SecretKey HeadKey() const;
  // What of published figures is hidden by chance (publish/chance.h).
  common::SecretKey ChanceKey() const;
};

// The files whose keys wrap the keys that are kept in the store.
struct KeyFiles {
  std::filesystem::path vault;
  std::filesystem::path pseudonym;
};

}  // namespace hjerte::indicator
