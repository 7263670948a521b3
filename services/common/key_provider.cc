#include "services/common/key_provider.h"

#include "services/common/crypto.h"
#include "services/common/encoding.h"

namespace hjerte::common {
namespace {

constexpr std::size_t kIdBytes = 8;

class FileKeyProvider final : public KeyProvider {
 public:
  explicit FileKeyProvider(const SecretKey& key)
      : key_(key),
        wrapping_(DeriveKey(key, "key-wrapping")),
        id_(ToHex(HmacSha256(DeriveKey(key, "key-id"), "id").substr(0, kIdBytes))) {}

  std::string id() const override { return id_; }

  absl::StatusOr<std::string> Wrap(const SecretKey& key, std::string_view purpose) const override {
    return Seal(wrapping_, key.bytes(), purpose);
  }

  absl::StatusOr<SecretKey> Unwrap(std::string_view wrapped, std::string_view purpose) const override {
    const absl::StatusOr<std::string> bytes = Unseal(wrapping_, wrapped, purpose);
    if (!bytes.ok()) return bytes.status();
    if (bytes->size() != SecretKey::kBytes) return absl::DataLossError("a wrapped key has the wrong length");
    return SecretKey(*bytes);
  }

  absl::StatusOr<SecretKey> Derive(std::string_view purpose) const override { return DeriveKey(key_, purpose); }

 private:
  SecretKey key_;
  SecretKey wrapping_;
  std::string id_;
};

}  // namespace

std::unique_ptr<KeyProvider> MakeKeyProvider(const SecretKey& key) { return std::make_unique<FileKeyProvider>(key); }

absl::StatusOr<std::unique_ptr<KeyProvider>> OpenKeyFile(const std::filesystem::path& file) {
  const absl::StatusOr<SecretKey> key = LoadKeyFile(file);
  if (!key.ok()) return key.status();
  return MakeKeyProvider(*key);
}

std::filesystem::path NextKeyFile(const std::filesystem::path& file) { return file.string() + ".next"; }

absl::StatusOr<std::unique_ptr<KeyProvider>> OpenNextKeyFile(const std::filesystem::path& file) {
  const std::filesystem::path next = NextKeyFile(file);
  std::error_code error;
  if (!std::filesystem::exists(next, error)) {
    return absl::FailedPreconditionError(next.string() + ": put the new key there first (`hjerte keys new " +
                                         next.string() + "`)");
  }
  return OpenKeyFile(next);
}

}  // namespace hjerte::common
