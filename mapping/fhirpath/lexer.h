#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/token.h"

namespace hjerte::fhirpath {

// The tokens of an expression (FHIRPath 2.0.0, Lexical Elements), ending with kEnd. Comments and whitespace are
// dropped.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view source);

}  // namespace hjerte::fhirpath
