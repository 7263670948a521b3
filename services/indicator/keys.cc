#include "services/indicator/keys.h"

#include "services/common/crypto.h"

namespace hjerte::indicator {

absl::StatusOr<Keys> LoadKeys(const std::filesystem::path& vault_file, const std::filesystem::path& pseudonym_file) {
  absl::StatusOr<common::SecretKey> vault = common::LoadKeyFile(vault_file);
  if (!vault.ok()) return vault.status();
  absl::StatusOr<common::SecretKey> pseudonym = common::LoadKeyFile(pseudonym_file);
  if (!pseudonym.ok()) return pseudonym.status();
  return Keys{.vault = *vault,
              .lookup = common::DeriveKey(*pseudonym, "citizen-lookup"),
              .patient = common::DeriveKey(*pseudonym, "patient-id"),
              .integrity = common::DeriveKey(*pseudonym, "delivery-integrity")};
}

}  // namespace hjerte::indicator
