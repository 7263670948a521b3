#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/view/selection.h"

namespace hjerte::view {
namespace {

using json::Value;

constexpr int kSelectDepthMax = 32;

// The specification's rule for names of views, columns and constants.
bool IsSqlName(std::string_view name) {
  if (name.empty() || std::isalpha(static_cast<unsigned char>(name[0])) == 0) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

// A type is a StructureDefinition's uri; FHIR's own may leave out its beginning.
std::string_view TypeName(std::string_view type) {
  constexpr std::string_view kFhir = "http://hl7.org/fhir/StructureDefinition/";
  return type.starts_with(kFhir) ? type.substr(kFhir.size()) : type;
}

absl::Status Wrong(std::string_view path, std::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(path), ": expected ", std::string(expected)));
}

class Compiler {
 public:
  Compiler(ViewProgram& program) : program_(program) {
    expression_options_.model = program.options.model;
    expression_options_.check_variables = true;
    expression_options_.variables = {"rowIndex"};
  }

  absl::Status Run(const Value& definition) {
    if (!definition.is_object()) return Wrong("ViewDefinition", "an object");
    absl::StatusOr<std::string> resource = Text(definition, "resource", "ViewDefinition");
    if (!resource.ok()) return resource.status();
    program_.resource = *std::move(resource);
    // A misspelt type would give an empty table and no hint.
    if (!IsResource(program_.resource)) return Wrong("ViewDefinition.resource", "a resource type of FHIR R4");
    if (const Value* name = definition.Find("name"); name != nullptr) {
      program_.name = name->text();
      if (!IsSqlName(program_.name)) return Wrong("ViewDefinition.name", "letters, digits and _, a letter first");
    }
    if (absl::Status status = Constants(definition); !status.ok()) return status;
    if (absl::Status status = Where(definition); !status.ok()) return status;
    const Value* selects = definition.Find("select");
    if (selects == nullptr || !selects->is_array() || selects->size() == 0) {
      return Wrong("ViewDefinition.select", "an array with at least one select");
    }
    return Selects(*selects, "ViewDefinition.select", 1, program_.root.selects);
  }

 private:
  bool IsResource(std::string_view type) const {
    const fhirpath::TypeModel* model = program_.options.model;
    return model == nullptr || model->IsA(model->FindType(type), model->FindType("Resource"));
  }

  static absl::StatusOr<std::string> Text(const Value& object, std::string_view name, std::string_view path) {
    const Value* value = object.Find(name);
    if (value == nullptr || !value->is_string() || value->text().empty()) {
      return Wrong(absl::StrCat(std::string(path), ".", std::string(name)), "a text");
    }
    return std::string(value->text());
  }

  absl::Status Constants(const Value& definition) {
    const Value* constants = definition.Find("constant");
    if (constants == nullptr) return absl::OkStatus();
    if (!constants->is_array()) return Wrong("ViewDefinition.constant", "an array");
    for (const Value& constant : constants->elements()) {
      absl::StatusOr<std::string> name = Text(constant, "name", "ViewDefinition.constant");
      if (!name.ok()) return name.status();
      const std::string path = absl::StrCat("ViewDefinition.constant[", *name, "]");
      if (!IsSqlName(*name)) return Wrong(path, "letters, digits and _, a letter first, as its name");
      const auto& known = expression_options_.variables;
      if (std::find(known.begin(), known.end(), *name) != known.end()) return Wrong(path, "a name used only once");
      absl::StatusOr<fhirpath::Item> value = ConstantValue(constant, path);
      if (!value.ok()) return value.status();
      expression_options_.variables.push_back(*name);
      program_.constants.push_back({*name, *value});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<fhirpath::Item> ConstantValue(const Value& constant, const std::string& path) {
    const json::Member* found = nullptr;
    for (const json::Member& member : constant.members()) {
      if (!member.name.starts_with("value")) continue;
      if (found != nullptr) return Wrong(path, "one value");
      found = &member;
    }
    const bool scalar =
        found != nullptr && !found->value.is_null() && !found->value.is_array() && !found->value.is_object();
    if (!scalar || found->name.size() <= 5) return Wrong(path, "a primitive value such as valueString");
    std::string type(found->name.substr(5));
    type[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(type[0])));
    if (type == "integer64") return LongValue(found->value, path);
    const fhirpath::TypeModel* model = program_.options.model;
    const fhirpath::TypeId id = model == nullptr ? fhirpath::kUnknownType : model->FindType(type);
    if (model != nullptr && !model->Primitive(id).has_value())
      return Wrong(path, "a value of a primitive type of FHIR");
    return fhirpath::Item::Node(json::Copy(program_.arena, found->value), id);
  }

  // R5's integer64, which JSON writes as a text; SQL on FHIR's constants may have it over R4's resources too.
  static absl::StatusOr<fhirpath::Item> LongValue(const Value& value, const std::string& path) {
    const std::string_view text = value.text();
    int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      return Wrong(path, "a whole number of 64 bits");
    }
    return fhirpath::Item::Long(number);
  }

