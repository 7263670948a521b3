#include "mapping/structuremap/conversion.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/values.h"

namespace hjerte::structuremap {
namespace {

using fhirpath::Decimal;
using fhirpath::Item;
using fhirpath::Temporal;
using json::Value;

using Form = PrimitiveForm;

struct Primitive {
  std::string_view name;
  Form form;
};

// Those that maps ask for most stand first.
constexpr std::array<Primitive, 21> kPrimitives = {{
    {"string", Form::kText},
    {"code", Form::kText},
    {"decimal", Form::kDecimal},
    {"dateTime", Form::kDateTime},
    {"integer", Form::kInteger},
    {"date", Form::kDate},
    {"uri", Form::kText},
    {"boolean", Form::kBoolean},
    {"instant", Form::kInstant},
    {"id", Form::kText},
    {"url", Form::kText},
    {"canonical", Form::kText},
    {"markdown", Form::kText},
    {"oid", Form::kText},
    {"uuid", Form::kText},
    {"base64Binary", Form::kText},
    {"xhtml", Form::kText},
    {"positiveInt", Form::kInteger},
    {"unsignedInt", Form::kInteger},
    {"integer64", Form::kInteger},
    {"time", Form::kTime},
}};

absl::Status Refused(std::string_view type, std::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("a value that is no ", std::string(type), ", expected ", std::string(expected)));
}

Value Text(std::string_view text, json::Arena& arena) { return Value::String(arena.CopyText(text)); }

absl::StatusOr<Value> ToBoolean(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const std::string_view word : {"true", "t", "yes", "y", "1", "1.0"}) {
    if (lower == word) return Value::Bool(true);
  }
  for (const std::string_view word : {"false", "f", "no", "n", "0", "0.0"}) {
    if (lower == word) return Value::Bool(false);
  }
  return Refused("boolean", "true or false");
}

absl::StatusOr<Value> ToInteger(std::string_view text, std::string_view type, json::Arena& arena) {
  const std::optional<Decimal> number = Decimal::Parse(text);
  const std::optional<int64_t> whole = number.has_value() ? number->ToInt64() : std::nullopt;
  const int64_t least = type == "positiveInt" ? 1 : type == "unsignedInt" ? 0 : INT64_MIN;
  if (!whole.has_value() || *whole < least) {
    return Refused(type, least == 1   ? "a whole number above 0"
                         : least == 0 ? "a whole number from 0"
                                      : "a whole number");
  }
  return Value::Number(arena.CopyText(absl::StrCat(*whole)));
}

// A number without sign and exponent that a Decimal writes as it stands.
bool IsPlainDecimal(std::string_view text) {
  constexpr size_t kDigitsMax = 18;
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() || (point < text.size() && fraction.empty()) || text.size() > kDigitsMax) return false;
  if (whole.size() > 1 && whole.front() == '0') return false;
  const auto digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(whole) && digits(fraction);
}

absl::StatusOr<Value> ToDecimal(std::string_view text, json::Arena& arena) {
  if (IsPlainDecimal(text)) return Value::Number(arena.CopyText(text));
  const std::optional<Decimal> number = Decimal::Parse(text);
  if (!number.has_value()) return Refused("decimal", "a decimal number with a point");
  return Value::Number(arena.CopyText(number->ToString()));
}

absl::StatusOr<Value> ToTemporal(std::string_view text, Form form, std::string_view type, json::Arena& arena) {
  switch (form) {
    case Form::kDate: {
      const std::string_view date = text.substr(0, text.find('T'));
      if (!Temporal::ParseDateTime(text).has_value() || !Temporal::ParseDate(date).has_value()) {
        return Refused(type, "a date such as 2026-01-31");
      }
      return Text(date, arena);
    }
    case Form::kInstant: {
      const std::optional<Temporal> instant = Temporal::ParseDateTime(text);
      if (!instant.has_value() || !instant->has_offset || instant->precision < fhirpath::Precision::kSecond) {
        return Refused(type, "an instant such as 2026-01-31T12:00:00Z");
      }
      return Text(text, arena);
    }
    case Form::kTime: {
      const size_t at = text.find('T');
      std::string_view time = at == std::string_view::npos ? text : text.substr(at + 1);
      time = time.substr(0, time.find_first_of("Z+-"));
      if (!Temporal::ParseTime(time).has_value()) return Refused(type, "a time such as 12:00:00");
      return Text(time, arena);
    }
    default:
      if (!Temporal::ParseDateTime(text).has_value()) {
        return Refused(type, "a date, or a date and time such as 2026-01-31T12:00:00Z");
      }
      return Text(text, arena);
  }
}

}  // namespace

std::optional<PrimitiveForm> FormOf(std::string_view type) {
  for (const Primitive& primitive : kPrimitives) {
    if (primitive.name == type) return primitive.form;
  }
  return std::nullopt;
}

bool IsPrimitiveType(std::string_view type) { return FormOf(type).has_value(); }

absl::StatusOr<Value> CastPrimitive(const Item& item, std::string_view type, json::Arena& arena) {
  return CastPrimitive(item, {type, FormOf(type)}, arena);
}

absl::StatusOr<Value> CastPrimitive(const Item& item, const AssignedType& cast, json::Arena& arena) {
  const std::optional<std::string_view> text = TextIn(item, arena);
  const auto& [type, form] = cast;
  if (!form.has_value()) return absl::InvalidArgumentError(absl::StrCat("no cast to ", std::string(type)));
  if (!text.has_value()) return Refused(type, "a single value without children");
  switch (*form) {
    case Form::kText:
      return Text(*text, arena);
    case Form::kBoolean:
      return ToBoolean(*text);
    case Form::kInteger:
      return ToInteger(*text, type, arena);
    case Form::kDecimal:
      return ToDecimal(*text, arena);
    default:
      return ToTemporal(*text, *form, type, arena);
  }
}

absl::StatusOr<Value> AssignPrimitive(const Item& item, const AssignedType& type, bool lasting, json::Arena& arena) {
  const std::optional<std::string_view> text = TextIn(item, arena);
  if (!text.has_value()) return Refused(type.name, "a single value without children");
  if (!type.form.has_value()) return CopyToJson(item, arena);
  switch (*type.form) {
    case Form::kBoolean:
      if (*text == "true" || *text == "false") return Value::Bool(*text == "true");
      return Refused(type.name, "true or false");
    case Form::kInteger:
      return ToInteger(*text, type.name, arena);
    case Form::kDecimal:
      if (lasting && IsPlainDecimal(*text)) return Value::Number(*text);
      return ToDecimal(*text, arena);
    default:
      return lasting ? Value::String(*text) : Text(*text, arena);
  }
}

}  // namespace hjerte::structuremap
