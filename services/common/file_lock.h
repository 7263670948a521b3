#pragma once

#include <filesystem>

#include "absl/status/statusor.h"
#include "services/common/file_descriptor.h"

namespace hjerte::common {

// Holds "<file>.lock", beside a file that one program at a time may work on, until what is returned is closed; the end
// of the program does that too, however it ends. FailedPrecondition when another holds it, Unavailable when the lock
// file cannot be opened.
absl::StatusOr<FileDescriptor> LockBeside(const std::filesystem::path& file);

}  // namespace hjerte::common
