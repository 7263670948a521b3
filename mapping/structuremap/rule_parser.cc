#include "mapping/structuremap/rule_parser.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hjerte::structuremap {
namespace {

class RuleParser {
 public:
  RuleParser(TokenReader& reader, const ParseLimits& limits, int depth)
      : reader_(reader), limits_(limits), depth_(depth) {}

  absl::Status Rules(std::vector<Rule>& rules) {
    if (depth_ > limits_.max_nesting) {
      return reader_.Error(absl::StrCat("rules nested at most ", limits_.max_nesting, " deep"));
    }
    while (!reader_.Skip("}")) {
      if (reader_.Peek().kind == Token::Kind::kMetadata) {
        reader_.Take();
        continue;
      }
      if (absl::Status status = OneRule(rules); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status OneRule(std::vector<Rule>& rules) {
    Rule rule;
    reader_.TakeTrailing();
    rule.documentation = reader_.TakeDocumentation();
    rule.at = reader_.Peek().at;
    do {
      absl::StatusOr<Source> source = OneSource();
      if (!source.ok()) return source.status();
      rule.sources.push_back(*std::move(source));
    } while (reader_.Skip(","));
    if (reader_.Skip("->") && !reader_.At("then") && !reader_.At(";")) {
      if (IsBatch(rule)) return Batch(std::move(rule), rules);
      do {
        absl::StatusOr<Target> target = OneTarget();
        if (!target.ok()) return target.status();
        rule.targets.push_back(*std::move(target));
      } while (reader_.Skip(","));
    }
    if (absl::Status status = Then(rule); !status.ok()) return status;
    const Token::Kind kind = reader_.Peek().kind;
    if (kind == Token::Kind::kQuoted || kind == Token::Kind::kString || kind == Token::Kind::kDelimited) {
      rule.name = Unquote(reader_.Take().text);
    } else if (kind == Token::Kind::kIdentifier) {
      rule.name = reader_.Take().text;
    }
    if (!reader_.At(";")) return reader_.Error(ExpectedAfter(rule));
    reader_.Take();
    AddDocumentation(rule, reader_.TakeTrailing());
    MarkSimpleCopy(rule);
    rules.push_back(std::move(rule));
    return absl::OkStatus();
  }

  static std::string ExpectedAfter(const Rule& rule) {
    if (!rule.rules.empty() || !rule.dependents.empty()) return "a rule's name in quotes, or ';'";
    if (rule.targets.empty()) return "'->', 'then', ',', where, check, log, a rule's name in quotes, or ';'";
    return "'then', ',', 'as', a list mode, a rule's name in quotes, or ';'";
  }

  static void AddDocumentation(Rule& rule, const std::string& comment) {
    if (comment.empty()) return;
    rule.documentation = rule.documentation.empty() ? comment : absl::StrCat(rule.documentation, "\n", comment);
  }

  // `src.a -> tgt.a;`: both ends get the variable the published engines give them.
  static void MarkSimpleCopy(Rule& rule) {
    if (rule.sources.size() != 1 || rule.targets.size() != 1 || !rule.rules.empty() || !rule.dependents.empty()) return;
    Source& source = rule.sources[0];
    Target& target = rule.targets[0];
    if (!source.variable.empty() || source.element.empty() || target.element.empty() || !target.variable.empty() ||
        target.transform != Transform::kNone) {
      return;
    }
    source.variable = kSimpleVariable;
    target.variable = kSimpleVariable;
    target.transform = Transform::kCreate;
  }

  // `src -> tgt: a, b, c;`: one simple copy for each name.
  bool IsBatch(const Rule& rule) const {
    return rule.sources.size() == 1 && rule.sources[0].element.empty() && reader_.Peek(1).Is(":");
  }

  absl::Status Batch(Rule rule, std::vector<Rule>& rules) {
    absl::StatusOr<std::string> context = reader_.Name("a target variable");
    if (!context.ok()) return context.status();
    reader_.Take();
    do {
      Rule one = rule;
      const Position at = reader_.Peek().at;
      absl::StatusOr<std::string> element = reader_.Name("the name of an element");
      if (!element.ok()) return element.status();
      one.at = at;
      one.sources[0].element = {*element};
      Target target;
      target.context = *context;
      target.element = {*element};
      target.at = at;
      one.targets.push_back(std::move(target));
      MarkSimpleCopy(one);
      rules.push_back(std::move(one));
      rule.documentation.clear();
    } while (reader_.Skip(","));
    return reader_.Expect(";");
  }

  absl::Status Path(std::vector<std::string>& path) {
    while (reader_.Skip(".")) {
      absl::StatusOr<std::string> name = reader_.Name("the name of an element");
      if (!name.ok()) return name.status();
      // The choice suffix of a model's path means the element itself.
      if (reader_.At("[") && reader_.Peek(1).Is("x") && reader_.Peek(2).Is("]")) {
        for (int i = 0; i < 3; ++i) reader_.Take();
      }
      path.push_back(*std::move(name));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Source> OneSource() {
    Source source;
    source.at = reader_.Peek().at;
    absl::StatusOr<std::string> context = reader_.Name("a rule that begins with a source variable, or '}'");
    if (!context.ok()) return context.status();
    source.context = *std::move(context);
    if (absl::Status status = Path(source.element); !status.ok()) return status;
    if (reader_.Skip(":")) {
      absl::StatusOr<std::string> type = ParseTypeName(reader_);
      if (!type.ok()) return type.status();
      source.type = *std::move(type);
    }
    if (absl::Status status = Cardinality(source); !status.ok()) return status;
    if (reader_.Skip("default")) {
      absl::Status status = TakeExpression(source.default_value, /*stop_at_alias=*/true);
      if (!status.ok()) return status;
    }
    SourceListMode(source);
    if (reader_.Skip("as")) {
      absl::StatusOr<std::string> variable = reader_.Name("a variable's name");
      if (!variable.ok()) return variable.status();
      source.variable = *std::move(variable);
      SourceListMode(source);  // written behind the alias by some authors
    }
    return Conditions(std::move(source));
  }

  void SourceListMode(Source& source) {
    if (reader_.Peek().kind != Token::Kind::kIdentifier) return;
    const auto mode = ParseSourceListMode(std::string(reader_.Peek().text));
    if (!mode.has_value()) return;
    source.list_mode = *mode;
    reader_.Take();
  }

  absl::StatusOr<Source> Conditions(Source source) {
    for (const auto& [word, slot] : {std::pair<const char*, std::optional<ExpressionText>*>{"where", &source.condition},
                                     {"check", &source.check},
                                     {"log", &source.log_message}}) {
      if (!reader_.Skip(word)) continue;
      if (absl::Status status = TakeExpression(*slot, /*stop_at_alias=*/false); !status.ok()) return status;
    }
    return source;
  }

  absl::Status Cardinality(Source& source) {
    if (reader_.Peek().kind != Token::Kind::kInteger) return absl::OkStatus();
    const std::string_view text = reader_.Peek().text;
    uint32_t min = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), min).ec != std::errc()) {
      return reader_.Error("a smaller number of repetitions");
    }
    reader_.Take();
    source.min = min;
    if (absl::Status status = reader_.Expect(".."); !status.ok()) return status;
    const Token& max = reader_.Peek();
    if (max.kind != Token::Kind::kInteger && !max.Is("*")) return reader_.Error("a number or * after ..");
    if (max.text.size() > 9) return reader_.Error("a smaller number of repetitions");
    source.max = std::string(reader_.Take().text);
    return absl::OkStatus();
  }

  absl::Status TakeExpression(std::optional<ExpressionText>& out, bool stop_at_alias) {
    absl::StatusOr<ExpressionText> expression = reader_.Expression(stop_at_alias);
    if (!expression.ok()) return expression.status();
    out = *std::move(expression);
    return absl::OkStatus();
  }

  absl::StatusOr<Target> OneTarget() {
    Target target;
    target.at = reader_.Peek().at;
    if (reader_.At("(")) {
      if (absl::Status status = Evaluate(target); !status.ok()) return status;
    } else if (reader_.Peek(1).Is("(") && reader_.Peek().kind == Token::Kind::kIdentifier) {
      if (absl::Status status = Call(target); !status.ok()) return status;
    } else {
      absl::StatusOr<std::string> context = reader_.Name("a target variable or a transform");
      if (!context.ok()) return context.status();
      target.context = *std::move(context);
      if (absl::Status status = Path(target.element); !status.ok()) return status;
      if (reader_.Skip("=")) {
        if (absl::Status status = Value(target); !status.ok()) return status;
      }
    }
    if (reader_.Skip("as")) {
      absl::StatusOr<std::string> variable = reader_.Name("a variable's name");
      if (!variable.ok()) return variable.status();
      target.variable = *std::move(variable);
    }
    if (absl::Status status = ListModes(target); !status.ok()) return status;
    return target;
  }

  absl::Status ListModes(Target& target) {
    while (reader_.Peek().kind == Token::Kind::kIdentifier) {
      const auto mode = ParseTargetListMode(std::string(reader_.Peek().text));
      if (!mode.has_value()) break;
      reader_.Take();
      target.list_modes.push_back(*mode);
      const bool named = *mode == Target::ListMode::kShare && reader_.Peek().kind == Token::Kind::kIdentifier &&
                         !reader_.At("then") && !ParseTargetListMode(std::string(reader_.Peek().text)).has_value();
      if (named) target.list_rule_id = std::string(reader_.Take().text);
    }
    return absl::OkStatus();
  }

  absl::Status Value(Target& target) {
    if (reader_.At("(")) return Evaluate(target);
    if (reader_.Peek().kind == Token::Kind::kIdentifier && reader_.Peek(1).Is("(")) return Call(target);
    in_call_ = false;
    absl::StatusOr<Parameter> parameter = OneParameter();
    in_call_ = true;
    if (!parameter.ok()) return parameter.status();
    const bool expression = parameter->kind == Parameter::Kind::kExpression;
    target.transform = expression ? Transform::kEvaluate : Transform::kCopy;
    target.parameters.push_back(*std::move(parameter));
    return absl::OkStatus();
  }

  absl::Status Evaluate(Target& target) {
    target.transform = Transform::kEvaluate;
    reader_.Take();
    absl::StatusOr<ExpressionText> expression = reader_.Argument();
    if (!expression.ok()) return expression.status();
    target.parameters.push_back({Parameter::Kind::kExpression, std::move(expression->text), expression->at});
    return reader_.Expect(")");
  }

  absl::Status Call(Target& target) {
    const std::optional<Transform> transform = ParseTransform(std::string(reader_.Peek().text));
    if (!transform.has_value()) {
      return reader_.Error(
          "a transform: create, copy, truncate, escape, cast, append, translate, reference, dateOp, uuid, pointer, "
          "evaluate, cc, c, qty, id or cp");
    }
    target.transform = *transform;
    reader_.Take();
    reader_.Take();
    if (reader_.Skip(")")) return absl::OkStatus();
    do {
      const bool expression = *transform == Transform::kEvaluate && !target.parameters.empty() &&
                              reader_.Peek().kind != Token::Kind::kQuoted;
      absl::StatusOr<Parameter> parameter = expression ? ExpressionParameter() : OneParameter();
      if (!parameter.ok()) return parameter.status();
      // Some authors put evaluate's expression in double quotes.
      const bool quoted = *transform == Transform::kEvaluate && !target.parameters.empty();
      if (quoted) parameter->kind = Parameter::Kind::kExpression;
      target.parameters.push_back(*std::move(parameter));
    } while (reader_.Skip(","));
    return reader_.Expect(")");
  }

  absl::StatusOr<Parameter> ExpressionParameter() {
    absl::StatusOr<ExpressionText> expression = in_call_ ? reader_.Argument() : reader_.Expression(true);
    if (!expression.ok()) return expression.status();
    return Parameter{Parameter::Kind::kExpression, std::move(expression->text), expression->at};
  }

  // Whether the argument is `tokens` tokens long, so that what follows does not make it an expression.
  bool ArgumentEndsAfter(size_t tokens) const {
    const Token& after = reader_.Peek(tokens);
    if (after.kind != Token::Kind::kSymbol) return after.kind != Token::Kind::kDateTime;
    return after.Is(",") || after.Is(")") || after.Is(";");
  }

  absl::StatusOr<Parameter> OneParameter() {
    const Token& token = reader_.Peek();
    Parameter parameter;
    parameter.at = token.at;
    const bool negative = token.Is("-") || token.Is("+");
    const Token& literal = negative ? reader_.Peek(1) : token;
    const size_t length = negative ? 2 : 1;
    if (literal.kind == Token::Kind::kInteger || literal.kind == Token::Kind::kDecimal) {
      return Number(std::move(parameter), length);
    }
    if (token.kind == Token::Kind::kIdentifier || token.kind == Token::Kind::kDelimited) return IdOrPath();
    if (token.Is("(") || token.Is("%") || !ArgumentEndsAfter(1)) return ExpressionParameter();
    switch (token.kind) {
      case Token::Kind::kString:
      case Token::Kind::kQuoted:
        parameter.text = Unquote(reader_.Take().text);
        return parameter;
      case Token::Kind::kDateTime:
        parameter.text = std::string(reader_.Take().text.substr(1));
        parameter.kind = parameter.text.starts_with('T')                 ? Parameter::Kind::kTime
                         : parameter.text.find('T') != std::string::npos ? Parameter::Kind::kDateTime
                                                                         : Parameter::Kind::kDate;
        if (parameter.kind == Parameter::Kind::kTime) parameter.text.erase(0, 1);
        return parameter;
      default:
        return reader_.Error("a value: a text, a number, a date, true, false, a variable or (fhirpath)");
    }
  }

  static bool IsCalendarUnit(const Token& token) {
    for (const std::string_view unit : {"year", "month", "week", "day", "hour", "minute", "second", "millisecond"}) {
      if (token.Is(unit) || (token.text.ends_with('s') && token.Is(std::string(unit) + "s"))) return true;
    }
    return false;
  }

  absl::StatusOr<Parameter> Number(Parameter parameter, size_t length) {
    const Token& number = reader_.Peek(length - 1);
    const Token& unit = reader_.Peek(length);
    const bool quantity = unit.kind == Token::Kind::kString || IsCalendarUnit(unit);
    const bool is_long = number.kind == Token::Kind::kInteger && unit.Is("L") && unit.offset == number.end();
    if (!ArgumentEndsAfter(quantity || is_long ? length + 1 : length)) return ExpressionParameter();
    parameter.text = length == 2 && reader_.At("-") ? "-" : "";
    if (number.text.starts_with('.')) parameter.text += '0';
    if (length == 2) reader_.Take();
    parameter.kind =
        reader_.Peek().kind == Token::Kind::kInteger ? Parameter::Kind::kInteger : Parameter::Kind::kDecimal;
    parameter.text += reader_.Take().text;
    if (is_long) reader_.Take();
    if (quantity) {
      parameter.kind = Parameter::Kind::kQuantity;
      absl::StrAppend(&parameter.text, " ", std::string(reader_.Take().text));
    }
    return parameter;
  }

  // A variable, a boolean, a path from a variable, or (when more follows) an expression.
  absl::StatusOr<Parameter> IdOrPath() {
    size_t length = 1;
    const auto name_at = [&](size_t at) {
      return reader_.Peek(at).kind == Token::Kind::kIdentifier || reader_.Peek(at).kind == Token::Kind::kDelimited;
    };
    while (reader_.Peek(length).Is(".") && name_at(length + 1)) length += 2;
    if (!ArgumentEndsAfter(length)) return ExpressionParameter();
    Parameter parameter;
    parameter.at = reader_.Peek().at;
    parameter.kind = reader_.At("true") || reader_.At("false") ? Parameter::Kind::kBoolean : Parameter::Kind::kId;
    for (size_t i = 0; i < length; ++i) parameter.text += reader_.Take().text;
    return parameter;
  }

  absl::Status Then(Rule& rule) {
    if (!reader_.Skip("then")) return absl::OkStatus();
    if (!reader_.At("{")) {
      do {
        if (reader_.At("{")) break;
        absl::StatusOr<Dependent> dependent = OneDependent();
        if (!dependent.ok()) return dependent.status();
        rule.dependents.push_back(*std::move(dependent));
      } while (reader_.Skip(","));
    }
    if (!reader_.Skip("{")) return absl::OkStatus();
    AddDocumentation(rule, reader_.TakeTrailing());
    return RuleParser(reader_, limits_, depth_ + 1).Rules(rule.rules);
  }

  absl::StatusOr<Dependent> OneDependent() {
    Dependent dependent;
    dependent.at = reader_.Peek().at;
    absl::StatusOr<std::string> name = reader_.Name("a group's name or '{'");
    if (!name.ok()) return name.status();
    dependent.name = *std::move(name);
    if (absl::Status status = reader_.Expect("("); !status.ok()) return status;
    if (reader_.Skip(")")) return dependent;
    do {
      absl::StatusOr<Parameter> parameter = OneParameter();
      if (!parameter.ok()) return parameter.status();
      dependent.parameters.push_back(*std::move(parameter));
    } while (reader_.Skip(","));
    if (absl::Status status = reader_.Expect(")"); !status.ok()) return status;
    return dependent;
  }

  TokenReader& reader_;
  const ParseLimits& limits_;
  int depth_;
  bool in_call_ = true;  // what stands there ends at a comma or a parenthesis
};

}  // namespace

absl::Status ParseRules(TokenReader& reader, const ParseLimits& limits, std::vector<Rule>& rules) {
  return RuleParser(reader, limits, 1).Rules(rules);
}

absl::StatusOr<std::string> ParseTypeName(TokenReader& reader) {
  absl::StatusOr<std::string> name = reader.Name("a type's name");
  if (!name.ok()) return name;
  std::string type = *std::move(name);
  while (reader.Skip(".")) {
    name = reader.Name("a type's name");
    if (!name.ok()) return name;
    absl::StrAppend(&type, ".", *name);
  }
  return type;
}

}  // namespace hjerte::structuremap
