#include "mapping/fhirpath/ucum.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "mapping/fhirpath/parser.h"
#include "mapping/fhirpath/ucum_table.h"

namespace hjerte::fhirpath {

namespace {

constexpr int kNestingMax = 16;
constexpr int kExponentMax = 30;

bool Multiply(Decimal& target, const Decimal& factor) {
  const std::optional<Decimal> product = target.Times(factor);
  if (!product.has_value()) return false;
  target = product->Normalized();
  return true;
}

// Multiplies `target` with `factor` to the power of `exponent`.
bool Combine(CanonicalUnit& target, const CanonicalUnit& factor, int exponent) {
  const bool inverse = exponent < 0;
  for (int i = 0; i < (inverse ? -exponent : exponent); ++i) {
    if (!Multiply(target.numerator, inverse ? factor.denominator : factor.numerator)) return false;
    if (!Multiply(target.denominator, inverse ? factor.numerator : factor.denominator)) return false;
  }
  for (const auto& [base, power] : factor.dimensions) {
    int& sum = target.dimensions[base];
    sum += power * exponent;
    if (sum == 0) target.dimensions.erase(base);
  }
  return true;
}

Decimal PowerOfTen(int exponent) {
  Decimal value = 1;
  for (int i = 0; i < exponent; ++i) value = *value.Times(10);
  return value;
}

Decimal PowerOfTwo(int exponent) {
  Decimal value = 1;
  for (int i = 0; i < exponent; ++i) value = *value.Times(2);
  return value;
}

class UnitParser {
 public:
  UnitParser(std::string_view text, int nesting) : text_(text), nesting_(nesting) {}

  std::optional<CanonicalUnit> Run() {
    if (text_.empty() || nesting_ > kNestingMax) return std::nullopt;
    std::optional<CanonicalUnit> unit = Term();
    return at_ == text_.size() ? unit : std::nullopt;
  }

 private:
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // component ((. | /) component)*, from the left; a leading / inverts.
  std::optional<CanonicalUnit> Term() {
    CanonicalUnit product;
    bool divide = Take('/');
    bool single = !divide;
    while (true) {
      std::optional<CanonicalUnit> factor = Component();
      if (!factor.has_value()) return std::nullopt;
      const bool more = at_ < text_.size() && (text_[at_] == '.' || text_[at_] == '/');
      if (single && !more) return factor;  // Keeps the offset of a temperature scale.
      // A scale that does not begin at zero cannot be a factor; its degrees can.
      factor->offset = 0;
      if (!Combine(product, *factor, divide ? -1 : 1)) return std::nullopt;
      if (!more) return product;
      single = false;
      divide = text_[at_++] == '/';
    }
  }

  std::optional<CanonicalUnit> Component() {
    if (Take('(')) {
      if (++nesting_ > kNestingMax) return std::nullopt;
      std::optional<CanonicalUnit> inner = Term();
      return inner.has_value() && Take(')') ? inner : std::nullopt;
    }
    std::string_view atom = Atom();
    SkipAnnotation();
    if (atom.empty()) return at_ > 0 && text_[at_ - 1] == '}' ? std::optional(CanonicalUnit{}) : std::nullopt;
    return Resolve(atom);
  }

  // Everything to the next operator outside brackets: the unit with its prefix and exponent.
  std::string_view Atom() {
    const size_t start = at_;
    int brackets = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '[') ++brackets;
      if (c == ']') --brackets;
      if (brackets == 0 && (c == '.' || c == '/' || c == '(' || c == ')' || c == '{' || c == '}')) break;
    }
    return text_.substr(start, at_ - start);
  }

  void SkipAnnotation() {
    if (at_ >= text_.size() || text_[at_] != '{') return;
    const size_t end = text_.find('}', at_);
    at_ = end == std::string_view::npos ? text_.size() + 1 : end + 1;
  }

