#include "mapping/registry/course/value_reader.h"

#include <optional>
#include <string_view>

#include "mapping/registry/course/fhir_read.h"

namespace hjerte::registry {
namespace {

using fhirpath::Decimal;
using fhirpath::Item;
using fhirpath::ItemKind;
using Kind = Reading::Kind;

bool IsDigits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// The text of a string, code or number item; none for a structure.
std::optional<std::string> ScalarText(const Item& item) {
  switch (item.kind()) {
    case ItemKind::kNode:
      if (item.node().is_string() || item.node().is_number()) return std::string(item.node().text());
      if (item.node().is_bool()) return item.node().bool_value() ? "true" : "false";
      return std::nullopt;
    case ItemKind::kString:
      return std::string(item.text());
    case ItemKind::kInteger:
    case ItemKind::kLong:
      return std::to_string(item.integer());
    case ItemKind::kDecimal:
      return item.decimal().ToString();
    case ItemKind::kBoolean:
      return item.boolean() ? "true" : "false";
    default:
      return std::nullopt;
  }
}

bool IsNumber(const Item& item) {
  if (item.is_node()) return item.node().is_number();
  return item.kind() == ItemKind::kInteger || item.kind() == ItemKind::kLong || item.kind() == ItemKind::kDecimal;
}

// 10^power times the number, exactly.
std::optional<Decimal> Shift(const Decimal& number, int power) {
  if (power == 0) return number;
  int64_t ten = 1;
  for (int i = 0; i < (power < 0 ? -power : power); ++i) ten *= 10;
  const std::optional<Decimal> factor = power < 0 ? Decimal::Make(1, -power) : Decimal::Make(ten, 0);
  return factor ? number.Times(*factor) : std::nullopt;
}

Reading ReadQuantity(const CompiledVariable& compiled, const Item& item) {
  if (!item.is_node() || !item.node().is_object()) return {Kind::kWrongType, {}};
  const json::Value& quantity = item.node();
  const json::Value* value = quantity.Find("value");
  if (value == nullptr) return {Kind::kAbsent, {}};
  if (!value->is_number()) return {Kind::kWrongType, {}};
  if (quantity.Find("comparator") != nullptr) return {Kind::kWrongFormat, {}};
  std::string_view unit = TextOf(quantity, "code");
  if (unit.empty()) unit = TextOf(quantity, "unit");
  const auto power = compiled.units.find(std::string(unit));
  if (power == compiled.units.end()) return {Kind::kWrongUnit, {}};
  const std::optional<Decimal> number = Decimal::Parse(value->text());
  const std::optional<Decimal> shifted = number ? Shift(*number, power->second) : std::nullopt;
  if (!shifted) return {Kind::kWrongFormat, {}};
  return {Kind::kValue, shifted->Normalized().ToString()};
}

Reading ReadNumber(const Variable& variable, const Item& item) {
  const Item* number = &item;
  Item inner;
  if (item.is_node() && item.node().is_object()) {  // A Quantity where a count is meant: its value counts.
    const json::Value* value = item.node().Find("value");
    if (value == nullptr) return {Kind::kAbsent, {}};
    inner = Item::Node(*value);
    number = &inner;
  }
  if (!IsNumber(*number)) return {Kind::kWrongType, {}};
  const std::optional<Decimal> decimal = Decimal::Parse(*ScalarText(*number));
  if (!decimal) return {Kind::kWrongFormat, {}};
  if (variable.type == ValueType::kDecimal) return {Kind::kValue, decimal->Normalized().ToString()};
  const std::optional<int64_t> whole = decimal->ToInt64();
  if (!whole) return {Kind::kWrongType, {}};
  return {Kind::kValue, std::to_string(*whole)};
}

Reading ListedCode(const CompiledContent& content, const Variable& variable, const CompiledVariable& compiled,
                   std::string_view code) {
  if (compiled.absent_codes.contains(std::string(code))) return {Kind::kAbsent, {}};
  const bool known = compiled.municipality ? content.municipalities.contains(code)
                                           : variable.codes.empty() || variable.FindCode(code) != nullptr;
  if (!known) return {Kind::kUnknownCode, {}};
  return {Kind::kValue, std::string(code)};
}

Reading ReadCode(const CompiledContent& content, const Variable& variable, const CompiledVariable& compiled,
                 const Item& item) {
  if (const std::optional<std::string> code = ScalarText(item)) return ListedCode(content, variable, compiled, *code);
  if (!item.is_node() || !item.node().is_object()) return {Kind::kWrongType, {}};
  for (const std::string& coding : CodingsOf(item.node())) {
    const auto mapped = compiled.code_of_coding.find(coding);
    if (mapped != compiled.code_of_coding.end()) return ListedCode(content, variable, compiled, mapped->second);
    const size_t bar = coding.find('|');
    if (std::string_view(coding).substr(0, bar) == variable.code_system) {
      return ListedCode(content, variable, compiled, std::string_view(coding).substr(bar + 1));
    }
  }
  return {Kind::kUnknownCode, {}};
}

Reading ReadDate(const Item& item) {
  const std::optional<std::string> text = ScalarText(item);
  if (!text) return {Kind::kWrongType, {}};
  const std::optional<Date> day = ParseDay(*text);
  if (!day) return {Kind::kWrongFormat, {}};
  return {Kind::kValue, FormatDate(*day)};
}

Reading ReadText(const CompiledVariable& compiled, const Item& item) {
  std::optional<std::string> text = ScalarText(item);
  if (!text || IsNumber(item)) return {Kind::kWrongType, {}};
  if (text->empty()) return {Kind::kAbsent, {}};
  bool valid = true;
  if (compiled.format == Format::kSor) {
    valid = text->size() >= 6 && text->size() <= 18 && IsDigits(*text);
  } else if (compiled.format == Format::kSks) {
    valid = text->size() >= 3 && text->size() <= 10 && (*text)[0] >= 'A' && (*text)[0] <= 'Z' &&
            text->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string::npos;
  }
  if (!valid) return {Kind::kWrongFormat, {}};
  return {Kind::kValue, *std::move(text)};
}

}  // namespace

bool IsNumeric(ValueType type) {
  return type == ValueType::kCount || type == ValueType::kScore || type == ValueType::kQuantity ||
         type == ValueType::kDecimal;
}

Reading ReadValue(const CompiledContent& content, const Variable& variable, const CompiledVariable& compiled,
                  const fhirpath::Item& item) {
  switch (variable.type) {
    case ValueType::kQuantity:
      return ReadQuantity(compiled, item);
    case ValueType::kCount:
    case ValueType::kScore:
    case ValueType::kDecimal:
      return ReadNumber(variable, item);
    case ValueType::kCode:
      return ReadCode(content, variable, compiled, item);
    case ValueType::kDate:
      return ReadDate(item);
    case ValueType::kBoolean: {
      const std::optional<std::string> text = ScalarText(item);
      if (!text || (*text != "true" && *text != "false")) return {Kind::kWrongType, {}};
      return {Kind::kValue, *text};
    }
    case ValueType::kText:
    case ValueType::kIdentifier:
      break;
  }
  return ReadText(compiled, item);
}

}  // namespace hjerte::registry
