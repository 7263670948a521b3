#pragma once

#include <cstdint>
#include <string>

#include "mapping/fhirpath/error.h"

namespace hjerte::fhirpath {

enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,           // Also keywords: what a word means depends on where it stands.
  kDelimitedIdentifier,  // `quoted`
  kString,
  kNumber,
  kLong,
  kDate,
  kDateTime,
  kTime,
  kTimeWithOffset,  // @T10:00Z: no literal of the language, but an error of the run rather than of the text.
  kExternal,        // %name
  kDollar,          // $this, $index, $total
  kSymbol,
};

// One token; `text` is decoded: without quotes, escapes, @ or %.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Position position;
};

}  // namespace hjerte::fhirpath
