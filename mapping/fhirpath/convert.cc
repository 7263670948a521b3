#include "mapping/fhirpath/convert.h"

#include <algorithm>
#include <new>

#include "mapping/fhirpath/parser.h"

namespace hjerte::fhirpath {

namespace {

Item NumberOf(std::string_view text, const Item& fallback) {
  const std::optional<Decimal> value = Decimal::Parse(text);
  if (!value.has_value()) return fallback;
  const bool whole = text.find_first_of(".eE") == std::string_view::npos;
  if (whole) {
    const std::optional<int64_t> integer = value->ToInt64();
    if (integer.has_value() && *integer <= INT32_MAX && *integer >= INT32_MIN) return Item::Integer(*integer);
  }
  return Item::Number(*value);
}

Item Untyped(const Item& item) {
  switch (item.node().kind()) {
    case json::Kind::kBool:
      return Item::Boolean(item.node().bool_value());
    case json::Kind::kNumber:
      return NumberOf(item.node().text(), item);
    case json::Kind::kString:
      return Item::String(item.node().text());
    default:
      return item;
  }
}

Item CalendarOf(std::string_view text, ItemKind kind, const Item& fallback) {
  if (kind == ItemKind::kDate) {
    const auto value = Temporal::ParseDate(text);
    // Where a record holds more than a date in a date field, the time is kept rather than the value lost.
    if (value.has_value()) return Item::Date(*value);
    const auto instant = Temporal::ParseDateTime(text);
    return instant.has_value() ? Item::DateTime(*instant) : fallback;
  }
  if (kind == ItemKind::kDateTime) {
    const auto value = Temporal::ParseDateTime(text);
    return value.has_value() ? Item::DateTime(*value) : fallback;
  }
  const auto value = Temporal::ParseTime(text);
  return value.has_value() ? Item::Time(*value) : fallback;
}

Item Typed(const Item& item, ItemKind kind) {
  const json::Value& value = item.node();
  switch (kind) {
    case ItemKind::kDate:
    case ItemKind::kDateTime:
    case ItemKind::kTime:
      return value.is_string() ? CalendarOf(value.text(), kind, Untyped(item)) : Untyped(item);
    case ItemKind::kDecimal: {
      const auto number = value.is_number() ? Decimal::Parse(value.text()) : std::nullopt;
      return number.has_value() ? Item::Number(*number) : Untyped(item);
    }
    case ItemKind::kLong: {
      const Item number = Untyped(item);
      return number.kind() == ItemKind::kInteger ? Item::Long(number.integer()) : number;
    }
    default:
      return Untyped(item);
  }
}

// A Quantity of FHIR as one of FHIRPath (R4, Using FHIR types in expressions): the UCUM code is the unit. Without a
// code the unit as people read it is taken.
std::optional<Quantity> QuantityOfNode(const json::Value& node) {
  const json::Value* value = node.Find("value");
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const std::optional<Decimal> number = Decimal::Parse(value->text());
  if (!number.has_value()) return std::nullopt;
  Quantity quantity{*number, "1", false};
  const json::Value* code = node.Find("code");
  const json::Value* unit = node.Find("unit");
  if (code != nullptr && code->is_string()) {
    const json::Value* system = node.Find("system");
    quantity.unit = code->text();
    quantity.from_fhir = system != nullptr && system->text() == "http://unitsofmeasure.org";
  } else if (unit != nullptr && unit->is_string()) {
    quantity.unit = unit->text();
  }
  return quantity;
}

bool IsQuantity(const Frame& frame, TypeId type) {
  if (type == frame.types.quantity) return type != kUnknownType;
  return type != kUnknownType && frame.types.quantity != kUnknownType && frame.model.IsA(type, frame.types.quantity);
}

}  // namespace

Item ToSystem(Frame& frame, const Item& item) {
  if (!item.is_node()) return item;
  if (item.type() == kUnknownType) return Untyped(item);
  const json::Value& value = item.node();
  if (value.is_object()) {
    if (!IsQuantity(frame, item.type())) return item;
    const auto quantity = QuantityOfNode(value);
    return quantity.has_value() ? MakeQuantity(frame, *quantity) : item;
  }
  const std::optional<ItemKind> kind = frame.model.Primitive(item.type());
  return kind.has_value() ? Typed(item, *kind) : Untyped(item);
}

Item ToSystemLike(Frame& frame, const Item& item, ItemKind wanted) {
  Item value = ToSystem(frame, item);
  if (!item.is_node() || frame.model.Primitive(item.type()).has_value()) return value;
  const bool calendar = wanted == ItemKind::kDate || wanted == ItemKind::kDateTime || wanted == ItemKind::kTime;
  if (calendar && value.kind() == ItemKind::kString) {
    const auto date = Temporal::ParseDate(value.text());
    if (date.has_value() && wanted != ItemKind::kTime) return Item::Date(*date);
    return CalendarOf(value.text(), wanted == ItemKind::kTime ? wanted : ItemKind::kDateTime, value);
  }
  if (wanted == ItemKind::kQuantity && value.is_node() && value.node().is_object()) {
    const auto quantity = QuantityOfNode(value.node());
    if (quantity.has_value()) return MakeQuantity(frame, *quantity);
  }
  return value;
}

void AddAs(Frame& frame, const Item& item, const TypeSpec& type, Collection& out) {
  if (IsOfType(frame, item, type, /*exact=*/true)) {
    out.Add(item);
  } else if (const Item value = ToSystem(frame, item); type.system.has_value() && value.kind() == *type.system) {
    out.Add(value);
  }
}

std::optional<std::string_view> PlainText(const Frame& frame, const Item& item) {
  if (item.kind() == ItemKind::kString) return item.text();
  if (!item.is_node() || !item.node().is_string()) return std::nullopt;
  if (item.type() != kUnknownType) {
    const std::optional<ItemKind> kind = frame.model.Primitive(item.type());
    if (kind == ItemKind::kDate || kind == ItemKind::kDateTime || kind == ItemKind::kTime) return std::nullopt;
  }
  return item.node().text();
}

bool IsComplex(const Item& item) {
  if (!item.is_node()) return item.kind() == ItemKind::kTypeInfo;
  const json::Kind kind = item.node().kind();
  return kind == json::Kind::kObject || kind == json::Kind::kArray || kind == json::Kind::kNull;
}

std::optional<Decimal> ToDecimal(const Item& item) {
  if (item.kind() == ItemKind::kDecimal) return item.decimal();
  if (item.kind() == ItemKind::kInteger || item.kind() == ItemKind::kLong) return Decimal(item.integer());
  return std::nullopt;
}

Item MakeQuantity(Frame& frame, const Quantity& quantity) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the arena owns it
  return Item::QuantityOf(new (frame.arena.Allocate(sizeof(Quantity))) Quantity(quantity));
}

