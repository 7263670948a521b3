#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/decimal_math.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

// The single number of the input; `item` stays empty where the input is.
bool NumberInput(const Call& call, std::optional<Item>& item) {
  if (!call.Single(item)) return false;
  if (!item.has_value()) return true;
  item = ToSystem(call.frame, *item);
  if (ToDecimal(*item).has_value()) return true;
  return call.Fail("the function needs a number");
}

// The same, or a Quantity.
bool MeasureInput(const Call& call, std::optional<Item>& item) {
  if (!call.Single(item)) return false;
  if (!item.has_value()) return true;
  item = ToSystem(call.frame, *item);
  if (item->kind() == ItemKind::kQuantity || ToDecimal(*item).has_value()) return true;
  return call.Fail("the function needs a number or a Quantity");
}

bool NumberArgument(const Call& call, size_t index, std::optional<Decimal>& value) {
  std::optional<Item> item;
  if (!call.SingleArgument(index, item)) return false;
  if (!item.has_value()) return true;
  value = ToDecimal(ToSystem(call.frame, *item));
  return value.has_value() || call.Fail("the argument must be a number");
}

bool Add(Collection& out, const std::optional<Decimal>& value) {
  if (value.has_value()) out.Add(Item::Number(*value));
  return true;
}

// The number as an Integer; a Decimal or Long beyond 32 bits has none.
bool AddWhole(Collection& out, const Item& source, const Decimal& value) {
  const std::optional<int64_t> whole = value.ToInt64();
  if (!whole.has_value()) return true;
  if (source.kind() == ItemKind::kLong) {
    out.Add(Item::Long(*whole));
  } else if (*whole >= INT32_MIN && *whole <= INT32_MAX) {
    out.Add(Item::Integer(*whole));
  }
  return true;
}

bool Abs(const Call& call, Collection& out) {
  std::optional<Item> item;
  if (!MeasureInput(call, item) || !item.has_value()) return call.frame.error.ok();
  if (item->kind() == ItemKind::kQuantity) {
    Quantity quantity = item->quantity();
    quantity.value = quantity.value.Abs();
    out.Add(MakeQuantity(call.frame, quantity));
    return true;
  }
  const Decimal number = ToDecimal(*item)->Abs();
  return item->kind() == ItemKind::kDecimal ? Add(out, number) : AddWhole(out, *item, number);
}

// A Quantity keeps its unit, its value rounded.
bool RoundQuantity(const Call& call, const Quantity& quantity, int digits, Decimal::Rounding rounding,
                   Collection& out) {
  Quantity rounded = quantity;
  rounded.value = quantity.value.Rounded(digits, rounding);
  out.Add(MakeQuantity(call.frame, rounded));
  return true;
}

bool ToWhole(const Call& call, Decimal::Rounding rounding, Collection& out) {
  std::optional<Item> item;
  if (!MeasureInput(call, item) || !item.has_value()) return call.frame.error.ok();
  if (item->kind() == ItemKind::kQuantity) return RoundQuantity(call, item->quantity(), 0, rounding, out);
  return AddWhole(out, *item, ToDecimal(*item)->Rounded(0, rounding));
}

bool Ceiling(const Call& call, Collection& out) { return ToWhole(call, Decimal::Rounding::kCeiling, out); }
bool Floor(const Call& call, Collection& out) { return ToWhole(call, Decimal::Rounding::kFloor, out); }
bool Truncate(const Call& call, Collection& out) { return ToWhole(call, Decimal::Rounding::kDown, out); }

bool Round(const Call& call, Collection& out) {
  std::optional<Item> item;
  std::optional<int64_t> digits = 0;
  if (!MeasureInput(call, item)) return false;
  if (call.argument_count() > 0) {
    digits.reset();
    if (!call.IntegerArgument(0, digits)) return false;
  }
  if (!item.has_value() || !digits.has_value()) return true;
  if (*digits < 0) return call.Fail("round() needs a precision of zero or more");
  const int precision = static_cast<int>(std::min<int64_t>(*digits, Decimal::kMaxDigits));
  if (item->kind() == ItemKind::kQuantity) {
    return RoundQuantity(call, item->quantity(), precision, Decimal::Rounding::kHalfUp, out);
  }
  return Add(out, ToDecimal(*item)->Rounded(precision, Decimal::Rounding::kHalfUp));
}

template <std::optional<Decimal> (*kFunction)(const Decimal&)>
bool Real(const Call& call, Collection& out) {
  std::optional<Item> item;
  if (!NumberInput(call, item) || !item.has_value()) return call.frame.error.ok();
  return Add(out, kFunction(*ToDecimal(*item)));
}

bool Log(const Call& call, Collection& out) {
  std::optional<Item> item;
  std::optional<Decimal> base;
  if (!NumberInput(call, item) || !NumberArgument(call, 0, base)) return false;
  if (!item.has_value() || !base.has_value()) return true;
  return Add(out, Logarithm(*ToDecimal(*item), *base));
}

bool PowerOf(const Call& call, Collection& out) {
  std::optional<Item> item;
  std::optional<Item> exponent_item;
  std::optional<Decimal> exponent;
  if (!NumberInput(call, item) || !NumberArgument(call, 0, exponent) || !call.SingleArgument(0, exponent_item))
    return false;
  if (!item.has_value() || !exponent.has_value()) return true;
  const std::optional<Decimal> result = Power(*ToDecimal(*item), *exponent);
  if (!result.has_value()) return true;
  // Whole numbers stay whole (FHIRPath 2.0.0, power).
  const bool whole = item->kind() != ItemKind::kDecimal && exponent->scale() == 0 && !exponent->is_negative() &&
                     ToSystem(call.frame, *exponent_item).kind() != ItemKind::kDecimal;
  return whole ? AddWhole(out, *item, *result) : Add(out, result);
}

constexpr FunctionInfo kFunctions[] = {
    {"abs", Abs, 0, 0, ResultKind::kSameAsInput},
    {"ceiling", Ceiling, 0, 0},
    {"exp", Real<Exponential>, 0, 0, ResultKind::kDecimal},
    {"floor", Floor, 0, 0},
    {"ln", Real<NaturalLogarithm>, 0, 0, ResultKind::kDecimal},
    {"log", Log, 1, 1, ResultKind::kDecimal},
    {"power", PowerOf, 1, 1},
    {"round", Round, 0, 1},
    {"sqrt", Real<SquareRoot>, 0, 0, ResultKind::kDecimal},
    {"truncate", Truncate, 0, 0},
};

}  // namespace

std::span<const FunctionInfo> MathFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
