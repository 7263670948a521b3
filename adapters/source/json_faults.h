#pragma once

#include <optional>

#include "adapters/source/fault.h"
#include "mapping/json/text_error.h"

namespace hjerte::source {

// Where in the file and why `what` ("posten", "the record") is no JSON; without an error only that it is none.
Text NotJsonText(const Text& what, const std::optional<json::TextError>& error);

}  // namespace hjerte::source
