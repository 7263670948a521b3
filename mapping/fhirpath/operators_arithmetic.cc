#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/operators.h"
#include "mapping/fhirpath/parser.h"
#include "mapping/fhirpath/ucum.h"

namespace hjerte::fhirpath {

namespace {

__extension__ using Wide = __int128;

bool IsNumber(const Item& item) {
  return item.kind() == ItemKind::kInteger || item.kind() == ItemKind::kLong || item.kind() == ItemKind::kDecimal;
}

void AddNumber(const std::optional<Decimal>& value, Collection& out) {
  if (value.has_value()) out.Add(Item::Number(*value));
}

// Adds the integer if it fits its type: an overflow gives the empty collection (FHIRPath 2.0.0, Math).
void AddInteger(Wide value, bool is_long, Collection& out) {
  if (is_long) {
    if (value >= INT64_MIN && value <= INT64_MAX) out.Add(Item::Long(static_cast<int64_t>(value)));
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    out.Add(Item::Integer(static_cast<int64_t>(value)));
  }
}

// A primitive that has no value is as good as none.
bool HasNoValue(const Item& item) { return item.is_node() && item.node().is_null(); }

// a & b & c: one text of all of them, without those in between.
class ConcatenationNode : public Node {
 public:
  using Node::Node;

  void Add(Position position, NodePtr operand) {
    operands_.push_back(std::move(operand));
    positions_.push_back(position);
  }

  bool Evaluate(Frame& frame, Collection& out) const override {
    Collection first;
    Collection values;
    absl::InlinedVector<char, 128> text;
    if (!operands_[0]->Evaluate(frame, first)) return false;
    for (size_t i = 1; i < operands_.size(); ++i) {
      values.clear();
      const Item* left = nullptr;
      const Item* right = nullptr;
      if (!operands_[i]->Evaluate(frame, values)) return false;
      if (i == 1 && !SingleOperand(frame, *operands_[0], first, &left)) return false;
      if (!SingleOperand(frame, *operands_[i], values, &right) || !frame.Step(positions_[i])) return false;
      if (!Append(frame, positions_[i], left, text) || !Append(frame, positions_[i], right, text)) return false;
      if (text.size() > frame.context.limits().max_bytes) break;
    }
    return frame.AddText(position(), {text.data(), text.size()}, out);
  }

 private:
  static bool Append(Frame& frame, Position position, const Item* operand, absl::InlinedVector<char, 128>& text) {
    if (operand == nullptr || HasNoValue(*operand)) return true;
    const Item value = ToSystem(frame, *operand);
    if (value.kind() != ItemKind::kString) return frame.Fail(position, "& joins strings; use toString()");
    text.insert(text.end(), value.text().begin(), value.text().end());
    return true;
  }

  std::vector<NodePtr> operands_;    // two or more
  std::vector<Position> positions_;  // of the operator before each
};

NodePtr MakeConcatenation(Position position, NodePtr left, NodePtr right) {
  if (auto* inner = dynamic_cast<ConcatenationNode*>(left.get()); inner != nullptr) {
    inner->Add(position, std::move(right));
    return left;
  }
  auto node = std::make_unique<ConcatenationNode>(position);
  node->Add(position, std::move(left));
  node->Add(position, std::move(right));
  return node;
}

// One application of an operator to two System values.
class Arithmetic {
 public:
  Arithmetic(Frame& frame, Position position, Operator op) : frame_(frame), position_(position), op_(op) {}

  bool Apply(const Item& left, const Item& right, Collection& out) const;

 private:
  bool Integers(const Item& left, const Item& right, Collection& out) const;
  bool Decimals(const Decimal& left, const Decimal& right, Collection& out) const;
  bool Quantities(const Quantity& left, const Quantity& right, Collection& out) const;
  bool Sum(const Quantity& left, const Quantity& right, Collection& out) const;

  Frame& frame_;
  Position position_;
  Operator op_;
};

class ArithmeticNode : public Node {
 public:
  ArithmeticNode(Position position, Operator op, NodePtr left, NodePtr right)
      : Node(position), op_(op), left_(std::move(left)), right_(std::move(right)) {}

