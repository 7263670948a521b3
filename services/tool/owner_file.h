#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace hjerte::tool {

// Makes the file empty and its owner's alone (mode 0600) before anything of a citizen stands in it; one that is there
// is emptied and taken from the others too. What is no regular file, such as /dev/stdout, is left as it is.
absl::Status MakeOwnerFile(const std::filesystem::path& file);

}  // namespace hjerte::tool
