#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mapping/structuremap/parser.h"
#include "mapping/structuremap/token_reader.h"

namespace hjerte::structuremap {

// Reads the rules of a group or of a `then { … }` up to and with the closing brace; the opening one is already taken.
absl::Status ParseRules(TokenReader& reader, const ParseLimits& limits, std::vector<Rule>& rules);

// Reads a type's name: `Patient`, `Bundle.entry` or `` `a name` ``.
absl::StatusOr<std::string> ParseTypeName(TokenReader& reader);

}  // namespace hjerte::structuremap
