#include "mapping/fhirpath/parser.h"

#include <algorithm>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/lexer.h"

namespace hjerte::fhirpath {

namespace {

constexpr BinaryOperator kOperators[] = {
    {"implies", Operator::kImplies, 1}, {"or", Operator::kOr, 2},
    {"xor", Operator::kXor, 2},         {"and", Operator::kAnd, 3},
    {"in", Operator::kIn, 4},           {"contains", Operator::kContains, 4},
    {"=", Operator::kEqual, 5},         {"!=", Operator::kNotEqual, 5},
    {"~", Operator::kEquivalent, 5},    {"!~", Operator::kNotEquivalent, 5},
    {"<", Operator::kLess, 6},          {"<=", Operator::kLessOrEqual, 6},
    {">", Operator::kGreater, 6},       {">=", Operator::kGreaterOrEqual, 6},
    {"|", Operator::kUnion, 7},         {"is", Operator::kIs, 8},
    {"as", Operator::kAs, 8},           {"+", Operator::kPlus, 9},
    {"-", Operator::kMinus, 9},         {"&", Operator::kConcatenate, 9},
    {"*", Operator::kTimes, 10},        {"/", Operator::kDivide, 10},
    {"div", Operator::kDiv, 10},        {"mod", Operator::kMod, 10},
};
constexpr int kLowest = 1;
constexpr int kTypePrecedence = 8;
constexpr int kUnaryPrecedence = 11;

const BinaryOperator* FindOperator(const Token& token) {
  if (token.kind != TokenKind::kSymbol && token.kind != TokenKind::kIdentifier) return nullptr;
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [&](const BinaryOperator& each) { return each.text == token.text; });
  return found == std::end(kOperators) ? nullptr : found;
}

// The words of the grammar that are no identifiers: `as`, `contains`, `in` and `is` are both.
bool IsReserved(std::string_view word) {
  constexpr std::string_view kWords[] = {"and", "div", "false", "implies", "mod", "or", "true", "xor"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords) || CalendarUnit(word).has_value();
}

class Parser {
 public:
  Parser(std::span<const Token> tokens, json::Arena& arena, int max_depth)
      : tokens_(tokens), arena_(arena), max_depth_(max_depth) {}

  absl::StatusOr<AstPtr> Run();

 private:
  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool IsSymbol(std::string_view text, size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kSymbol && Peek(ahead).text == text;
  }
  bool TakeSymbol(std::string_view text) {
    if (!IsSymbol(text)) return false;
    ++at_;
    return true;
  }
  absl::Status Expected(std::string_view what) const;
  absl::Status CheckIdentifier() const;
  absl::StatusOr<AstPtr> Finish(AstPtr node) const;

  absl::StatusOr<AstPtr> Expression(int lowest);
  absl::StatusOr<AstPtr> Unary();
  absl::StatusOr<AstPtr> Postfix(AstPtr left);
  absl::StatusOr<AstPtr> Term();
  absl::StatusOr<AstPtr> Braces();
  absl::StatusOr<AstPtr> Invocation(AstPtr source);
  absl::Status Arguments(Ast& call);
  absl::StatusOr<AstPtr> TypeTest(AstPtr left, Operator op, Position position);
  absl::StatusOr<AstPtr> NumberLiteral();
  absl::StatusOr<AstPtr> CalendarLiteral();
  AstPtr Make(AstKind kind, const Token& token) const;

  std::span<const Token> tokens_;
  json::Arena& arena_;
  size_t at_ = 0;
  int max_depth_;
  int nesting_ = 0;
  bool minus_before_ = false;  // The number to come is one literal with the minus before it: the least there is.
};

std::string Describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the expression";
    case TokenKind::kString:
      return "a string";
    case TokenKind::kDate:
    case TokenKind::kDateTime:
    case TokenKind::kTime:
    case TokenKind::kTimeWithOffset:
      return "a date or time";
    default:
      return absl::StrCat("'", token.text, "'");
  }
}

absl::Status Parser::Expected(std::string_view what) const {
  return MakeError(ErrorKind::kSyntax, Peek().position,
                   absl::StrCat("expected ", std::string(what), ", found ", Describe(Peek())));
}

