#include <string>

#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/fhirpath/type_spec.h"
#include "mapping/json/write.h"

namespace hjerte::fhirpath {

namespace {

// The published suite names System types in FHIR's spelling: integer, dateTime.
std::string Uncapitalised(std::string_view name) {
  std::string text(name);
  if (text == "Quantity" || text.empty()) return text;
  text.front() = static_cast<char>(text.front() - 'A' + 'a');
  return text;
}

std::string NodeTypeName(const Item& item, const TypeModel& model) {
  const json::Value* type = item.node().Find("resourceType");
  if (type != nullptr && type->is_string()) return std::string(type->text());
  const auto scalar = ScalarKind(item.node());
  if (item.type() == kUnknownType || model.Name(item.type()) == "Element") {
    return scalar.has_value() ? Uncapitalised(SystemName(*scalar)) : item.type() == kUnknownType ? "object" : "Element";
  }
  const std::string_view name = model.Name(item.type());
  if (name.find('.') == std::string_view::npos) return std::string(name);
  return std::string(model.Name(model.Base(item.type())));
}

}  // namespace

std::string TypeName(const Item& item, const TypeModel& model) {
  if (item.is_node()) return NodeTypeName(item, model);
  if (item.kind() == ItemKind::kTypeInfo) return "TypeInfo";
  return Uncapitalised(SystemName(item.kind()));
}

std::string ToText(const Item& item, const TypeModel& model) {
  if (item.kind() == ItemKind::kTypeInfo) {
    const TypeInfo& info = item.type_info();
    return std::string(info.space).append(info.space.empty() ? "" : ".").append(info.name);
  }
  if (item.is_temporal()) return item.temporal().ToLiteral(KindOfTemporal(item));
  if (!item.is_node()) return ToStringValue(item).value_or("");
  const json::Value& value = item.node();
  if (value.is_null()) return "";
  if (!ScalarKind(value).has_value()) return json::Write(value);
  if (value.is_bool()) return value.bool_value() ? "true" : "false";
  const auto kind = model.Primitive(item.type());
  const bool calendar = kind.has_value() && value.is_string();
  if (calendar && (*kind == ItemKind::kDate || *kind == ItemKind::kDateTime)) return "@" + std::string(value.text());
  if (calendar && *kind == ItemKind::kTime) return "@T" + std::string(value.text());
  return std::string(value.text());
}

}  // namespace hjerte::fhirpath
