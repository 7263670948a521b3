#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hjerte::common {

// 32 secret bytes; wiped from memory when it goes.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;
  // `bytes` must be exactly 32.
  explicit SecretKey(std::string_view bytes);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kBytes> bytes_;
};

// Reads a key file: 64 hexadecimal digits and a line end. Refused when it is no regular file or anyone but its owner
// may read or write it (PermissionDenied), or when it holds anything else (InvalidArgument); the text never quotes the
// content.
absl::StatusOr<SecretKey> LoadKeyFile(const std::filesystem::path& file);

// Writes a new random key with mode 0600; AlreadyExists when the file is there.
absl::Status CreateKeyFile(const std::filesystem::path& file);

}  // namespace hjerte::common
