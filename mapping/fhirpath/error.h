#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hjerte::fhirpath {

// Where an expression went wrong: its text, its meaning (found by compiling), or its run over the data.
enum class ErrorKind : uint8_t { kSyntax, kSemantic, kExecution };

// A place in the expression's source; line and column count from 1, columns in bytes.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
};

// "syntax", "semantic" or "execution".
std::string_view KindName(ErrorKind kind);

// An error of the given kind; the message begins with the place, and says what was expected.
absl::Status MakeError(ErrorKind kind, Position position, std::string_view message);

// The same for a limit that was reached; its kind is execution and its code ResourceExhausted.
absl::Status MakeLimitError(Position position, std::string_view message);

// The kind of an error this library returned; execution for any other.
ErrorKind KindOf(const absl::Status& status);

}  // namespace hjerte::fhirpath