std::optional<Quantity> ParseQuantity(Frame& frame, std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const bool plus = text.starts_with('+') && !text.starts_with("+-");
  if (plus) text.remove_prefix(1);
  const size_t number_end = std::min(text.find_first_not_of("0123456789.", text.starts_with('-') ? 1 : 0), text.size());
  const std::optional<Decimal> value = Decimal::Parse(text.substr(0, number_end));
  if (!value.has_value()) return std::nullopt;
  std::string_view rest = text.substr(number_end);
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  if (rest.empty()) return Quantity{*value, "1", false};
  if (rest.size() > 2 && rest.front() == '\'' && rest.find('\'', 1) == rest.size() - 1) {
    return Quantity{*value, frame.arena.CopyText(rest.substr(1, rest.size() - 2)), false};
  }
  if (!CalendarUnit(rest).has_value()) return std::nullopt;
  return Quantity{*value, frame.arena.CopyText(rest), true};
}

TemporalKind KindOfTemporal(const Item& item) {
  return item.kind() == ItemKind::kDate       ? TemporalKind::kDate
         : item.kind() == ItemKind::kDateTime ? TemporalKind::kDateTime
                                              : TemporalKind::kTime;
}

std::optional<std::string> ToStringValue(const Item& system) {
  switch (system.kind()) {
    case ItemKind::kBoolean:
      return system.boolean() ? "true" : "false";
    case ItemKind::kInteger:
    case ItemKind::kLong:
      return std::to_string(system.integer());
    case ItemKind::kDecimal:
      return system.decimal().ToString();
    case ItemKind::kString:
      return std::string(system.text());
    case ItemKind::kDate:
    case ItemKind::kDateTime:
    case ItemKind::kTime:
      return system.temporal().ToString(KindOfTemporal(system));
    case ItemKind::kQuantity:
      return system.quantity().ToString();
    default:
      return std::nullopt;
  }
}

std::string Quantity::ToString() const {
  std::string text = value.ToString();
  text.push_back(' ');
  if (calendar) return text.append(unit);
  return text.append("'").append(unit).append("'");
}

}  // namespace hjerte::fhirpath