  absl::StatusOr<fhirpath::Expression> Path(const Value* value, const std::string& path) {
    if (value == nullptr || !value->is_string()) return Wrong(path, "a FHIRPath expression as text");
    absl::StatusOr<fhirpath::Expression> expression = fhirpath::Expression::Compile(value->text(), expression_options_);
    if (expression.ok()) return expression;
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", std::string(expression.status().message())));
  }

  absl::Status Where(const Value& definition) {
    const Value* where = definition.Find("where");
    if (where == nullptr) return absl::OkStatus();
    if (!where->is_array()) return Wrong("ViewDefinition.where", "an array");
    for (const Value& condition : where->elements()) {
      absl::StatusOr<fhirpath::Expression> path = Path(condition.Find("path"), "ViewDefinition.where.path");
      if (!path.ok()) return path.status();
      program_.where.push_back(*std::move(path));
    }
    return absl::OkStatus();
  }

  absl::Status Selects(const Value& list, const std::string& path, int depth, std::vector<Selection>& out) {
    if (depth > kSelectDepthMax) return Wrong(path, absl::StrCat("selects nested at most ", kSelectDepthMax, " deep"));
    if (!list.is_array()) return Wrong(path, "an array");
    for (size_t i = 0; i < list.size(); ++i) {
      absl::Status status =
          Select(list.elements()[i], absl::StrCat(path, "[", i, "]"), depth, out.emplace_back(), program_.columns);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Iteration(const Value& select, const std::string& path, Selection& out) {
    using Kind = Selection::Iteration;
    int kinds = 0;
    for (const auto& [name, kind] : {std::pair("forEach", Kind::kForEach), {"forEachOrNull", Kind::kForEachOrNull}}) {
      const Value* value = select.Find(name);
      if (value == nullptr) continue;
      ++kinds;
      out.iteration = kind;
      absl::StatusOr<fhirpath::Expression> expression = Path(value, absl::StrCat(path, ".", name));
      if (!expression.ok()) return expression.status();
      out.paths.push_back(*std::move(expression));
    }
    if (const Value* repeat = select.Find("repeat"); repeat != nullptr) {
      ++kinds;
      out.iteration = Kind::kRepeat;
      if (!repeat->is_array() || repeat->size() == 0)
        return Wrong(path + ".repeat", "an array of FHIRPath expressions");
      for (const Value& element : repeat->elements()) {
        absl::StatusOr<fhirpath::Expression> expression = Path(&element, path + ".repeat");
        if (!expression.ok()) return expression.status();
        out.paths.push_back(*std::move(expression));
      }
    }
    if (kinds > 1) return Wrong(path, "only one of forEach, forEachOrNull and repeat");
    return absl::OkStatus();
  }

  // Compiles one select, adding its columns to `columns` (the row's, or those a branch of a union must have).
  absl::Status Select(const Value& select, const std::string& path, int depth, Selection& out,
                      std::vector<Column>& columns) {
    if (!select.is_object()) return Wrong(path, "an object");
    if (absl::Status status = Iteration(select, path, out); !status.ok()) return status;
    if (const Value* list = select.Find("column"); list != nullptr) {
      if (!list->is_array()) return Wrong(path + ".column", "an array");
      for (const Value& column : list->elements()) {
        if (absl::Status status = OneColumn(column, path + ".column", out, columns); !status.ok()) return status;
      }
    }
    if (const Value* list = select.Find("select"); list != nullptr) {
      if (!list->is_array()) return Wrong(path + ".select", "an array");
      if (depth >= kSelectDepthMax) return Wrong(path, "fewer selects within each other");
      for (size_t i = 0; i < list->size(); ++i) {
        absl::Status status = Select(list->elements()[i], absl::StrCat(path, ".select[", i, "]"), depth + 1,
                                     out.selects.emplace_back(), columns);
        if (!status.ok()) return status;
      }
    }
    const Value* unions = select.Find("unionAll");
    return unions == nullptr ? absl::OkStatus() : Union(*unions, path + ".unionAll", depth, out, columns);
  }

  absl::Status Union(const Value& list, const std::string& path, int depth, Selection& out,
                     std::vector<Column>& columns) {
    if (!list.is_array() || list.size() == 0) return Wrong(path, "an array of selects");
    if (depth >= kSelectDepthMax) return Wrong(path, "fewer selects within each other");
    const std::vector<Column> before = columns;
    for (size_t i = 0; i < list.size(); ++i) {
      std::vector<Column> branch = before;
      const std::string here = absl::StrCat(path, "[", i, "]");
      absl::Status status = Select(list.elements()[i], here, depth + 1, out.unions.emplace_back(), branch);
      if (!status.ok()) return status;
      if (i == 0) {
        columns = std::move(branch);
      } else if (!SameColumns(columns, branch)) {
        return Wrong(here, absl::StrCat("the columns of the first branch, with their types and in their order: ",
                                        Names(columns, before.size())));
      }
    }
    return absl::OkStatus();
  }

  static bool SameColumns(const std::vector<Column>& left, const std::vector<Column>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const Column& a, const Column& b) {
      const bool types = a.type == b.type || a.type.empty() || b.type.empty();
      return a.name == b.name && types && a.collection == b.collection;
    });
  }

