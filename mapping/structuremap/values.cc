#include "mapping/structuremap/values.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"

namespace hjerte::structuremap {
namespace {

using fhirpath::Item;
using fhirpath::ItemKind;
using fhirpath::TypeId;
using fhirpath::TypeModel;

bool IsWhole(std::string_view number) { return number.find_first_of(".eE") == std::string_view::npos; }

std::string_view KindName(ItemKind kind) {
  switch (kind) {
    case ItemKind::kBoolean:
      return "boolean";
    case ItemKind::kInteger:
      return "integer";
    case ItemKind::kLong:
      return "integer64";
    case ItemKind::kDecimal:
      return "decimal";
    case ItemKind::kDate:
      return "date";
    case ItemKind::kDateTime:
      return "dateTime";
    case ItemKind::kTime:
      return "time";
    case ItemKind::kQuantity:
      return "Quantity";
    default:
      return "string";
  }
}

json::Value QuantityToJson(const fhirpath::Quantity& quantity, json::Arena& arena) {
  json::Value object = json::Value::Object(arena);
  object.Add(arena, "value", json::Value::Number(arena.CopyText(quantity.value.ToString())));
  object.Add(arena, "unit", json::Value::String(arena.CopyText(quantity.unit)));
  if (!quantity.calendar) {
    object.Add(arena, "system", json::Value::String("http://unitsofmeasure.org"));
    object.Add(arena, "code", json::Value::String(arena.CopyText(quantity.unit)));
  }
  return object;
}

// A name such as valueQuantity where `name` is value, and the type its end names; kUnknownType when it is none.
TypeId ChoiceSuffix(std::string_view member, std::string_view name, const TypeModel& model) {
  if (member.size() <= name.size() || !member.starts_with(name)) return fhirpath::kUnknownType;
  const char first = member[name.size()];
  if (std::isupper(static_cast<unsigned char>(first)) == 0) return fhirpath::kUnknownType;
  std::string suffix(member.substr(name.size()));
  if (const TypeId type = model.FindType(suffix); type != fhirpath::kUnknownType) return type;
  suffix[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(first)));
  return model.FindType(suffix);
}

void AddMember(const json::Value* value, const json::Value* sibling, TypeId type, const TypeModel* model,
               std::vector<Item>& out) {
  static const json::Value kNull;
  if (value == nullptr) value = &kNull;
  if (!value->is_array() && (sibling == nullptr || !sibling->is_array())) {
    if (!value->is_null() || sibling != nullptr)
      out.push_back(Item::Node(*value, TypeOfNode(*value, type, model), sibling));
    return;
  }
  const size_t siblings = sibling == nullptr ? 0 : sibling->size();
  const size_t count = std::max(value->size(), siblings);
  for (size_t i = 0; i < count; ++i) {
    const json::Value& element = i < value->size() ? value->elements()[i] : kNull;
    const json::Value* beside = i < siblings && !sibling->elements()[i].is_null() ? &sibling->elements()[i] : nullptr;
    if (element.is_null() && beside == nullptr) continue;
    out.push_back(Item::Node(element, TypeOfNode(element, type, model), beside));
  }
}

void PrimitiveChildren(const Item& item, std::string_view name, const TypeModel* model, std::vector<Item>& out) {
  if (name == "value") {
    if (!item.is_node()) {
      out.push_back(item);
    } else if (!item.node().is_null()) {
      out.push_back(Item::Node(item.node(), item.type()));
    }
    return;
  }
  if (!item.is_node() || item.sibling() == nullptr) return;
  const TypeId type =
      model == nullptr ? fhirpath::kUnknownType : model->FindType(name == "extension" ? "Extension" : "string");
  if (const json::Value* found = item.sibling()->Find(name)) AddMember(found, nullptr, type, model, out);
}

}  // namespace

bool IsPrimitive(const Item& item) {
  if (!item.is_node()) return item.kind() != ItemKind::kQuantity;
  return !item.node().is_object() && !item.node().is_array();
}

TypeId TypeOfNode(const json::Value& value, TypeId known, const TypeModel* model) {
  if (model == nullptr || !value.is_object()) return known;
  if (const json::Value* resource = value.Find("resourceType"); resource != nullptr && resource->is_string()) {
    if (const TypeId type = model->FindType(resource->text()); type != fhirpath::kUnknownType) return type;
  }
  return known;
}

