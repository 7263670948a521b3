#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

// Texts that an error carries beside its message, by name.
namespace hjerte::json {

void CarryText(absl::Status& status, const char* name, std::string_view text);
// Empty when it carries none of the name.
std::string CarriedText(const absl::Status& status, const char* name);

}  // namespace hjerte::json
