#include "mapping/structuremap/literals.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace hjerte::structuremap {

using fhirpath::Item;

absl::StatusOr<Item> LiteralItem(const Parameter& parameter) {
  using Kind = Parameter::Kind;
  const auto wrong = [&](const char* expected) {
    return absl::InvalidArgumentError(absl::StrCat("'", parameter.text, "' found, expected ", expected));
  };
  switch (parameter.kind) {
    case Kind::kBoolean:
      return Item::Boolean(parameter.text == "true");
    case Kind::kInteger: {
      const auto number = fhirpath::Decimal::Parse(parameter.text);
      const auto integer = number.has_value() ? number->ToInt64() : std::nullopt;
      if (!integer.has_value()) return wrong("an integer of at most 18 digits");
      return Item::Integer(*integer);
    }
    case Kind::kDecimal: {
      const auto number = fhirpath::Decimal::Parse(parameter.text);
      if (!number.has_value()) return wrong("a decimal number");
      return Item::Number(*number);
    }
    case Kind::kDate: {
      const auto date = fhirpath::Temporal::ParseDate(parameter.text);
      if (!date.has_value()) return wrong("a date such as @2026-01-31");
      return Item::Date(*date);
    }
    case Kind::kDateTime: {
      const auto date_time = fhirpath::Temporal::ParseDateTime(parameter.text);
      if (!date_time.has_value()) return wrong("a date and time such as @2026-01-31T12:00:00Z");
      return Item::DateTime(*date_time);
    }
    case Kind::kTime: {
      const auto time = fhirpath::Temporal::ParseTime(parameter.text);
      if (!time.has_value()) return wrong("a time such as @T12:00:00");
      return Item::Time(*time);
    }
    default:
      return Item::String(parameter.text);
  }
}

}  // namespace hjerte::structuremap
