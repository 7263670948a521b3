#include "mapping/view/cell.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace hjerte::view {
namespace {

using fhirpath::Item;
using fhirpath::ItemKind;
using json::Value;

Value TextValue(const std::string& text, json::Arena& arena) { return Value::String(arena.CopyText(text)); }

Value QuantityValue(const fhirpath::Quantity& quantity, json::Arena& arena) {
  Value object = Value::Object(arena);
  object.Add(arena, "value", Value::Number(arena.CopyText(quantity.value.ToString())));
  object.Add(arena, "unit", Value::String(arena.CopyText(quantity.unit)));
  return object;
}

Value ValueOf(const Item& item, json::Arena& arena) {
  switch (item.kind()) {
    case ItemKind::kNode:
      return item.node();
    case ItemKind::kBoolean:
      return Value::Bool(item.boolean());
    case ItemKind::kInteger:
    case ItemKind::kLong:
      return Value::Number(arena.CopyText(absl::StrCat(item.integer())));
    case ItemKind::kDecimal:
      return Value::Number(arena.CopyText(item.decimal().ToString()));
    case ItemKind::kString:
      return Value::String(arena.CopyText(item.text()));
    case ItemKind::kDate:
      return TextValue(item.temporal().ToString(fhirpath::TemporalKind::kDate), arena);
    case ItemKind::kDateTime:
      return TextValue(item.temporal().ToString(fhirpath::TemporalKind::kDateTime), arena);
    case ItemKind::kTime:
      return TextValue(item.temporal().ToString(fhirpath::TemporalKind::kTime), arena);
    case ItemKind::kQuantity:
      return QuantityValue(item.quantity(), arena);
    case ItemKind::kTypeInfo:
      return Value::String(arena.CopyText(item.type_info().name));
  }
  return {};
}

bool IsPrimitiveType(std::string_view type, const fhirpath::TypeModel* model) {
  return !type.empty() && model != nullptr && model->Primitive(model->FindType(type)).has_value();
}

}  // namespace

absl::StatusOr<Value> MakeCell(const fhirpath::Collection& values, const SelectedColumn& column,
                               const fhirpath::TypeModel* model, json::Arena& arena) {
  if (!column.collection && values.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(values.size(),
                                                   " values, expected one; a column of several says "
                                                   "\"collection\": true"));
  }
  Value list = Value::Array(arena);
  for (const Item& item : values) {
    const Value value = ValueOf(item, arena);
    if (value.is_object() && IsPrimitiveType(column.type, model)) {
      return absl::InvalidArgumentError(absl::StrCat("an element with parts of its own, expected a ", column.type));
    }
    if (!column.collection) return value;
    list.Append(arena, value);
  }
  return column.collection ? list : Value::Null();
}

}  // namespace hjerte::view
