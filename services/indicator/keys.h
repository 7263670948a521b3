#pragma once

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
};

// Reads the vault's key file and the pseudonym key file; the last three keys are derived from the latter.
absl::StatusOr<Keys> LoadKeys(const std::filesystem::path& vault_file, const std::filesystem::path& pseudonym_file);

}  // namespace hjerte::indicator
