#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/common/secret_key.h"

namespace hjerte::common {

// A key that wraps other keys and never leaves where it lives. What is stored is a data key wrapped by it; taking
// another wrapping key into use changes one row and none of the data. A file holds it today; a security module
// (PKCS#11: C_WrapKey, C_UnwrapKey) has the same four calls.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;
  // Tells this wrapping key from others without giving anything of it away; 16 hexadecimal digits.
  virtual std::string id() const = 0;
  // `purpose` is bound to the result: a wrapped key cannot pass for one of another purpose.
  virtual absl::StatusOr<std::string> Wrap(const SecretKey& key, std::string_view purpose) const = 0;
  // DataLoss when it was wrapped by another key, for another purpose, or changed.
  virtual absl::StatusOr<SecretKey> Unwrap(std::string_view wrapped, std::string_view purpose) const = 0;
  // A key of its own, the same every time, for what must be found again when the file with the wrapped keys is lost.
  virtual absl::StatusOr<SecretKey> Derive(std::string_view purpose) const = 0;
};

// The provider whose key is a key file's (secret_key.h); errors are LoadKeyFile's.
absl::StatusOr<std::unique_ptr<KeyProvider>> OpenKeyFile(const std::filesystem::path& file);
// The same with the key at hand.
std::unique_ptr<KeyProvider> MakeKeyProvider(const SecretKey& key);

// Where the successor of a key file is put before a rotation: beside it, ".next" at its end.
std::filesystem::path NextKeyFile(const std::filesystem::path& file);
// The provider of a key file's successor; FailedPrecondition, with how to make one, where there is none.
absl::StatusOr<std::unique_ptr<KeyProvider>> OpenNextKeyFile(const std::filesystem::path& file);

}  // namespace hjerte::common
