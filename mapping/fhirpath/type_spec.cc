#include "mapping/fhirpath/type_spec.h"

namespace hjerte::fhirpath {

namespace {

struct SystemType {
  std::string_view name;
  ItemKind kind;
};

constexpr SystemType kSystemTypes[] = {
    {"Boolean", ItemKind::kBoolean}, {"Integer", ItemKind::kInteger},   {"Long", ItemKind::kLong},
    {"Decimal", ItemKind::kDecimal}, {"String", ItemKind::kString},     {"Date", ItemKind::kDate},
    {"Time", ItemKind::kTime},       {"DateTime", ItemKind::kDateTime}, {"Quantity", ItemKind::kQuantity},
};

// Of a node whose type no model knows, only JSON speaks: its kind, and the resourceType it may name.
bool UntypedMatches(const Item& item, const TypeSpec& spec) {
  const json::Value& value = item.node();
  if (value.is_object()) {
    const json::Value* type = value.Find("resourceType");
    return spec.space != "System" && type != nullptr && type->text() == spec.name;
  }
  const auto kind = ScalarKind(value);
  return kind.has_value() && spec.system == kind;
}

}  // namespace

std::optional<ItemKind> SystemKind(std::string_view name) {
  for (const SystemType& type : kSystemTypes) {
    if (type.name == name) return type.kind;
  }
  return std::nullopt;
}

std::string_view SystemName(ItemKind kind) {
  for (const SystemType& type : kSystemTypes) {
    if (type.kind == kind) return type.name;
  }
  return "";
}

std::optional<ItemKind> ScalarKind(const json::Value& value) {
  if (value.is_bool()) return ItemKind::kBoolean;
  if (value.is_string()) return ItemKind::kString;
  if (!value.is_number()) return std::nullopt;
  return value.text().find_first_of(".eE") == std::string_view::npos ? ItemKind::kInteger : ItemKind::kDecimal;
}

TypeSpec TypeSpec::Resolve(std::string_view written, const TypeModel& model) {
  TypeSpec spec;
  spec.name = std::string(written);
  const size_t dot = written.find('.');
  if (dot != std::string_view::npos) {
    const std::string_view space = written.substr(0, dot);
    if (space == "System" || space == "FHIR" || space == model.space()) {
      spec.space = std::string(space);
      spec.name = std::string(written.substr(dot + 1));
    }
  }
  if (spec.space != "System") spec.type = model.FindType(spec.name);
  // R4's two profiles on a data type that expressions name as types.
  const bool profile = spec.name == "SimpleQuantity" || spec.name == "MoneyQuantity";
  if (profile && spec.space != "System" && spec.type == kUnknownType) spec.type = model.FindType("Quantity");
  if (spec.space.empty() || spec.space == "System") {
    spec.system = SystemKind(spec.name);
    spec.any = spec.name == "Any" && spec.type == kUnknownType;
  }
  return spec;
}

bool IsOfType(const Frame& frame, const Item& item, const TypeSpec& spec, bool exact) {
  if (spec.any) return true;
  if (!item.is_node()) {
    if (item.kind() == ItemKind::kTypeInfo)
      return spec.name == "TypeInfo" || spec.name == "SimpleTypeInfo" || spec.name == "ClassInfo";
    return spec.system == item.kind();
  }
  if (item.type() == kUnknownType) return UntypedMatches(item, spec);
  if (spec.type == kUnknownType) {
    // A resource whose definition is not loaded is known by its own word.
    return item.node().is_object() && item.type() == frame.types.resource && UntypedMatches(item, spec);
  }
  if (item.type() == spec.type) return true;
  if (exact && frame.model.Primitive(spec.type).has_value()) return false;
  return frame.model.IsA(item.type(), spec.type);
}

}  // namespace hjerte::fhirpath
