#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/common/secret_key.h"

namespace hjerte::common {

// Bytes are std::string and std::string_view throughout; digests are 32 raw bytes (ToHex makes them text).

std::string Sha256(std::string_view bytes);
std::string HmacSha256(const SecretKey& key, std::string_view bytes);

// SHA-256 of what comes piece by piece.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;
  void Update(std::string_view bytes);
  // The digest of all that came; the hasher begins anew.
  std::string Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// AES-256-GCM: nonce (12 random bytes), ciphertext, tag (16 bytes). `context` is authenticated but not stored, e.g. the
// row's key, so that a sealed value cannot be moved to another row. One key seals at most 2^32 values (random nonces).
std::string Seal(const SecretKey& key, std::string_view plaintext, std::string_view context);
// DataLoss when key, context or bytes are not those of Seal.
absl::StatusOr<std::string> Unseal(const SecretKey& key, std::string_view sealed, std::string_view context);

// A key for another purpose, derived from one key (HKDF-SHA-256 with `purpose` as info): one file may serve several
// uses.
SecretKey DeriveKey(const SecretKey& key, std::string_view purpose);

// That many bytes fit for keys.
std::string RandomBytes(std::size_t count);

// Compares without telling by its time where two texts differ.
bool EqualInConstantTime(std::string_view left, std::string_view right);

}  // namespace hjerte::common
