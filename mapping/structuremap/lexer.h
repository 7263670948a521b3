#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// One token of a map's text. FHIRPath inside the map is cut into the same tokens, so that its extent can be found.
struct Token {
  enum class Kind {
    kIdentifier,  // name, keyword
    kDelimited,   // `name`
    kString,      // 'text'
    kQuoted,      // "text"
    kInteger,
    kDecimal,   // 1.5, or .5 where a value begins
    kDateTime,  // @2024-01-01, @T12:00
    kMetadata,  // a whole `/// path = value` line (with its markdown)
    kSymbol,    // punctuation; the longest of -> .. == != !~ <= >= or one character
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;      // as written
  std::string documentation;  // the comments before it, one line each
  std::string trailing;       // the comment after it on the same line
  size_t offset = 0;
  Position at;

  bool Is(std::string_view symbol_or_word) const {
    return (kind == Kind::kSymbol || kind == Kind::kIdentifier) && text == symbol_or_word;
  }
  size_t end() const { return offset + text.size(); }
};

// Takes the first line off the text, with its end: a line feed, a return, both, or one of Unicode's line ends.
std::string_view TakeLine(std::string_view& text);

// Cuts `text` into tokens that point into it; the last is kEnd. Errors: InvalidArgument "file:line:column: …" for an
// unclosed string or comment, a character no token begins with, or a byte that is no UTF-8.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view text, std::string_view file);

// The value of a quoted token: quotes removed, escapes of FHIRPath resolved (\' \" \` \\ \/ \f \n \r \t \uXXXX). An
// unknown escape stays as written.
std::string Unquote(std::string_view quoted);

// The reverse: `value` between `quote` characters, escaped.
std::string Quote(std::string_view value, char quote);

// Whether an expression is a lone name other than true and false: letters, digits, _ and -, a letter first.
bool IsWord(std::string_view text);

}  // namespace hjerte::structuremap
