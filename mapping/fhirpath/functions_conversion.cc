#include <string>

#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/parser.h"
#include "mapping/fhirpath/ucum.h"
#include "mapping/fhirpath/utf8.h"

namespace hjerte::fhirpath {

namespace {

// A System value as another System type; empty where FHIRPath 2.0.0's table of conversions has none.
using Conversion = std::optional<Item> (*)(const Call& call, const Item& value);

std::optional<Item> Boolean(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kBoolean) return value;
  if (const auto number = ToDecimal(value)) {
    if (*number == Decimal(1)) return Item::Boolean(true);
    if (number->is_zero()) return Item::Boolean(false);
    return std::nullopt;
  }
  if (value.kind() != ItemKind::kString) return std::nullopt;
  const std::string text = ToLower(value.text());
  for (const std::string_view yes : {"true", "t", "yes", "y", "1", "1.0"}) {
    if (text == yes) return Item::Boolean(true);
  }
  for (const std::string_view no : {"false", "f", "no", "n", "0", "0.0"}) {
    if (text == no) return Item::Boolean(false);
  }
  return std::nullopt;
}

// An optional sign and digits, within the given bounds.
std::optional<int64_t> WholeNumber(std::string_view text, int64_t least, int64_t most) {
  constexpr size_t kDigitsMax = 128;  // Leading zeros may be many.
  std::string_view digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto number = Decimal::Parse(text);
  const auto value = number.has_value() ? number->ToInt64() : std::nullopt;
  return value.has_value() && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<Item> Integer(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kInteger) return value;
  if (value.kind() == ItemKind::kBoolean) return Item::Integer(value.boolean() ? 1 : 0);
  if (value.kind() == ItemKind::kLong) {
    if (value.integer() < INT32_MIN || value.integer() > INT32_MAX) return std::nullopt;
    return Item::Integer(value.integer());
  }
  if (value.kind() != ItemKind::kString) return std::nullopt;
  const auto number = WholeNumber(value.text(), INT32_MIN, INT32_MAX);
  return number.has_value() ? std::optional(Item::Integer(*number)) : std::nullopt;
}

std::optional<Item> Long(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kLong) return value;
  if (value.kind() == ItemKind::kInteger) return Item::Long(value.integer());
  if (value.kind() == ItemKind::kBoolean) return Item::Long(value.boolean() ? 1 : 0);
  if (value.kind() != ItemKind::kString) return std::nullopt;
  const auto number = WholeNumber(value.text(), INT64_MIN, INT64_MAX);
  return number.has_value() ? std::optional(Item::Long(*number)) : std::nullopt;
}

std::optional<Item> DecimalOf(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kBoolean) return Item::Number(*Decimal::Make(value.boolean() ? 10 : 0, 1));
  if (const auto number = ToDecimal(value)) return Item::Number(*number);
  if (value.kind() != ItemKind::kString) return std::nullopt;
  std::string_view text = value.text();
  if (text.starts_with('+')) text.remove_prefix(text.starts_with("+-") ? 0 : 1);
  if (text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
  const auto number = Decimal::Parse(text);
  return number.has_value() ? std::optional(Item::Number(*number)) : std::nullopt;
}

std::optional<Item> String(const Call& call, const Item& value) {
  if (value.kind() == ItemKind::kString) return value;
  const auto text = ToStringValue(value);
  return text.has_value() ? std::optional(Item::String(call.frame.arena.CopyText(*text))) : std::nullopt;
}

std::optional<Item> Date(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kDate) return value;
  std::optional<Temporal> date;
  if (value.kind() == ItemKind::kDateTime) date = value.temporal();
  if (value.kind() == ItemKind::kString) date = Temporal::ParseDate(value.text());
  if (!date.has_value()) return std::nullopt;
  Temporal whole{.year = date->year, .month = date->month, .day = date->day};
  whole.precision = std::min(date->precision, Precision::kDay);
  return Item::Date(whole);
}

std::optional<Item> DateTime(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kDateTime) return value;
  if (value.kind() == ItemKind::kDate) return Item::DateTime(value.temporal());
  if (value.kind() != ItemKind::kString) return std::nullopt;
  const auto instant = Temporal::ParseDateTime(value.text());
  return instant.has_value() ? std::optional(Item::DateTime(*instant)) : std::nullopt;
}

