#include "services/tool/owner_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "services/common/file_descriptor.h"

namespace hjerte::tool {

absl::Status MakeOwnerFile(const std::filesystem::path& file) {
  const auto trouble = [&file] {
    return absl::NotFoundError(file.string() + ": cannot be written: " + std::strerror(errno));
  };
  constexpr mode_t kOwnersAlone = S_IRUSR | S_IWUSR;
  const common::FileDescriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnersAlone));
  struct stat facts {};
  if (!descriptor.valid() || ::fstat(descriptor.get(), &facts) != 0) return trouble();
  if (!S_ISREG(facts.st_mode)) return absl::OkStatus();
  return ::fchmod(descriptor.get(), kOwnersAlone) == 0 ? absl::OkStatus() : trouble();
}

}  // namespace hjerte::tool
