#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hjerte::tool {

// What a file named on the command line holds; a pipe is read to its end. NotFound when it cannot be read or is a
// folder, ResourceExhausted when it holds more than `mebibytes_max` MiB: it is read no further.
absl::StatusOr<std::string> ReadInput(const std::string& path, std::size_t mebibytes_max);

// Calls `visit` with each line of a stream and its number, from 1, until it says that something is wrong. `name` is for
// people. NotFound when the stream breaks off, ResourceExhausted at a line of more than `mebibytes_max` MiB.
absl::Status EachLine(std::istream& stream, const std::string& name, std::size_t mebibytes_max,
                      const std::function<absl::Status(const std::string& line, std::size_t number)>& visit);

}  // namespace hjerte::tool
