#include "mapping/fhirpath/lexer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/utf8.h"

namespace hjerte::fhirpath {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWord(char c) { return IsWordStart(c) || IsDigit(c); }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  absl::StatusOr<std::vector<Token>> Run();

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  bool AtEnd() const { return at_ >= source_.size(); }
  void Advance(size_t count);
  absl::Status Fail(std::string_view message) const { return MakeError(ErrorKind::kSyntax, position_, message); }

  absl::Status SkipBlanks();
  absl::StatusOr<Token> Next();
  Token Word();
  Token Number();
  absl::StatusOr<Token> Calendar();
  absl::StatusOr<std::string> Quoted(char quote);
  absl::Status Escape(std::string& out);
  std::optional<uint32_t> FourHexDigits();
  absl::StatusOr<Token> External();
  absl::StatusOr<Token> Dollar();
  absl::StatusOr<Token> Symbol();
  size_t DateLength() const;
  size_t TimeLength(size_t start) const;
  size_t OffsetLength(size_t start) const;

  std::string_view source_;
  size_t at_ = 0;
  Position position_;
};

void Lexer::Advance(size_t count) {
  for (size_t i = 0; i < count && at_ < source_.size(); ++i, ++at_) {
    if (source_[at_] == '\n') {
      ++position_.line;
      position_.column = 1;
    } else {
      ++position_.column;
    }
  }
}