  bool Evaluate(Frame& frame, Collection& out) const override {
    Collection left_values;
    Collection right_values;
    if (!left_->Evaluate(frame, left_values) || !right_->Evaluate(frame, right_values)) return false;
    const Item* left = nullptr;
    const Item* right = nullptr;
    if (!SingleOperand(frame, *left_, left_values, &left) || !SingleOperand(frame, *right_, right_values, &right)) {
      return false;
    }
    if (!frame.Step(position())) return false;
    if (left == nullptr || right == nullptr || HasNoValue(*left) || HasNoValue(*right)) return true;
    return Calculate(frame, position(), op_, ToSystem(frame, *left), ToSystem(frame, *right), out);
  }

 private:
  Operator op_;
  NodePtr left_;
  NodePtr right_;
};

bool Arithmetic::Apply(const Item& left, const Item& right, Collection& out) const {
  const bool additive = op_ == Operator::kPlus || op_ == Operator::kMinus;
  if (left.kind() == ItemKind::kString && right.kind() == ItemKind::kString && op_ == Operator::kPlus) {
    std::string text(left.text());
    return frame_.AddText(position_, text.append(right.text()), out);
  }
  if (IsNumber(left) && IsNumber(right)) {
    const bool whole = left.kind() != ItemKind::kDecimal && right.kind() != ItemKind::kDecimal;
    if (whole && op_ != Operator::kDivide) return Integers(left, right, out);
    return Decimals(*ToDecimal(left), *ToDecimal(right), out);
  }
  if (left.is_temporal() && right.kind() == ItemKind::kQuantity && additive) {
    return AddDuration(frame_, position_, left, right.quantity(), op_ == Operator::kMinus, out);
  }
  if (left.kind() == ItemKind::kQuantity && right.kind() == ItemKind::kQuantity) {
    return Quantities(left.quantity(), right.quantity(), out);
  }
  if (left.kind() == ItemKind::kQuantity && IsNumber(right)) {
    return Quantities(left.quantity(), {*ToDecimal(right), "1", false}, out);
  }
  if (IsNumber(left) && right.kind() == ItemKind::kQuantity) {
    return Quantities({*ToDecimal(left), "1", false}, right.quantity(), out);
  }
  return frame_.Fail(position_, "the operator does not apply to values of these types");
}

bool Arithmetic::Integers(const Item& left, const Item& right, Collection& out) const {
  const bool is_long = left.kind() == ItemKind::kLong || right.kind() == ItemKind::kLong;
  const Wide a = left.integer();
  const Wide b = right.integer();
  switch (op_) {
    case Operator::kPlus:
      AddInteger(a + b, is_long, out);
      break;
    case Operator::kMinus:
      AddInteger(a - b, is_long, out);
      break;
    case Operator::kTimes:
      AddInteger(a * b, is_long, out);
      break;
    case Operator::kDiv:
      if (b != 0) AddInteger(a / b, is_long, out);
      break;
    default:
      if (b != 0) AddInteger(a % b, is_long, out);
      break;
  }
  return true;
}

bool Arithmetic::Decimals(const Decimal& left, const Decimal& right, Collection& out) const {
  switch (op_) {
    case Operator::kPlus:
      AddNumber(left.Plus(right), out);
      break;
    case Operator::kMinus:
      AddNumber(left.Minus(right), out);
      break;
    case Operator::kTimes:
      AddNumber(left.Times(right), out);
      break;
    case Operator::kDivide:
      AddNumber(left.DividedBy(right), out);
      break;
    case Operator::kMod:
      AddNumber(left.Remainder(right), out);
      break;
    default: {
      const std::optional<Decimal> quotient = left.IntegerQuotient(right);
      const std::optional<int64_t> whole = quotient.has_value() ? quotient->ToInt64() : std::nullopt;
      if (whole.has_value()) AddInteger(*whole, false, out);
    }
  }
  return true;
}

bool Arithmetic::Sum(const Quantity& left, const Quantity& right, Collection& out) const {
  const CommonUnit common = InCommonUnit(left, right, /*equivalent=*/false);
  if (common.match != UnitMatch::kComparable) return true;
  // The result has the finer of the two units (FHIRPath 2.0.0, Addition).
  const Quantity& unit = common.left_is_finer ? left : right;
  const bool same = left.unit == right.unit;
  const std::optional<Decimal> a = same ? left.value : ConvertTo(left, unit.unit);
  const std::optional<Decimal> b = same ? right.value : ConvertTo(right, unit.unit);
  if (!a.has_value() || !b.has_value()) return true;
  const std::optional<Decimal> sum = op_ == Operator::kPlus ? a->Plus(*b) : a->Minus(*b);
  if (sum.has_value()) out.Add(MakeQuantity(frame_, {*sum, unit.unit, unit.calendar}));
  return true;
}

bool Arithmetic::Quantities(const Quantity& left, const Quantity& right, Collection& out) const {
  if (op_ == Operator::kPlus || op_ == Operator::kMinus) return Sum(left, right, out);
  if (op_ != Operator::kTimes && op_ != Operator::kDivide) {
    return frame_.Fail(position_, "quantities can be added, subtracted, multiplied and divided only");
  }
  const bool product = op_ == Operator::kTimes;
  const std::optional<Decimal> value = product ? left.value.Times(right.value) : left.value.DividedBy(right.value);
  if (!value.has_value()) return true;
  const std::string unit = product ? ProductUnit(left.unit, right.unit) : QuotientUnit(left.unit, right.unit);
  const bool calendar = CalendarUnit(unit).has_value() && (left.calendar || right.calendar);
  out.Add(MakeQuantity(frame_, {*value, frame_.arena.CopyText(unit), calendar}));
  return frame_.CheckSize(position_, out);
}

// The unit of time a duration is counted in: the calendar word, or a definite UCUM unit that is one. Years and months
// of UCUM are not whole calendar units, so they are none.
std::optional<TimeUnit> DurationUnit(const Quantity& duration) {
  struct Code {
    std::string_view code;
    TimeUnit unit;
  };
  constexpr Code kCodes[] = {{"wk", TimeUnit::kWeek},    {"d", TimeUnit::kDay},    {"h", TimeUnit::kHour},
                             {"min", TimeUnit::kMinute}, {"s", TimeUnit::kSecond}, {"ms", TimeUnit::kMillisecond}};
  if (const auto unit = CalendarUnit(duration.unit)) return unit;
  if (duration.from_fhir && duration.unit == "a") return TimeUnit::kYear;
  if (duration.from_fhir && duration.unit == "mo") return TimeUnit::kMonth;
  for (const Code& each : kCodes) {
    if (each.code == duration.unit) return each.unit;
  }
  return std::nullopt;
}

}  // namespace

bool AddDuration(Frame& frame, Position position, const Item& temporal, const Quantity& duration, bool subtract,
                 Collection& out) {
  const std::optional<TimeUnit> unit = DurationUnit(duration);
  const TemporalKind kind = KindOfTemporal(temporal);
  const bool day_or_longer = unit.has_value() && *unit < TimeUnit::kHour;
  if (!unit.has_value() || kind == (day_or_longer ? TemporalKind::kTime : TemporalKind::kDate)) {
    return frame.Fail(position,
                      "the quantity is no duration that can be added here; write years, months, weeks, days, hours, "
                      "minutes, seconds or milliseconds");
  }
  // The part behind the point is ignored but for seconds (FHIRPath 2.0.0, Date/Time Arithmetic); of 0.1 's' the
  // published suite ignores it too.
  const bool fraction = *unit == TimeUnit::kSecond && duration.unit != "s" && duration.value.Normalized().scale() > 0;
  const std::optional<Decimal> value = fraction ? duration.value.Times(1000) : duration.value;
  const auto amount = value.has_value() ? value->Rounded(0, Decimal::Rounding::kDown).ToInt64() : std::nullopt;
  if (!amount.has_value() || *amount == std::numeric_limits<int64_t>::min()) return true;
  const std::optional<Temporal> sum =
      Add(temporal.temporal(), kind, subtract ? -*amount : *amount, fraction ? TimeUnit::kMillisecond : *unit);
  if (!sum.has_value()) {
    // Years out of range are an error, any other overflow is empty (FHIRPath 2.0.0, Date/Time Arithmetic and Math).
    return *unit != TimeUnit::kYear || frame.Fail(position, "the year is out of range; FHIRPath has 0001 to 9999");
  }
  out.Add(kind == TemporalKind::kDate       ? Item::Date(*sum)
          : kind == TemporalKind::kDateTime ? Item::DateTime(*sum)
                                            : Item::Time(*sum));
  return true;
}

bool Calculate(Frame& frame, Position position, Operator op, const Item& left, const Item& right, Collection& out) {
  return Arithmetic(frame, position, op).Apply(left, right, out);
}

NodePtr MakeArithmetic(Position position, Operator op, NodePtr left, NodePtr right) {
  if (op == Operator::kConcatenate) return MakeConcatenation(position, std::move(left), std::move(right));
  return std::make_unique<ArithmeticNode>(position, op, std::move(left), std::move(right));
}

}  // namespace hjerte::fhirpath
