#include "mapping/structuremap/token_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hjerte::structuremap {
namespace {

// How a message shows the token it stumbled over. Literals are not quoted back at length.
std::string Describe(const Token& token) {
  if (token.kind == Token::Kind::kEnd) return "the end of the map";
  return absl::StrCat("'", std::string(token.text.substr(0, 40)), "'");
}

bool IsOpening(const Token& token) { return token.Is("(") || token.Is("[") || token.Is("{"); }
bool IsClosing(const Token& token) { return token.Is(")") || token.Is("]") || token.Is("}"); }

bool IsLiteral(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kString:
    case Token::Kind::kQuoted:
    case Token::Kind::kInteger:
    case Token::Kind::kDecimal:
    case Token::Kind::kDateTime:
      return true;
    default:
      return false;
  }
}

// A word that asks for a right-hand operand, so that what follows cannot end the expression.
bool IsOperatorWord(const Token& token) {
  for (const std::string_view word : {"and", "or", "xor", "implies", "in", "contains", "is", "as", "div", "mod"}) {
    if (token.Is(word)) return true;
  }
  return false;
}

// True when an operand may end with this token.
bool EndsOperand(const Token& token) {
  if (IsLiteral(token) || token.kind == Token::Kind::kDelimited || IsClosing(token)) return true;
  return token.kind == Token::Kind::kIdentifier && !IsOperatorWord(token);
}

}  // namespace

TokenReader::TokenReader(std::string_view text, std::string_view file, std::vector<Token> tokens)
    : text_(text), file_(file), tokens_(std::move(tokens)) {}

const Token& TokenReader::Peek(size_t ahead) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }

const Token& TokenReader::Take() {
  const Token& token = Peek();
  if (next_ + 1 < tokens_.size()) ++next_;
  return token;
}

bool TokenReader::Skip(std::string_view symbol_or_word) {
  if (!At(symbol_or_word)) return false;
  Take();
  return true;
}

absl::Status TokenReader::Expect(std::string_view symbol_or_word) {
  if (Skip(symbol_or_word)) return absl::OkStatus();
  return Error(absl::StrCat("'", std::string(symbol_or_word), "'"));
}

absl::StatusOr<std::string> TokenReader::Name(std::string_view what) {
  if (Peek().kind == Token::Kind::kIdentifier) return std::string(Take().text);
  // R4's grammar delimits a name with double quotes, FHIRPath since with backticks.
  if (Peek().kind == Token::Kind::kDelimited || Peek().kind == Token::Kind::kQuoted) {
    std::string name = Unquote(Peek().text);
    if (name.empty()) return Error(what);
    Take();
    return name;
  }
  return Error(what);
}

absl::StatusOr<std::string> TokenReader::QuotedText(std::string_view what) {
  const Token::Kind kind = Peek().kind;
  if (kind == Token::Kind::kQuoted || kind == Token::Kind::kString || kind == Token::Kind::kDelimited) {
    return Unquote(Take().text);
  }
  return Error(what);
}

absl::Status TokenReader::Error(const Token& at, std::string_view expected) const {
  return absl::InvalidArgumentError(absl::StrFormat("%s:%d:%d: found %s, expected %s", std::string(file_), at.at.line,
                                                    at.at.column, Describe(at), std::string(expected)));
}

std::string TokenReader::TakeDocumentation() {
  std::string documentation = next_ > 0 ? std::exchange(tokens_[next_ - 1].trailing, {}) : std::string();
  std::string before = std::exchange(tokens_[next_].documentation, {});
  if (documentation.empty()) return before;
  return before.empty() ? documentation : absl::StrCat(documentation, "\n", before);
}

std::string TokenReader::TakeTrailing() {
  return next_ > 0 ? std::exchange(tokens_[next_ - 1].trailing, {}) : std::string();
}

absl::StatusOr<size_t> TokenReader::Closing(size_t open) const {
  std::string expected;  // the closing brackets of those that are open
  for (size_t i = open; i < tokens_.size(); ++i) {
    if (tokens_[i].kind == Token::Kind::kMetadata) return Error(tokens_[i], "no /// line within brackets");
    if (IsOpening(tokens_[i])) expected += tokens_[i].Is("(") ? ')' : tokens_[i].Is("[") ? ']' : '}';
    if (!IsClosing(tokens_[i])) continue;
    if (tokens_[i].text[0] != expected.back()) break;
    expected.pop_back();
    if (expected.empty()) return i;
  }
  return Error(tokens_[open], "a closing bracket for this one");
}

ExpressionText TokenReader::Cut(size_t first, size_t last) const {
  const size_t begin = tokens_[first].offset;
  return {std::string(text_.substr(begin, tokens_[last].end() - begin)), tokens_[first].at};
}

bool TokenReader::EndsExpression(size_t index, bool stop_at_alias) const {
  const Token& token = tokens_[index];
  if (token.kind == Token::Kind::kEnd || token.kind == Token::Kind::kMetadata) return true;
  if (token.Is("->") || token.Is(",") || token.Is(";") || IsClosing(token)) return true;
  if (index == next_ || tokens_[index - 1].Is(".")) return false;
  if (!EndsOperand(tokens_[index - 1])) return false;
  const bool unit = token.kind == Token::Kind::kString && (tokens_[index - 1].kind == Token::Kind::kInteger ||
                                                           tokens_[index - 1].kind == Token::Kind::kDecimal);
  if (IsLiteral(token)) return !unit;  // a rule's name
  for (const std::string_view word :
       {"then", "check", "log", "where", "first", "last", "not_first", "not_last", "only_one", "share", "single"}) {
    if (token.Is(word)) return true;
  }
  return stop_at_alias && token.Is("as");
}

absl::StatusOr<ExpressionText> TokenReader::Expression(bool stop_at_alias) {
  const size_t first = next_;
  size_t last = first;
  size_t i = first;
  while (!EndsExpression(i, stop_at_alias)) {
    last = i;
    if (IsOpening(tokens_[i])) {
      absl::StatusOr<size_t> closing = Closing(i);
      if (!closing.ok()) return closing.status();
      last = *closing;
    }
    i = last + 1;
  }
  if (i == first) return Error(tokens_[first], "a FHIRPath expression");
  next_ = i;
  const bool wrapped = tokens_[first].Is("(") && *Closing(first) == last;
  if (!wrapped) return Cut(first, last);
  if (last == first + 1) return Error(tokens_[last], "a FHIRPath expression");
  return Cut(first + 1, last - 1);
}

absl::StatusOr<ExpressionText> TokenReader::Argument() {
  const size_t first = next_;
  size_t i = first;
  while (!tokens_[i].Is(",") && !IsClosing(tokens_[i]) && tokens_[i].kind != Token::Kind::kEnd) {
    if (tokens_[i].kind == Token::Kind::kMetadata) return Error(tokens_[i], "no /// line within an expression");
    if (IsOpening(tokens_[i])) {
      absl::StatusOr<size_t> closing = Closing(i);
      if (!closing.ok()) return closing.status();
      i = *closing;
    }
    ++i;
  }
  if (i == first) return Error(tokens_[first], "an argument");
  next_ = i;
  return Cut(first, i - 1);
}

}  // namespace hjerte::structuremap
