#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace hjerte::tool {

// What a file named on the command line holds; a pipe is read to its end. NotFound when it cannot be read or is a
// folder, ResourceExhausted when it holds more than `mebibytes_max` MiB: it is read no further.
absl::StatusOr<std::string> ReadInput(const std::string& path, std::size_t mebibytes_max);

}  // namespace hjerte::tool