absl::Status Parser::CheckIdentifier() const {
  const Token& token = Peek();
  if (token.kind != TokenKind::kIdentifier || !IsReserved(token.text)) return absl::OkStatus();
  return MakeError(ErrorKind::kSyntax, token.position,
                   absl::StrCat(token.text, " is a word of the language; as a name, write it as `", token.text, "`"));
}

AstPtr Parser::Make(AstKind kind, const Token& token) const {
  auto node = std::make_unique<Ast>();
  node->kind = kind;
  node->name = token.text;
  node->position = token.position;
  return node;
}

absl::StatusOr<AstPtr> Parser::Finish(AstPtr node) const {
  int depth = node->source ? node->source->depth : 0;
  for (const AstPtr& argument : node->arguments) depth = std::max(depth, argument->depth);
  node->depth = depth + 1;
  if (node->depth > max_depth_) {
    return MakeError(ErrorKind::kSyntax, node->position,
                     absl::StrCat("nested deeper than ", max_depth_, " levels; split the expression"));
  }
  return node;
}

absl::StatusOr<AstPtr> Parser::Run() {
  absl::StatusOr<AstPtr> root = Expression(kLowest);
  if (!root.ok()) return root.status();
  if (Peek().kind != TokenKind::kEnd) return Expected("an operator or the end of the expression");
  return root;
}

absl::StatusOr<AstPtr> Parser::Expression(int lowest) {
  if (++nesting_ > max_depth_) {
    return MakeError(ErrorKind::kSyntax, Peek().position, "nested too deep; split the expression");
  }
  absl::StatusOr<AstPtr> left = Unary();
  while (left.ok()) {
    const BinaryOperator* found = FindOperator(Peek());
    if (found == nullptr || found->precedence < lowest) break;
    const Token& token = Peek();
    ++at_;
    if (found->precedence == kTypePrecedence) {
      left = TypeTest(*std::move(left), found->op, token.position);
      continue;
    }
    absl::StatusOr<AstPtr> right = Expression(found->precedence + 1);
    if (!right.ok()) return right.status();
    AstPtr node = Make(AstKind::kBinary, token);
    node->op = found->op;
    node->arguments.push_back(*std::move(left));
    node->arguments.push_back(*std::move(right));
    left = Finish(std::move(node));
  }
  --nesting_;
  return left;
}

absl::StatusOr<AstPtr> Parser::TypeTest(AstPtr left, Operator op, Position position) {
  Token token = Peek();
  if (token.kind != TokenKind::kIdentifier && token.kind != TokenKind::kDelimitedIdentifier)
    return Expected("a type name");
  if (absl::Status status = CheckIdentifier(); !status.ok()) return status;
  ++at_;
  while (IsSymbol(".") && (Peek(1).kind == TokenKind::kIdentifier || Peek(1).kind == TokenKind::kDelimitedIdentifier) &&
         !IsSymbol("(", 2)) {
    token.text.append(".").append(Peek(1).text);
    at_ += 2;
  }
  AstPtr node = Make(AstKind::kTypeTest, token);
  node->position = position;
  node->op = op;
  node->arguments.push_back(std::move(left));
  return Finish(std::move(node));
}

absl::StatusOr<AstPtr> Parser::Unary() {
  if (!IsSymbol("-") && !IsSymbol("+")) {
    absl::StatusOr<AstPtr> term = Term();
    if (!term.ok()) return term;
    return Postfix(*std::move(term));
  }
  const Token& sign = Peek();
  ++at_;
  minus_before_ = sign.text == "-" && (Peek().kind == TokenKind::kNumber || Peek().kind == TokenKind::kLong);
  absl::StatusOr<AstPtr> operand = Expression(kUnaryPrecedence);
  if (!operand.ok()) return operand;
  if (std::exchange((*operand)->minus_included, false)) return operand;
  AstPtr node = Make(AstKind::kUnary, sign);
  node->op = sign.text == "-" ? Operator::kMinus : Operator::kPlus;
  node->arguments.push_back(*std::move(operand));
  return Finish(std::move(node));
}