  std::optional<CanonicalUnit> Resolve(std::string_view atom) const {
    if (std::optional<CanonicalUnit> unit = Symbol(atom)) return unit;
    size_t split = atom.size();
    while (split > 0 && atom[split - 1] >= '0' && atom[split - 1] <= '9') --split;
    if (split == 0) return Number(atom);
    if (split == atom.size() || atom.size() - split > 2) return std::nullopt;
    int exponent = 0;
    for (const char digit : atom.substr(split)) exponent = exponent * 10 + (digit - '0');
    if (atom[split - 1] == '-' || atom[split - 1] == '+') {
      --split;
      if (atom[split] == '-') exponent = -exponent;
    }
    if (exponent > kExponentMax || exponent < -kExponentMax) return std::nullopt;
    std::optional<CanonicalUnit> unit = Symbol(atom.substr(0, split));
    if (!unit.has_value()) return std::nullopt;
    CanonicalUnit power;
    if (!Combine(power, *unit, exponent)) return std::nullopt;
    return power;
  }

  static std::optional<CanonicalUnit> Number(std::string_view digits) {
    const std::optional<Decimal> value = digits.size() <= 18 ? Decimal::Parse(digits) : std::nullopt;
    if (!value.has_value() || value->is_zero()) return std::nullopt;
    CanonicalUnit unit;
    unit.numerator = *value;
    return unit;
  }

  std::optional<CanonicalUnit> Symbol(std::string_view symbol) const {
    for (const UnitDefinition& unit : UnitDefinitions()) {
      if (unit.code == symbol) return Define(unit);
    }
    for (const PrefixDefinition& prefix : PrefixDefinitions()) {
      if (!symbol.starts_with(prefix.code) || symbol.size() == prefix.code.size()) continue;
      for (const UnitDefinition& unit : UnitDefinitions()) {
        if (!unit.metric || unit.code != symbol.substr(prefix.code.size())) continue;
        return Prefixed(prefix, unit);
      }
    }
    return std::nullopt;
  }

  std::optional<CanonicalUnit> Prefixed(const PrefixDefinition& prefix, const UnitDefinition& definition) const {
    std::optional<CanonicalUnit> unit = Define(definition);
    if (!unit.has_value()) return std::nullopt;
    const int size = prefix.exponent < 0 ? -prefix.exponent : prefix.exponent;
    const Decimal factor = prefix.binary ? PowerOfTwo(size) : PowerOfTen(size);
    if (!Multiply(prefix.exponent < 0 ? unit->denominator : unit->numerator, factor)) return std::nullopt;
    unit->offset = 0;
    return unit;
  }

  std::optional<CanonicalUnit> Define(const UnitDefinition& definition) const {
    CanonicalUnit unit;
    if (definition.of.empty()) {
      unit.dimensions[std::string(definition.code)] = 1;
      return unit;
    }
    if (definition.of != "1") {
      std::optional<CanonicalUnit> base = UnitParser(definition.of, nesting_ + 1).Run();
      if (!base.has_value()) return std::nullopt;
      unit = *std::move(base);
    }
    const size_t slash = definition.value.find('/');
    if (!Multiply(unit.numerator, *Decimal::Parse(definition.value.substr(0, slash)))) return std::nullopt;
    if (slash != std::string_view::npos &&
        !Multiply(unit.denominator, *Decimal::Parse(definition.value.substr(slash + 1)))) {
      return std::nullopt;
    }
    if (!definition.offset.empty()) unit.offset = *Decimal::Parse(definition.offset);
    return unit;
  }

  std::string_view text_;
  size_t at_ = 0;
  int nesting_;
};

// A calendar duration as seconds or, for years and months, as months: the two have no fixed ratio.
struct Duration {
  bool months = false;
  Decimal factor;
};

