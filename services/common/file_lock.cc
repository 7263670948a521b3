#include "services/common/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <string>

namespace hjerte::common {

absl::StatusOr<FileDescriptor> LockBeside(const std::filesystem::path& file) {
  const std::string name = file.string() + ".lock";
  FileDescriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  // On a disk that can only be read for the moment, one that is there will do.
  if (!lock.valid()) lock = FileDescriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!lock.valid()) return absl::UnavailableError(name + ": cannot be opened");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(file.string() + ": another program works on it; stop that first");
  }
  return lock;
}

}  // namespace hjerte::common