std::optional<Item> Time(const Call&, const Item& value) {
  if (value.kind() == ItemKind::kTime) return value;
  if (value.kind() != ItemKind::kString) return std::nullopt;
  std::string_view text = value.text();
  if (text.starts_with('T')) text.remove_prefix(1);
  const auto time = Temporal::ParseTime(text);
  return time.has_value() ? std::optional(Item::Time(*time)) : std::nullopt;
}

std::optional<Item> QuantityFrom(const Call& call, const Item& value) {
  if (value.kind() == ItemKind::kQuantity) return value;
  if (value.kind() == ItemKind::kBoolean) {
    return MakeQuantity(call.frame, {*Decimal::Make(value.boolean() ? 10 : 0, 1), "1", false});
  }
  if (const auto number = ToDecimal(value)) return MakeQuantity(call.frame, {*number, "1", false});
  if (value.kind() != ItemKind::kString) return std::nullopt;
  const auto quantity = ParseQuantity(call.frame, value.text());
  return quantity.has_value() ? std::optional(MakeQuantity(call.frame, *quantity)) : std::nullopt;
}

// The unit asked for by toQuantity('mg'): converts, or there is no result.
bool InUnit(const Call& call, std::optional<Item>& result) {
  if (call.argument_count() == 0) return true;
  std::optional<std::string_view> unit;
  if (!call.TextArgument(0, unit)) return false;
  if (!unit.has_value() || !result.has_value()) {
    result.reset();
    return true;
  }
  const std::optional<Decimal> converted = ConvertTo(result->quantity(), *unit);
  if (!converted.has_value()) {
    result.reset();
  } else {
    result = MakeQuantity(call.frame, {*converted, *unit, CalendarUnit(*unit).has_value()});
  }
  return true;
}

template <Conversion kConversion>
bool Convert(const Call& call, bool& present, std::optional<Item>& result) {
  std::optional<Item> item;
  if (!call.Single(item)) return false;
  if (!item.has_value()) return true;
  const Item value = ToSystem(call.frame, *item);
  if (value.is_node() && value.node().is_null()) return true;
  present = true;
  result = kConversion(call, value);
  return !std::is_same_v<std::integral_constant<Conversion, kConversion>,
                         std::integral_constant<Conversion, QuantityFrom>> ||
         InUnit(call, result);
}

template <Conversion kConversion>
bool To(const Call& call, Collection& out) {
  bool present = false;
  std::optional<Item> result;
  if (!Convert<kConversion>(call, present, result)) return false;
  if (result.has_value()) out.Add(*result);
  return true;
}

template <Conversion kConversion>
bool ConvertsTo(const Call& call, Collection& out) {
  bool present = false;
  std::optional<Item> result;
  if (!Convert<kConversion>(call, present, result)) return false;
  if (present) out.Add(Item::Boolean(result.has_value()));
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"toBoolean", To<Boolean>, 0, 0, ResultKind::kBoolean},
    {"toInteger", To<Integer>, 0, 0, ResultKind::kInteger},
    {"toLong", To<Long>, 0, 0},
    {"toDecimal", To<DecimalOf>, 0, 0, ResultKind::kDecimal},
    {"toString", To<String>, 0, 0, ResultKind::kString},
    {"toDate", To<Date>, 0, 0},
    {"toDateTime", To<DateTime>, 0, 0},
    {"toTime", To<Time>, 0, 0},
    {"toQuantity", To<QuantityFrom>, 0, 1},
    {"convertsToBoolean", ConvertsTo<Boolean>, 0, 0, ResultKind::kBoolean},
    {"convertsToInteger", ConvertsTo<Integer>, 0, 0, ResultKind::kBoolean},
    {"convertsToLong", ConvertsTo<Long>, 0, 0, ResultKind::kBoolean},
    {"convertsToDecimal", ConvertsTo<DecimalOf>, 0, 0, ResultKind::kBoolean},
    {"convertsToString", ConvertsTo<String>, 0, 0, ResultKind::kBoolean},
    {"convertsToDate", ConvertsTo<Date>, 0, 0, ResultKind::kBoolean},
    {"convertsToDateTime", ConvertsTo<DateTime>, 0, 0, ResultKind::kBoolean},
    {"convertsToTime", ConvertsTo<Time>, 0, 0, ResultKind::kBoolean},
    {"convertsToQuantity", ConvertsTo<QuantityFrom>, 0, 1, ResultKind::kBoolean},
};

}  // namespace

std::span<const FunctionInfo> ConversionFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
