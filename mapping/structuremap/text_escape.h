#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hjerte::structuremap {

// Changes how the special characters of `text` are written, for escape(): from one of none, xml, html, json, uri to
// another. An empty format is none. Errors: InvalidArgument for a format that is none of these.
absl::StatusOr<std::string> Reescape(std::string_view text, std::string_view from, std::string_view to);

}  // namespace hjerte::structuremap
