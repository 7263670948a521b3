#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {

// Walks a map's tokens: looking, taking, and the errors that name file, line, column and what was expected.
class TokenReader {
 public:
  // `text` is what the tokens point into; it and `file` must outlive the reader. `tokens` ends with kEnd.
  TokenReader(std::string_view text, std::string_view file, std::vector<Token> tokens);

  const Token& Peek(size_t ahead = 0) const;
  bool At(std::string_view symbol_or_word) const { return Peek().Is(symbol_or_word); }
  const Token& Take();
  // Takes the token if it is the next one.
  bool Skip(std::string_view symbol_or_word);
  absl::Status Expect(std::string_view symbol_or_word);
  // A name: an identifier, a keyword used as one, or a `delimited` one.
  absl::StatusOr<std::string> Name(std::string_view what);
  // A text in any quotes.
  absl::StatusOr<std::string> QuotedText(std::string_view what);

  // The FHIRPath expression that begins at the next token: inside parentheses everything up to the closing one, else
  // (the old form) up to the first token that cannot continue it, an alias counting as one when `stop_at_alias`.
  absl::StatusOr<ExpressionText> Expression(bool stop_at_alias);
  // An argument that is an expression: up to a comma or the closing parenthesis that are not inside it.
  absl::StatusOr<ExpressionText> Argument();

  absl::Status Error(const Token& at, std::string_view expected) const;
  absl::Status Error(std::string_view expected) const { return Error(Peek(), expected); }

  // The comments before the next token, joined with those behind the last one taken; both are consumed.
  std::string TakeDocumentation();
  // The comment behind the last token taken, on its line; consumed.
  std::string TakeTrailing();

 private:
  bool EndsExpression(size_t index, bool stop_at_alias) const;
  ExpressionText Cut(size_t first, size_t last) const;
  absl::StatusOr<size_t> Closing(size_t open) const;

  std::string_view text_;
  std::string_view file_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
};

}  // namespace hjerte::structuremap