absl::Status Lexer::SkipBlanks() {
  while (!AtEnd()) {
    if (IsSpace(Peek())) {
      Advance(1);
    } else if (Peek() == '/' && Peek(1) == '/') {
      const size_t end = source_.find('\n', at_);
      Advance((end == std::string_view::npos ? source_.size() : end) - at_);
    } else if (Peek() == '/' && Peek(1) == '*') {
      const size_t end = source_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return Fail("a comment is not closed; expected */");
      Advance(end + 2 - at_);
    } else {
      break;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Token>> Lexer::Run() {
  std::vector<Token> tokens;
  while (true) {
    if (absl::Status status = SkipBlanks(); !status.ok()) return status;
    if (AtEnd()) break;
    const Position start = position_;
    absl::StatusOr<Token> token = Next();
    if (!token.ok()) return token.status();
    token->position = start;
    tokens.push_back(*std::move(token));
  }
  tokens.push_back({TokenKind::kEnd, "", position_});
  return tokens;
}

absl::StatusOr<Token> Lexer::Next() {
  const char c = Peek();
  if (IsWordStart(c)) return Word();
  if (IsDigit(c)) return Number();
  if (c == '@') return Calendar();
  if (c == '%') return External();
  if (c == '$') return Dollar();
  if (c == '\'' || c == '`' || c == '"') {
    absl::StatusOr<std::string> text = Quoted(c);
    if (!text.ok()) return text.status();
    // Double quotes delimited identifiers before 1.3; they read as such still.
    return Token{c == '\'' ? TokenKind::kString : TokenKind::kDelimitedIdentifier, *std::move(text), {}};
  }
  return Symbol();
}

Token Lexer::Word() {
  size_t length = 1;
  while (IsWord(Peek(length))) ++length;
  Token token{TokenKind::kIdentifier, std::string(source_.substr(at_, length)), {}};
  Advance(length);
  return token;
}

Token Lexer::Number() {
  size_t length = 1;
  while (IsDigit(Peek(length))) ++length;
  if (Peek(length) == 'L' && !IsWord(Peek(length + 1))) {
    Token token{TokenKind::kLong, std::string(source_.substr(at_, length)), {}};
    Advance(length + 1);
    return token;
  }
  // A point without a digit behind it begins an invocation: 1.toString().
  if (Peek(length) == '.' && IsDigit(Peek(length + 1))) {
    ++length;
    while (IsDigit(Peek(length))) ++length;
  }
  Token token{TokenKind::kNumber, std::string(source_.substr(at_, length)), {}};
  Advance(length);
  return token;
}

size_t Lexer::DateLength() const {
  size_t length = 0;
  while (length < 4 && IsDigit(Peek(1 + length))) ++length;
  for (int part = 0; part < 2 && length >= 4; ++part) {
    if (Peek(1 + length) != '-' || !IsDigit(Peek(2 + length))) break;
    length += 2;
    while (IsDigit(Peek(1 + length))) ++length;
  }
  return length;
}

size_t Lexer::TimeLength(size_t start) const {
  size_t length = 0;
  while (IsDigit(Peek(start + length)) || (Peek(start + length) == ':' && IsDigit(Peek(start + length + 1)))) ++length;
  if (length > 0 && Peek(start + length) == '.' && IsDigit(Peek(start + length + 1))) {
    ++length;
    while (IsDigit(Peek(start + length))) ++length;
  }
  return length;
}

size_t Lexer::OffsetLength(size_t start) const {
  if (Peek(start) == 'Z') return 1;
  const bool sign = Peek(start) == '+' || Peek(start) == '-';
  if (sign && IsDigit(Peek(start + 1)) && IsDigit(Peek(start + 2)) && Peek(start + 3) == ':') {
    return 4 + (IsDigit(Peek(start + 4)) ? 1 : 0) + (IsDigit(Peek(start + 5)) ? 1 : 0);
  }
  return 0;
}

absl::StatusOr<Token> Lexer::Calendar() {
  Token token;
  size_t length = 1;
  size_t text_start = at_ + 1;
  if (Peek(1) == 'T') {
    const size_t time = TimeLength(2);
    length = 2 + time + (time > 0 ? OffsetLength(2 + time) : 0);
    text_start = at_ + 2;
    token.kind = length > 2 + time ? TokenKind::kTimeWithOffset : TokenKind::kTime;
  } else {
    length = 1 + DateLength();
    token.kind = TokenKind::kDate;
    if (Peek(length) == 'T') {
      ++length;
      const size_t time = TimeLength(length);
      length += time;
      if (time > 0) length += OffsetLength(length);
      token.kind = TokenKind::kDateTime;
    }
  }
  if (text_start >= at_ + length) {
    return Fail("expected a date or time behind @, such as @2015-02-04, @2015-02-04T14:30 or @T14:30");
  }
  token.text = std::string(source_.substr(text_start, at_ + length - text_start));
  Advance(length);
  return token;
}

std::optional<uint32_t> Lexer::FourHexDigits() {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    const char c = Peek(i);
    const bool lower = c >= 'a' && c <= 'f';
    const bool upper = c >= 'A' && c <= 'F';
    if (!IsDigit(c) && !lower && !upper) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(IsDigit(c) ? c - '0' : lower ? c - 'a' + 10 : c - 'A' + 10);
  }
  Advance(4);
  return value;
}

absl::Status Lexer::Escape(std::string& out) {
  constexpr std::string_view kNames = "'\"`\\/frnt";
  constexpr std::string_view kValues = "'\"`\\/\f\r\n\t";
  const size_t found = kNames.find(Peek());
  if (!AtEnd() && found != std::string_view::npos) {
    out.push_back(kValues[found]);
    Advance(1);
    return absl::OkStatus();
  }
  if (Peek() != 'u') return Fail("unknown escape; expected one of \\' \\\" \\` \\\\ \\/ \\f \\r \\n \\t \\uXXXX");
  Advance(1);
  std::optional<uint32_t> code = FourHexDigits();
  if (!code.has_value()) return Fail("expected four hexadecimal digits behind \\u");
  if (*code >= 0xD800 && *code < 0xDC00 && Peek() == '\\' && Peek(1) == 'u') {
    Advance(2);
    const std::optional<uint32_t> low = FourHexDigits();
    if (!low.has_value() || *low < 0xDC00 || *low > 0xDFFF) return Fail("expected the second half of a surrogate pair");
    code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
  }
  if (*code >= 0xD800 && *code <= 0xDFFF) return Fail("half of a surrogate pair; write the whole pair");
  AppendUtf8(*code, out);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Lexer::Quoted(char quote) {
  const Position start = position_;
  std::string text;
  Advance(1);
  while (!AtEnd() && Peek() != quote) {
    if (Peek() != '\\') {
      text.push_back(Peek());
      Advance(1);
      continue;
    }
    Advance(1);
    if (absl::Status status = Escape(text); !status.ok()) return status;
  }
  if (AtEnd()) {
    return MakeError(ErrorKind::kSyntax, start,
                     absl::StrCat("the quote is not closed; expected ", std::string(1, quote)));
  }
  Advance(1);
  return text;
}

absl::StatusOr<Token> Lexer::External() {
  Advance(1);
  Token token{TokenKind::kExternal, "", {}};
  if (Peek() == '`' || Peek() == '\'' || Peek() == '"') {
    absl::StatusOr<std::string> name = Quoted(Peek());
    if (!name.ok()) return name.status();
    token.text = *std::move(name);
    return token;
  }
  if (!IsWordStart(Peek())) return Fail("expected a name behind %, such as %resource or %`vs-name`");
  token.text = Word().text;
  // Names of value sets and extensions hold hyphens and were not always quoted.
  while (token.text.size() >= 2 && (token.text.starts_with("vs") || token.text.starts_with("ext")) && Peek() == '-' &&
         IsWordStart(Peek(1))) {
    Advance(1);
    token.text.append("-").append(Word().text);
  }
  return token;
}

absl::StatusOr<Token> Lexer::Dollar() {
  Advance(1);
  const std::string name = IsWordStart(Peek()) ? Word().text : "";
  if (name != "this" && name != "index" && name != "total") return Fail("expected $this, $index or $total");
  return Token{TokenKind::kDollar, name, {}};
}

absl::StatusOr<Token> Lexer::Symbol() {
  constexpr std::string_view kTwo[] = {"<=", ">=", "!=", "!~"};
  constexpr std::string_view kOne = ".,()[]{}+-*/&|<>=~";
  size_t length = 0;
  if (std::any_of(std::begin(kTwo), std::end(kTwo), [&](auto two) { return source_.substr(at_, 2) == two; }))
    length = 2;
  if (length == 0 && kOne.find(Peek()) != std::string_view::npos && Peek() != '\0') length = 1;
  if (length == 0) return Fail("a character that begins nothing here; expected a path, a literal or an operator");
  Token token{TokenKind::kSymbol, std::string(source_.substr(at_, length)), {}};
  Advance(length);
  return token;
}

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view source) { return Lexer(source).Run(); }

}  // namespace hjerte::fhirpath
