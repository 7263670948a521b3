#include "services/common/secret_key.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/file_descriptor.h"

namespace hjerte::common {
namespace {

constexpr std::size_t kTextLength = SecretKey::kBytes * 2;

absl::Status SystemError(const std::filesystem::path& file, const char* doing) {
  const int code = errno;
  return absl::ErrnoToStatus(code, file.string() + ": " + doing);
}

}  // namespace

SecretKey::SecretKey(std::string_view bytes) {
  if (bytes.size() != kBytes) std::abort();
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

absl::StatusOr<SecretKey> LoadKeyFile(const std::filesystem::path& file) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.valid()) return SystemError(file, "cannot open the key file");
  struct stat facts {};
  if (::fstat(descriptor.get(), &facts) != 0) return SystemError(file, "cannot inspect the key file");
  if (!S_ISREG(facts.st_mode)) return absl::InvalidArgumentError(file.string() + ": a key must be a regular file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(file.string() +
                                       ": others than its owner may read or change this key; run chmod 600 on it");
  }
  std::array<char, kTextLength + 8> buffer{};
  const ssize_t length = ::read(descriptor.get(), buffer.data(), buffer.size());
  if (length < 0) return SystemError(file, "cannot read the key file");
  std::string_view text(buffer.data(), static_cast<std::size_t>(length));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::optional<std::string> bytes;
  if (text.size() == kTextLength) bytes = FromHex(text);
  OPENSSL_cleanse(buffer.data(), buffer.size());
  if (!bytes) return absl::InvalidArgumentError(file.string() + ": a key is 64 hexadecimal digits on one line");
  SecretKey key(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return key;
}

absl::Status CreateKeyFile(const std::filesystem::path& file) {
  const FileDescriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!descriptor.valid()) return SystemError(file, "cannot create the key file");
  std::string bytes = RandomBytes(SecretKey::kBytes);
  std::string text = ToHex(bytes) + "\n";
  const bool written = ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(descriptor.get()) == 0;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  OPENSSL_cleanse(text.data(), text.size());
  return written ? absl::OkStatus() : SystemError(file, "cannot write the key file");
}

}  // namespace hjerte::common
