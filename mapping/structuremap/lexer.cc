#include "mapping/structuremap/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/fhirpath/utf8.h"

namespace hjerte::structuremap {
namespace {

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

// How long the white space of Unicode beyond ASCII is that the text begins with; 0 when it begins with none.
size_t WideSpace(std::string_view text) {
  for (const std::string_view space : {"\xC2\xA0", "\xC2\x85", "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9",
                                       "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"}) {
    if (text.starts_with(space)) return space.size();
  }
  // U+2000 to U+200A
  const bool quad = text.starts_with("\xE2\x80") && text.size() > 2 && static_cast<unsigned char>(text[2]) <= 0x8A;
  return quad ? 3 : 0;
}

// Where a line of the text ends that has no line feed before `from`.
size_t LineEnd(std::string_view text, size_t from) {
  size_t end = std::min(text.find_first_of("\r\n", from), text.size());
  for (const std::string_view separator : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    end = std::min(end, text.substr(0, end).find(separator, from));
  }
  return end;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Adds one comment line to what is collected for the next token.
void AddLine(std::string& documentation, std::string_view line) {
  if (!documentation.empty()) documentation += '\n';
  documentation += Trim(line);
}

std::optional<uint32_t> Hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

// Resolves a \u escape at text[at] (the character after the u); returns how many characters it took, 0 if it is none.
size_t UnescapeUnicode(std::string_view text, size_t at, std::string& out) {
  const std::optional<uint32_t> unit = Hex4(text.substr(at));
  if (!unit.has_value()) return 0;
  if (*unit >= 0xD800 && *unit < 0xDC00 && text.substr(at + 4, 2) == "\\u") {
    const std::optional<uint32_t> low = Hex4(text.substr(at + 6));
    if (low.has_value() && *low >= 0xDC00 && *low < 0xE000) {
      fhirpath::AppendUtf8(0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00), out);
      return 10;
    }
  }
  fhirpath::AppendUtf8(*unit >= 0xD800 && *unit < 0xE000 ? 0xFFFD : *unit, out);
  return 4;
}

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  absl::StatusOr<std::vector<Token>> Run() {
    if (absl::Status status = CheckEncoding(); !status.ok()) return status;
    if (text_.starts_with("\xEF\xBB\xBF")) pos_ = line_start_ = 3;
    while (true) {
      if (absl::Status status = SkipTrivia(); !status.ok()) return status;
      if (pos_ >= text_.size()) break;
      absl::StatusOr<Token::Kind> kind = Scan();
      if (!kind.ok()) return kind.status();
    }
    Begin();
    Emit(Token::Kind::kEnd, pos_);
    return std::move(tokens_);
  }

 private:
  // What is not UTF-8 could not stand in the map's JSON form.
  absl::Status CheckEncoding() const {
    const size_t valid = fhirpath::ValidUtf8Bytes(text_);
    if (valid == text_.size()) return absl::OkStatus();
    Lexer there(text_.substr(0, valid), file_);
    there.Advance(valid);
    return Error(there.Here(), "a byte that is no UTF-8; expected the map to be saved as UTF-8");
  }

  char Peek(size_t ahead = 0) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }
  bool At(std::string_view word) const { return text_.substr(pos_, word.size()) == word; }

  void Advance(size_t count) {
    for (const size_t end = std::min(text_.size(), pos_ + count); pos_ < end; ++pos_) {
      const bool return_alone = text_[pos_] == '\r' && !text_.substr(pos_ + 1).starts_with('\n');
      if (text_[pos_] == '\n' || return_alone) {
        ++line_;
        line_start_ = pos_ + 1;
      }
    }
  }

  Position Here() const { return {line_, static_cast<uint32_t>(pos_ - line_start_ + 1)}; }
  void Begin() { begin_ = Here(); }

  absl::Status Error(Position at, std::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s:%d:%d: %s", std::string(file_), at.line, at.column, std::string(what)));
  }

  Token::Kind Emit(Token::Kind kind, size_t end) {
    Token token;
    token.kind = kind;
    token.offset = pos_;
    token.at = begin_;
    token.text = text_.substr(pos_, end - pos_);
    token.documentation = std::exchange(comments_, {});
    Advance(end - pos_);
    tokens_.push_back(std::move(token));
    token_line_ = line_;
    return kind;
  }

  void TakeComment(std::string_view body, uint32_t line) {
    const bool trailing = !tokens_.empty() && line == token_line_ && comments_.empty();
    std::string& out = trailing ? tokens_.back().trailing : comments_;
    do {
      std::string_view one = Trim(TakeLine(body));
      while (one.starts_with('*')) one.remove_prefix(1);
      if (!Trim(one).empty() || !out.empty()) AddLine(out, one);
    } while (!body.empty());
    while (out.ends_with('\n')) out.pop_back();
  }

  absl::Status SkipTrivia() {
    while (pos_ < text_.size()) {
      if (IsSpace(Peek())) {
        Advance(1);
      } else if (At("/*")) {
        const size_t end = text_.find("*/", pos_ + 2);
        if (end == std::string_view::npos) return Error(Here(), "a comment begins here; expected */ at its end");
        const uint32_t line = line_;
        const std::string_view body = text_.substr(pos_ + 2, end - pos_ - 2);
        Advance(end + 2 - pos_);
        TakeComment(body, line);
      } else if (At("//") && MetadataEnd() == 0) {
        const size_t end = LineEnd(text_, pos_);
        TakeComment(text_.substr(pos_ + 2, end - pos_ - 2), line_);
        Advance(end - pos_);
      } else if (const size_t space = WideSpace(text_.substr(pos_)); space > 0) {
        Advance(space);
      } else {
        return absl::OkStatus();
      }
    }
    return absl::OkStatus();
  }

