#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace hjerte::json {

// Where and why a text was refused, apart from the message, for whoever tells it in both languages. Never quotes it.
struct TextError {
  std::size_t byte = 0;  // from 0; line and column count from 1, columns in bytes
  std::size_t line = 0;
  std::size_t column = 0;
  // Why, and what to do.
  std::string da;
  std::string en;
};

// What an error of Parse carries; nothing for a text that is too large to be looked at, and for any other status.
std::optional<TextError> TextErrorOf(const absl::Status& status);

// For this library's own files: the error with its message.
absl::Status MakeTextError(const TextError& error);

}  // namespace hjerte::json