std::string_view TypeNameOf(const Item& item, const TypeModel* model) {
  if (!item.is_node()) return KindName(item.kind());
  if (item.type() != fhirpath::kUnknownType && model != nullptr) return model->Name(item.type());
  switch (item.node().kind()) {
    case json::Kind::kBool:
      return "boolean";
    case json::Kind::kNumber:
      return IsWhole(item.node().text()) ? "integer" : "decimal";
    case json::Kind::kString:
      return "string";
    default:
      return {};
  }
}

std::optional<std::string> TextOf(const Item& item) {
  switch (item.kind()) {
    case ItemKind::kNode:
      if (item.node().is_bool()) return item.node().bool_value() ? "true" : "false";
      if (item.node().is_string() || item.node().is_number()) return std::string(item.node().text());
      return std::nullopt;
    case ItemKind::kBoolean:
      return item.boolean() ? "true" : "false";
    case ItemKind::kInteger:
    case ItemKind::kLong:
      return absl::StrCat(item.integer());
    case ItemKind::kDecimal:
      return item.decimal().ToString();
    case ItemKind::kString:
      return std::string(item.text());
    case ItemKind::kDate:
      return item.temporal().ToString(fhirpath::TemporalKind::kDate);
    case ItemKind::kDateTime:
      return item.temporal().ToString(fhirpath::TemporalKind::kDateTime);
    case ItemKind::kTime:
      return item.temporal().ToString(fhirpath::TemporalKind::kTime);
    case ItemKind::kQuantity:
      return item.quantity().ToString();
    case ItemKind::kTypeInfo:
      return std::string(item.type_info().name);
  }
  return std::nullopt;
}

std::optional<std::string_view> TextIn(const Item& item, json::Arena& arena) {
  if (item.kind() == ItemKind::kString) return item.text();
  if (item.is_node() && (item.node().is_string() || item.node().is_number())) return item.node().text();
  const bool boolean = item.kind() == ItemKind::kBoolean || (item.is_node() && item.node().is_bool());
  if (boolean) return (item.is_node() ? item.node().bool_value() : item.boolean()) ? "true" : "false";
  const std::optional<std::string> text = TextOf(item);
  if (!text.has_value()) return std::nullopt;
  return arena.CopyText(*text);
}

json::Value CopyToJson(const Item& item, json::Arena& arena) {
  switch (item.kind()) {
    case ItemKind::kNode:
      return json::Copy(arena, item.node());
    case ItemKind::kBoolean:
      return json::Value::Bool(item.boolean());
    case ItemKind::kQuantity:
      return QuantityToJson(item.quantity(), arena);
    case ItemKind::kString:
      return json::Value::String(arena.CopyText(item.text()));
    case ItemKind::kInteger:
    case ItemKind::kLong:
    case ItemKind::kDecimal:
      return json::Value::Number(arena.CopyText(*TextOf(item)));
    default:
      return json::Value::String(arena.CopyText(*TextOf(item)));
  }
}

void Children(const Item& item, std::string_view name, const TypeModel* model, std::vector<Item>& out) {
  if (IsPrimitive(item)) return PrimitiveChildren(item, name, model, out);
  if (!item.is_node()) return;
  if (item.node().is_array()) {  // an array within an array, in plain JSON
    for (const json::Value& element : item.node().elements())
      Children(Item::Node(element, item.type()), name, model, out);
    return;
  }
  const json::Value& object = item.node();
  const fhirpath::Element* element = nullptr;
  if (model != nullptr && item.type() != fhirpath::kUnknownType) element = model->FindElement(item.type(), name);
  if (element != nullptr && !element->choices.empty()) {
    for (const fhirpath::Choice& choice : element->choices) {
      const json::Value* value = object.Find(choice.member);
      AddMember(value, object.FindBeside(choice.member), choice.type, model, out);
    }
    return;
  }
  auto [value, sibling] = object.FindBoth(name);
  if (value != nullptr && value->is_object()) sibling = nullptr;
  if (value != nullptr || sibling != nullptr) {
    TypeId type = element == nullptr ? fhirpath::kUnknownType : element->type;
    const fhirpath::Choice* choice = nullptr;
    if (element == nullptr && model != nullptr && item.type() != fhirpath::kUnknownType &&
        model->FindChoice(item.type(), name, &choice) != nullptr) {
      type = choice->type;  // the spelled name of a choice, valueQuantity
    }
    AddMember(value, sibling, type, model, out);
    return;
  }
  if (element != nullptr || model == nullptr || item.type() != fhirpath::kUnknownType) return;
  for (const json::Member& member : object.members()) {
    const TypeId type = ChoiceSuffix(member.name, name, *model);
    if (type != fhirpath::kUnknownType) AddMember(&member.value, object.FindBeside(member.name), type, model, out);
  }
}

}  // namespace hjerte::structuremap