absl::StatusOr<AstPtr> Parser::Postfix(AstPtr left) {
  absl::StatusOr<AstPtr> result = std::move(left);
  while (result.ok()) {
    if (TakeSymbol(".")) {
      result = Invocation(*std::move(result));
    } else if (IsSymbol("[")) {
      AstPtr node = Make(AstKind::kIndexer, Peek());
      ++at_;
      absl::StatusOr<AstPtr> index = Expression(kLowest);
      if (!index.ok()) return index;
      if (!TakeSymbol("]")) return Expected("]");
      node->source = *std::move(result);
      node->arguments.push_back(*std::move(index));
      result = Finish(std::move(node));
    } else {
      break;
    }
  }
  return result;
}

absl::StatusOr<AstPtr> Parser::Invocation(AstPtr source) {
  const Token& token = Peek();
  // Appendix B lets $this stand behind a point, where it is what stands before it.
  if (token.kind == TokenKind::kDollar && token.text == "this" && source != nullptr) {
    ++at_;
    return source;
  }
  const bool wildcard = source != nullptr && token.kind == TokenKind::kSymbol && token.text == "*";
  if (token.kind != TokenKind::kIdentifier && token.kind != TokenKind::kDelimitedIdentifier && !wildcard) {
    return Expected("a member or a function");
  }
  if (absl::Status status = CheckIdentifier(); !status.ok()) return status;
  ++at_;
  const bool is_call = !wildcard && IsSymbol("(");
  AstPtr node = Make(is_call || wildcard ? AstKind::kCall : AstKind::kMember, token);
  if (wildcard) node->name = "children";
  node->source = std::move(source);
  if (is_call) {
    if (absl::Status status = Arguments(*node); !status.ok()) return status;
  }
  return Finish(std::move(node));
}

absl::Status Parser::Arguments(Ast& call) {
  ++at_;
  if (TakeSymbol(")")) return absl::OkStatus();
  while (true) {
    absl::StatusOr<AstPtr> argument = Expression(kLowest);
    if (!argument.ok()) return argument.status();
    const bool sorts = call.name == "sort";
    if (sorts && (*argument)->kind == AstKind::kUnary && (*argument)->op == Operator::kMinus) {
      // A minus before a sort key turns the order, also for keys that no minus applies to.
      AstPtr key = std::move((*argument)->arguments.front());
      key->descending = true;
      argument = std::move(key);
    }
    if (sorts && Peek().kind == TokenKind::kIdentifier && (Peek().text == "asc" || Peek().text == "desc")) {
      (*argument)->descending = Peek().text == "desc";
      ++at_;
    }
    call.arguments.push_back(*std::move(argument));
    if (TakeSymbol(")")) return absl::OkStatus();
    if (!TakeSymbol(",")) return Expected(", or )");
  }
}

absl::StatusOr<AstPtr> Parser::Braces() {
  AstPtr node = Make(AstKind::kEmpty, Peek());
  ++at_;
  if (!TakeSymbol("}")) return Expected("} (the empty collection is written {})");
  return node;
}

absl::StatusOr<AstPtr> Parser::Term() {
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kNumber:
    case TokenKind::kLong:
      return NumberLiteral();
    case TokenKind::kDate:
    case TokenKind::kDateTime:
    case TokenKind::kTime:
    case TokenKind::kTimeWithOffset:
      return CalendarLiteral();
    case TokenKind::kString: {
      AstPtr node = Make(AstKind::kLiteral, token);
      node->literal = Item::String(arena_.CopyText(token.text));
      ++at_;
      return node;
    }
    case TokenKind::kExternal:
      ++at_;
      return Make(AstKind::kExternal, token);
    case TokenKind::kDollar:
      ++at_;
      return Make(token.text == "this"    ? AstKind::kThis
                  : token.text == "index" ? AstKind::kIndex
                                          : AstKind::kTotal,
                  token);
    case TokenKind::kIdentifier:
      if (token.text == "true" || token.text == "false") {
        AstPtr node = Make(AstKind::kLiteral, token);
        node->literal = Item::Boolean(token.text == "true");
        ++at_;
        return node;
      }
      return Invocation(nullptr);
    case TokenKind::kDelimitedIdentifier:
      return Invocation(nullptr);
    default:
      break;
  }
  if (IsSymbol("{")) return Braces();
  if (!TakeSymbol("(")) return Expected("a path, a literal, a function or (");
  absl::StatusOr<AstPtr> inner = Expression(kLowest);
  if (inner.ok() && !TakeSymbol(")")) return Expected(")");
  return inner;
}