Duration CalendarDuration(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kYear:
      return {true, 12};
    case TimeUnit::kMonth:
      return {true, 1};
    case TimeUnit::kWeek:
      return {false, 604'800};
    case TimeUnit::kDay:
      return {false, 86'400};
    case TimeUnit::kHour:
      return {false, 3600};
    case TimeUnit::kMinute:
      return {false, 60};
    case TimeUnit::kSecond:
      return {false, 1};
    case TimeUnit::kMillisecond:
      break;
  }
  return {false, *Decimal::Make(1, 3)};
}

std::optional<CanonicalUnit> UnitOf(const Quantity& quantity, bool equivalent, bool& months) {
  const std::optional<TimeUnit> time_unit = CalendarUnit(quantity.unit);
  if (!time_unit.has_value()) return ParseUnit(quantity.unit);
  const Duration duration = CalendarDuration(*time_unit);
  months = duration.months && !equivalent;
  // Where a year may stand for an 'a', it counts as the same number of seconds.
  if (duration.months && equivalent) return ParseUnit(*time_unit == TimeUnit::kYear ? "a" : "mo");
  CanonicalUnit unit;
  unit.dimensions[duration.months ? "month" : "s"] = 1;
  unit.numerator = duration.factor;
  return unit;
}

std::optional<Decimal> InBase(const Decimal& value, const CanonicalUnit& unit) {
  std::optional<Decimal> result = value.Plus(unit.offset);
  if (result.has_value()) result = result->Times(unit.numerator);
  // Exact where the denominator divides; else rounded far beyond what anyone measures.
  if (result.has_value() && unit.denominator != Decimal(1)) result = result->DividedBy(unit.denominator);
  return result;
}

bool IsCalendar(const Quantity& quantity) { return CalendarUnit(quantity.unit).has_value(); }

// A FHIR Quantity beside a calendar duration is one too.
Quantity Beside(const Quantity& quantity, const Quantity& other) {
  if (!quantity.from_fhir || !IsCalendar(other)) return quantity;
  if (quantity.unit == "a") return {quantity.value, "year", true};
  if (quantity.unit == "mo") return {quantity.value, "month", true};
  return quantity;
}

// A symbol of a unit, with its prefix, and its exponent.
struct Factor {
  std::string_view symbol;
  int exponent;
};

// The factors of a unit without parentheses, annotations or numbers: what products and quotients of measures have.
std::optional<std::vector<Factor>> FactorsOf(std::string_view unit) {
  std::vector<Factor> factors;
  if (unit == "1" || unit.empty()) return factors;
  if (unit.find_first_of("(){}*^+-") != std::string_view::npos) return std::nullopt;
  int sign = unit.starts_with('/') ? -1 : 1;
  if (sign < 0) unit.remove_prefix(1);
  while (true) {
    const size_t end = std::min(unit.find_first_of("./"), unit.size());
    const std::string_view text = unit.substr(0, end);
    const size_t letters = text.find_last_not_of("0123456789") + 1;
    const std::string_view digits = text.substr(letters);
    if (letters == 0 || digits.size() > 2) return std::nullopt;
    int power = digits.empty() ? 1 : 0;
    for (const char digit : digits) power = power * 10 + (digit - '0');
    factors.push_back({text.substr(0, letters), sign * power});
    if (end == unit.size()) return factors;
    sign = unit[end] == '/' ? -1 : 1;
    unit.remove_prefix(end + 1);
  }
}

std::string WriteFactors(const std::vector<Factor>& factors) {
  std::string above;
  std::string below;
  for (const Factor& factor : factors) {
    if (factor.exponent == 0) continue;
    std::string& side = factor.exponent > 0 ? above : below;
    if (factor.exponent < 0) side.push_back('/');
    if (factor.exponent > 0 && !side.empty()) side.push_back('.');
    side.append(factor.symbol);
    const int power = factor.exponent < 0 ? -factor.exponent : factor.exponent;
    if (power > 1) side.append(std::to_string(power));
  }
  if (above.empty() && below.empty()) return "1";
  return above.append(below);
}

// The unit of left * right^exponent.
std::string Combined(std::string_view left, std::string_view right, int exponent) {
  std::optional<std::vector<Factor>> factors = FactorsOf(left);
  const std::optional<std::vector<Factor>> others = FactorsOf(right);
  if (!factors.has_value() || !others.has_value()) {
    if (right == "1") return std::string(left);
    if (exponent > 0 && left == "1") return std::string(right);
    if (exponent < 0 && left == right) return "1";
    return std::string("(").append(left).append(exponent < 0 ? ")/(" : ").(").append(right).append(")");
  }
  for (const Factor& other : *others) {
    const auto same = [&other](const Factor& factor) { return factor.symbol == other.symbol; };
    const auto found = std::find_if(factors->begin(), factors->end(), same);
    if (found == factors->end()) {
      factors->push_back({other.symbol, other.exponent * exponent});
    } else {
      found->exponent += other.exponent * exponent;
    }
  }
  return WriteFactors(*factors);
}

}  // namespace

