#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/registry/content/content_loader.h"

namespace hjerte::registry {
namespace {

std::string_view TypeOf(const Variable& variable) {
  switch (variable.type) {
    case ValueType::kCount:
    case ValueType::kScore:
      return "Integer";
    case ValueType::kQuantity:
    case ValueType::kDecimal:
      return "Decimal";
    case ValueType::kDate:
      return "Date";
    case ValueType::kBoolean:
      return "Boolean";
    case ValueType::kCode:
    case ValueType::kText:
    case ValueType::kIdentifier:
      break;
  }
  return "String";
}

// `'id' in carried` names a variable in a string, which types cannot check.
void CheckCarriedNames(const YamlReader& at, std::string_view where, const std::string& source,
                       const fhirpath::TypeTable& model) {
  static constexpr std::string_view kIn = "' in carried";
  for (size_t end = source.find(kIn); end != std::string::npos; end = source.find(kIn, end + 1)) {
    const size_t start = end == 0 ? std::string::npos : source.rfind('\'', end - 1);
    if (start == std::string::npos) continue;
    const std::string id = source.substr(start + 1, end - start - 1);
    if (model.FindElement(model.FindType(kRecordType), id) == nullptr) {
      at.Fail(absl::StrCat("in ", std::string(where), ": unknown variable `", id, "`, use an id of variables.yaml"));
    }
  }
}

}  // namespace

std::shared_ptr<const fhirpath::TypeTable> RecordModel(const VariableSet& variables, const YamlReader& at) {
  fhirpath::TypeTable::Builder builder = fhirpath::MakeLogicalModel("Registry");
  builder.AddType(kRecordType);
  for (const std::string_view type : {"Integer", "Decimal", "Date", "Boolean", "String"}) {
    const std::string points = absl::StrCat("Measured", std::string(type));
    builder.AddType(points);
    for (const Point point : {Point::kStart, Point::kEnd, Point::kFollowUp}) {
      builder.AddElement(points, PointMember(point), type);
    }
  }
  for (const Variable& variable : variables.variables) {
    const std::string type(TypeOf(variable));
    builder.AddElement(kRecordType, variable.id, variable.points.empty() ? type : absl::StrCat("Measured", type));
  }
  for (const char* text : {"authority", "citizen"}) builder.AddElement(kRecordType, text, "String");
  for (const char* list : {"carried", "assumed", "derived"}) builder.AddElement(kRecordType, list, "String", true);
  absl::StatusOr<std::shared_ptr<const fhirpath::TypeTable>> model = std::move(builder).Build();
  if (!model.ok()) at.Fail(std::string(model.status().message()));
  return *std::move(model);
}

fhirpath::Expression CompileRule(const YamlReader& at, std::string_view where, const fhirpath::TypeTable* model,
                                 const std::vector<std::string>& variables) {
  fhirpath::CompileOptions options;
  options.model = model;
  if (model != nullptr) options.root_type = std::string(kRecordType);
  options.variables = variables;
  options.check_variables = true;
  const std::string source = at.String();
  absl::StatusOr<fhirpath::Expression> expression = fhirpath::Expression::Compile(source, options);
  if (!expression.ok()) {
    at.Fail(absl::StrCat("in ", std::string(where), ": ", std::string(expression.status().message())));
  }
  if (model != nullptr) CheckCarriedNames(at, where, source, *model);
  return *std::move(expression);
}

}  // namespace hjerte::registry