  // Where a `/// path = value` line that begins here ends; 0 when there is none.
  size_t MetadataEnd() const {
    if (!At("///") || Peek(3) == '/') return 0;
    size_t end = LineEnd(text_, pos_);
    std::string_view line = text_.substr(pos_ + 3, end - pos_ - 3);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return 0;
    const std::string_view path = Trim(line.substr(0, equals));
    if (path.empty() || !IsLetter(path.front())) return 0;
    for (const char c : path) {
      if (!IsLetter(c) && !IsDigit(c) && c != '.') return 0;
    }
    if (Trim(line.substr(equals + 1)).starts_with("\"\"\"")) {
      const size_t open = text_.find("\"\"\"", pos_);
      const size_t close = text_.find("\"\"\"", open + 3);
      if (close == std::string_view::npos) return 0;
      end = close + 3;
    }
    return end;
  }

  absl::StatusOr<Token::Kind> Scan() {
    Begin();
    const char c = Peek();
    if (At("///")) return Emit(Token::Kind::kMetadata, MetadataEnd());
    if (IsLetter(c)) {
      size_t end = pos_ + 1;
      while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]))) ++end;
      return Emit(Token::Kind::kIdentifier, end);
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)) && BeginsValue())) return ScanNumber();
    if (c == '\'' || c == '"' || c == '`') return ScanQuoted(c);
    if (c == '@') return ScanDateTime();
    for (const std::string_view symbol : {"->", "..", "==", "!=", "!~", "<=", ">="}) {
      if (At(symbol)) return Emit(Token::Kind::kSymbol, pos_ + symbol.size());
    }
    if (std::string_view("(){}[]<>,;:=.-+*/|&~%$!#").find(c) != std::string_view::npos) {
      return Emit(Token::Kind::kSymbol, pos_ + 1);
    }
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
      return Error(begin_, "a character that cannot stand here; expected a name, a keyword or a quoted text");
    }
    return Error(begin_, absl::StrCat("'", std::string(1, c), "' cannot stand here; expected a name or a keyword"));
  }

  // Whether what stands before asks for a value, so that .5 is a number and no step of a path.
  bool BeginsValue() const {
    if (tokens_.empty() || tokens_.back().kind != Token::Kind::kSymbol) return false;
    return std::string_view("=(,+-").find(tokens_.back().text) != std::string_view::npos;
  }

  Token::Kind ScanNumber() {
    size_t end = pos_;
    while (end < text_.size() && IsDigit(text_[end])) ++end;
    const bool decimal = end + 1 < text_.size() && text_[end] == '.' && IsDigit(text_[end + 1]);
    if (decimal) {
      ++end;
      while (end < text_.size() && IsDigit(text_[end])) ++end;
    }
    return Emit(decimal ? Token::Kind::kDecimal : Token::Kind::kInteger, end);
  }

  absl::StatusOr<Token::Kind> ScanQuoted(char quote) {
    size_t end = pos_ + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) {
      return Error(begin_, absl::StrCat("a text begins here; expected ", std::string(1, quote), " at its end"));
    }
    const Token::Kind kind = quote == '\''  ? Token::Kind::kString
                             : quote == '"' ? Token::Kind::kQuoted
                                            : Token::Kind::kDelimited;
    return Emit(kind, end + 1);
  }

  absl::StatusOr<Token::Kind> ScanDateTime() {
    size_t end = pos_ + 1;
    const size_t digits = end < text_.size() && text_[end] == 'T' ? end + 1 : end;
    if (digits >= text_.size() || !IsDigit(text_[digits])) {
      return Error(begin_, "a date or a time begins here; expected its digits, as in @2026-01-31 or @T08:30");
    }
    const auto part = [&](size_t at) {
      const char c = at < text_.size() ? text_[at] : '\0';
      if (IsDigit(c) || c == ':' || c == 'T' || c == 'Z') return true;
      // A sign, and the point of a fraction, belong to the literal only when digits follow.
      const bool digit_after = at + 1 < text_.size() && IsDigit(text_[at + 1]);
      return (c == '-' || c == '+' || c == '.') && digit_after;
    };
    while (part(end)) ++end;
    return Emit(Token::Kind::kDateTime, end);
  }

  std::string_view text_;
  std::string_view file_;
  size_t pos_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  uint32_t token_line_ = 0;
  Position begin_;
  std::string comments_;
  std::vector<Token> tokens_;
};

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view text, std::string_view file) {
  return Lexer(text, file).Run();
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = LineEnd(text, 0);
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.empty()) return line;
  const size_t wide = WideSpace(text);
  text.remove_prefix(wide > 0 ? wide : text.starts_with("\r\n") ? 2 : 1);
  return line;
}

std::string Unquote(std::string_view quoted) {
  if (quoted.size() < 2) return std::string(quoted);
  const std::string_view body = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\' || i + 1 >= body.size()) {
      out += body[i];
      continue;
    }
    const char c = body[++i];
    static constexpr std::string_view kFrom = "'\"`\\/fnrt";
    static constexpr std::string_view kTo = "'\"`\\/\f\n\r\t";
    const size_t known = kFrom.find(c);
    if (known != std::string_view::npos) {
      out += kTo[known];
    } else if (const size_t taken = c == 'u' ? UnescapeUnicode(body, i + 1, out) : 0; taken > 0) {
      i += taken;
    } else {
      out += '\\';
      out += c;
    }
  }
  return out;
}

bool IsWord(std::string_view text) {
  if (text.empty() || text == "true" || text == "false") return false;
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
         });
}

std::string Quote(std::string_view value, char quote) {
  std::string out(1, quote);
  for (const char c : value) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        if (c == quote) out += '\\';
        out += c;
    }
  }
  out += quote;
  return out;
}

}  // namespace hjerte::structuremap