  static std::string Names(const std::vector<Column>& columns, size_t first) {
    std::string names;
    for (size_t i = first; i < columns.size(); ++i) absl::StrAppend(&names, i > first ? ", " : "", columns[i].name);
    return names;
  }

  absl::Status OneColumn(const Value& column, const std::string& path, Selection& out, std::vector<Column>& columns) {
    absl::StatusOr<std::string> name = Text(column, "name", path);
    if (!name.ok()) return name.status();
    const std::string here = absl::StrCat(path, "[", *name, "]");
    if (!IsSqlName(*name)) return Wrong(here, "letters, digits and _, a letter first, as its name");
    for (const Column& known : columns) {
      if (known.name == *name) return Wrong(here, "a name that no other column of the view has");
    }
    absl::StatusOr<fhirpath::Expression> expression = Path(column.Find("path"), here + ".path");
    if (!expression.ok()) return expression.status();
    const Value* collection = column.Find("collection");
    if (collection != nullptr && !collection->is_bool()) return Wrong(here + ".collection", "true or false");
    Column described{*name, "", collection != nullptr && collection->bool_value()};
    if (const Value* type = column.Find("type"); type != nullptr) {
      if (!type->is_string()) return Wrong(here + ".type", "a type's name as text");
      described.type = TypeName(type->text());
    }
    out.columns.push_back({columns.size(), *name, described.type, described.collection, *std::move(expression)});
    columns.push_back(std::move(described));
    return absl::OkStatus();
  }

  ViewProgram& program_;
  fhirpath::CompileOptions expression_options_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const ViewProgram>> CompileView(const Value& definition, const ViewOptions& options) {
  auto program = std::make_shared<ViewProgram>();
  program->options = options;
  if (absl::Status status = Compiler(*program).Run(definition); !status.ok()) return status;
  return std::shared_ptr<const ViewProgram>(std::move(program));
}

}  // namespace hjerte::view