std::optional<CanonicalUnit> ParseUnit(std::string_view unit) {
  constexpr size_t kUnitBytesMax = 128;
  if (unit.size() > kUnitBytesMax) return std::nullopt;
  return UnitParser(unit, 0).Run();
}

namespace {

// A calendar year as 365 days and a month as 30: what stands beside days or shorter (FHIRPath 2.0.0, toQuantity).
CanonicalUnit InDays(CanonicalUnit unit) {
  if (unit.dimensions.count("month") == 0) return unit;
  constexpr int kDaySeconds = 86'400;
  unit.numerator = (unit.numerator == Decimal(1) ? 30 : 365) * kDaySeconds;
  unit.dimensions = {{"s", 1}};
  return unit;
}

}  // namespace

CommonUnit InCommonUnit(const Quantity& left_given, const Quantity& right_given, bool equivalent) {
  CommonUnit result;
  const Quantity left = Beside(left_given, right_given);
  const Quantity right = Beside(right_given, left_given);
  if (left.unit == right.unit) return {UnitMatch::kComparable, left.value, right.value, true};
  const bool calendar = IsCalendar(left) && IsCalendar(right);
  bool left_months = false;
  bool right_months = false;
  auto left_unit = UnitOf(left, equivalent && !calendar, left_months);
  auto right_unit = UnitOf(right, equivalent && !calendar, right_months);
  if (!left_unit.has_value() || !right_unit.has_value()) {
    result.match = UnitMatch::kUndecided;
    return result;
  }
  if (calendar && left_months != right_months) {
    left_unit = InDays(*left_unit);
    right_unit = InDays(*right_unit);
    left_months = right_months = false;
  }
  if (left_months != right_months) {
    const auto& other = left_months ? right_unit->dimensions : left_unit->dimensions;
    if (other == std::map<std::string, int>{{"s", 1}}) result.match = UnitMatch::kUndecided;
    return result;
  }
  if (left_unit->dimensions != right_unit->dimensions) return result;
  const auto left_value = InBase(left.value, *left_unit);
  const auto right_value = InBase(right.value, *right_unit);
  const auto left_size = InBase(1, *left_unit);
  const auto right_size = InBase(1, *right_unit);
  if (!left_value || !right_value || !left_size || !right_size) return result;
  return {UnitMatch::kComparable, *left_value, *right_value, *left_size <= *right_size};
}

std::optional<Decimal> ConvertTo(const Quantity& given, std::string_view unit) {
  const Quantity target{1, unit};
  const Quantity quantity = Beside(given, target);
  if (target.unit == quantity.unit) return quantity.value;
  bool months = false;
  bool target_months = false;
  auto from = UnitOf(quantity, false, months);
  auto to = UnitOf(target, false, target_months);
  if (from && to && IsCalendar(quantity) && IsCalendar(target) && months != target_months) {
    from = InDays(*from);
    to = InDays(*to);
  }
  if (!from || !to || from->dimensions != to->dimensions) return std::nullopt;
  std::optional<Decimal> value = InBase(quantity.value, *from);
  if (value.has_value()) value = value->Times(to->denominator);
  if (value.has_value()) value = value->DividedBy(to->numerator);
  return value.has_value() ? value->Minus(to->offset) : std::nullopt;
}

std::string ProductUnit(std::string_view left, std::string_view right) { return Combined(left, right, 1); }

std::string QuotientUnit(std::string_view left, std::string_view right) { return Combined(left, right, -1); }

}  // namespace hjerte::fhirpath
