#include <algorithm>

#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/path_node.h"
#include "mapping/fhirpath/ucum.h"

namespace hjerte::fhirpath {

namespace {

constexpr int kDecimalDigits = 8;  // Where no precision is asked for (FHIRPath 2.1, lowBoundary).
constexpr int kDigitsMax = 28;

// The least or greatest value a number of this scale may stand for: half a unit of its last digit away.
std::optional<Decimal> NumberBoundary(const Decimal& value, int digits, bool low) {
  if (digits < 0 || digits > kDigitsMax) return std::nullopt;
  const std::optional<Decimal> half = Decimal::Make(5, value.scale() + 1);
  if (!half.has_value()) return std::nullopt;
  const std::optional<Decimal> boundary = low ? value.Minus(*half) : value.Plus(*half);
  if (!boundary.has_value()) return std::nullopt;
  // The boundary away from zero is rounded to the nearest, the one towards zero is cut off: the published suite has
  // 1.587.highBoundary(2) = 1.59, 1.587.lowBoundary(0) = 1 and 0.0034.highBoundary(1) = 0.0.
  const bool outward = low == value.is_negative();
  return boundary->WithScale(digits, outward ? Decimal::Rounding::kHalfUp : Decimal::Rounding::kDown);
}

// How many digits a precision has written: 4, 6, 8 for dates; 10, 12, 14, 17 with time.
std::optional<Precision> DateTimePrecision(int64_t digits) {
  switch (digits) {
    case 4:
      return Precision::kYear;
    case 6:
      return Precision::kMonth;
    case 8:
      return Precision::kDay;
    case 10:
      return Precision::kHour;
    case 12:
      return Precision::kMinute;
    case 14:
      return Precision::kSecond;
    case 17:
      return Precision::kMillisecond;
    default:
      return std::nullopt;
  }
}

std::optional<Precision> TimePrecision(int64_t digits) {
  switch (digits) {
    case 2:
      return Precision::kHour;
    case 4:
      return Precision::kMinute;
    case 6:
      return Precision::kSecond;
    case 9:
      return Precision::kMillisecond;
    default:
      return std::nullopt;
  }
}

// Fills what the value leaves open with its least or greatest content.
Temporal Fill(Temporal value, Precision wanted, bool low, bool is_time) {
  if (value.precision < Precision::kMonth) value.month = low ? 1 : 12;
  if (value.precision < Precision::kDay)
    value.day = low ? 1 : static_cast<uint8_t>(DaysInMonth(value.year, value.month));
  if (value.precision < Precision::kHour) value.hour = low ? 0 : 23;
  // FHIR has no dateTime with hours and no minutes: the published suite reads 2014-01-01T08 as 2014-01-01T08:00. A Time
  // follows the specification.
  const bool whole_hour = value.precision == Precision::kHour && !is_time;
  if (value.precision < Precision::kMinute) value.minute = low || whole_hour ? 0 : 59;
  if (value.precision < Precision::kSecond) value.second = low ? 0 : 59;
  if (value.precision < Precision::kMillisecond) value.nanosecond = low ? 0 : 999'000'000;
  value.precision = wanted;
  value.fraction_digits = wanted == Precision::kMillisecond ? 3 : 0;
  return value;
}

bool CalendarBoundary(const Item& item, std::optional<int64_t> digits, bool low, Collection& out) {
  const bool time = item.kind() == ItemKind::kTime;
  const int64_t standard = time ? 9 : item.kind() == ItemKind::kDate ? 8 : 17;
  const auto wanted = time ? TimePrecision(digits.value_or(standard)) : DateTimePrecision(digits.value_or(standard));
  if (!wanted.has_value()) return true;
  // A Date has no finer precision than the day.
  if (item.kind() == ItemKind::kDate && *wanted > Precision::kDay) return true;
  Temporal value = Fill(item.temporal(), *wanted, low, time);
  if (time) {
    out.Add(Item::Time(value));
    return true;
  }
  if (*wanted <= Precision::kDay) {
    value.has_offset = false;
    out.Add(Item::Date(value));
    return true;
  }
  // Without a zone, the earliest instant is in the zone farthest east, the latest in that farthest west.
  if (!value.has_offset) {
    value.has_offset = true;
    value.offset_minutes = static_cast<int16_t>((low ? 14 : -12) * 60);
  }
  out.Add(Item::DateTime(value));
  return true;
}

// The end a Period's boundary is asked of (SQL on FHIR v2): its start or its end, nothing where it is open there.
bool EndOfPeriod(const Call& call, bool low, std::optional<Item>& item) {
  const bool period =
      item.has_value() && item->is_node() && item->type() != kUnknownType && item->type() == call.frame.types.period;
  if (!period) return true;
  Collection ends;
  if (!AppendMembers(call.frame, call.position, *item, low ? "start" : "end", ends)) return false;
  item.reset();
  if (!ends.empty()) item = ends.front();
  return true;
}

bool Boundary(const Call& call, bool low, Collection& out) {
  std::optional<Item> item;
  std::optional<int64_t> digits;
  if (!call.Single(item)) return false;
  if (call.argument_count() > 0) {
    if (!call.IntegerArgument(0, digits)) return false;
    if (!digits.has_value()) return true;
  }
  if (!EndOfPeriod(call, low, item)) return false;
  if (!item.has_value()) return true;
  const Item value = ToSystemLike(call.frame, *item, ItemKind::kDateTime);
  if (value.is_temporal()) return CalendarBoundary(value, digits, low, out);
  const int precision = static_cast<int>(std::clamp<int64_t>(digits.value_or(kDecimalDigits), -1, kDigitsMax + 1));
  if (value.kind() == ItemKind::kQuantity) {
    const auto number = NumberBoundary(value.quantity().value, precision, low);
    if (number.has_value()) {
      out.Add(MakeQuantity(call.frame, {*number, value.quantity().unit, value.quantity().calendar}));
    }
    return true;
  }
  const std::optional<Decimal> number = ToDecimal(value);
  if (!number.has_value())
    return call.Fail("a boundary needs a number, a Quantity, a Date, a DateTime, a Time or a Period");
  const auto boundary = NumberBoundary(*number, precision, low);
  if (boundary.has_value()) out.Add(Item::Number(*boundary));
  return true;
}

bool LowBoundary(const Call& call, Collection& out) { return Boundary(call, true, out); }
bool HighBoundary(const Call& call, Collection& out) { return Boundary(call, false, out); }

int64_t DigitsOf(const Item& item) {
  constexpr int64_t kDateDigits[] = {4, 6, 8, 10, 12, 14, 17};
  constexpr int64_t kTimeDigits[] = {0, 0, 0, 2, 4, 6, 9};
  const auto precision = static_cast<size_t>(item.temporal().precision);
  return item.kind() == ItemKind::kTime ? kTimeDigits[precision] : kDateDigits[precision];
}

bool PrecisionOf(const Call& call, Collection& out) {
  std::optional<Item> item;
  if (!call.Single(item) || !item.has_value()) return call.frame.error.ok();
  const Item value = ToSystemLike(call.frame, *item, ItemKind::kDateTime);
  if (value.is_temporal()) {
    out.Add(Item::Integer(DigitsOf(value)));
    return true;
  }
  if (value.kind() == ItemKind::kQuantity) {
    out.Add(Item::Integer(value.quantity().value.scale()));
    return true;
  }
  const std::optional<Decimal> number = ToDecimal(value);
  if (!number.has_value()) return call.Fail("precision() needs a number, a Date, a DateTime or a Time");
  out.Add(Item::Integer(number->scale()));
  return true;
}

// The single quantity of an item; a number is one without a unit, anything else none.
std::optional<Quantity> QuantityOf(Frame& frame, const std::optional<Item>& item) {
  if (!item.has_value()) return std::nullopt;
  const Item value = ToSystemLike(frame, *item, ItemKind::kQuantity);
  if (value.kind() == ItemKind::kQuantity) return value.quantity();
  const std::optional<Decimal> number = ToDecimal(value);
  return number.has_value() ? std::optional(Quantity{*number}) : std::nullopt;
}

bool Comparable(const Call& call, Collection& out) {
  std::optional<Item> left, right;
  if (!call.Single(left) || !call.SingleArgument(0, right)) return false;
  const auto a = QuantityOf(call.frame, left);
  const auto b = QuantityOf(call.frame, right);
  if (a && b) out.Add(Item::Boolean(InCommonUnit(*a, *b, false).match == UnitMatch::kComparable));
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"lowBoundary", LowBoundary, 0, 1},
    {"highBoundary", HighBoundary, 0, 1},
    {"precision", PrecisionOf, 0, 0, ResultKind::kInteger},
    {"comparable", Comparable, 1, 1, ResultKind::kBoolean},
};

}  // namespace

std::span<const FunctionInfo> BoundaryFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