absl::StatusOr<AstPtr> Parser::NumberLiteral() {
  const Token& token = Peek();
  const bool signed_down = std::exchange(minus_before_, false);
  AstPtr node = Make(AstKind::kLiteral, token);
  ++at_;
  const std::optional<Decimal> value = Decimal::Parse(token.text);
  if (!value.has_value()) return MakeError(ErrorKind::kSyntax, token.position, "a number of more than 38 digits");
  const bool has_word_unit = Peek().kind == TokenKind::kIdentifier && CalendarUnit(Peek().text).has_value();
  if (token.kind == TokenKind::kNumber && (has_word_unit || Peek().kind == TokenKind::kString)) {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the arena owns it
    auto* quantity =
        new (arena_.Allocate(sizeof(Quantity))) Quantity{*value, arena_.CopyText(Peek().text), has_word_unit};
    node->literal = Item::QuantityOf(quantity);
    ++at_;
    return node;
  }
  const std::optional<int64_t> integer = value->ToInt64();
  const bool whole = token.text.find('.') == std::string::npos;
  if (token.kind == TokenKind::kLong) {
    const bool least = signed_down && *value == Decimal(INT64_MIN).Negated();
    if (!integer.has_value() && !least) {
      return MakeError(ErrorKind::kSyntax, token.position, "a Long has at most 64 bits");
    }
    node->literal = Item::Long(least ? INT64_MIN : *integer);
    node->minus_included = least;
  } else if (whole && integer.has_value() && *integer <= int64_t{INT32_MAX} + (signed_down ? 1 : 0)) {
    node->literal = Item::Integer(*integer);
  } else if (whole) {
    return MakeError(ErrorKind::kSyntax, token.position,
                     "an Integer has at most 32 bits; write 3000000000L or 3000000000.0");
  } else {
    node->literal = Item::Number(*value);
  }
  return node;
}

absl::StatusOr<AstPtr> Parser::CalendarLiteral() {
  const Token& token = Peek();
  AstPtr node = Make(AstKind::kLiteral, token);
  ++at_;
  std::optional<Temporal> value;
  if (token.kind == TokenKind::kDate) {
    value = Temporal::ParseDate(token.text);
    if (value.has_value()) node->literal = Item::Date(*value);
  } else if (token.kind == TokenKind::kDateTime) {
    value = Temporal::ParseDateTime(token.text);
    if (value.has_value()) node->literal = Item::DateTime(*value);
  } else {
    const size_t time_end = std::min(token.text.find_first_of("Z+-"), token.text.size());
    value = Temporal::ParseTime(std::string_view(token.text).substr(0, time_end));
    node->time_with_offset = token.kind == TokenKind::kTimeWithOffset;
    if (value.has_value()) node->literal = Item::Time(*value);
  }
  if (value.has_value()) return node;
  return MakeError(
      ErrorKind::kSyntax, token.position,
      "no date or time of the calendar; expected YYYY-MM-DDThh:mm:ss.fff(+hh:mm), or the first parts of it");
}

}  // namespace

absl::StatusOr<AstPtr> ParseExpression(std::string_view source, json::Arena& arena, int max_depth) {
  absl::StatusOr<std::vector<Token>> tokens = Tokenize(source);
  if (!tokens.ok()) return tokens.status();
  return Parser(*tokens, arena, max_depth).Run();
}

std::span<const BinaryOperator> BinaryOperators() { return kOperators; }

std::optional<TimeUnit> CalendarUnit(std::string_view word) {
  constexpr std::string_view kWords[] = {"year", "month", "week", "day", "hour", "minute", "second", "millisecond"};
  if (word.ends_with('s')) word.remove_suffix(1);
  for (size_t i = 0; i < std::size(kWords); ++i) {
    if (word == kWords[i]) return static_cast<TimeUnit>(i);
  }
  return std::nullopt;
}

}  // namespace hjerte::fhirpath
