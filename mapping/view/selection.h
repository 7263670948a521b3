#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/fhirpath/expression.h"
#include "mapping/view/view.h"

namespace hjerte::view {

// A column's expression and its place in the row.
struct SelectedColumn {
  size_t index = 0;  // in the whole row
  std::string name;
  std::string type;
  bool collection = false;
  fhirpath::Expression path;
};

// One `select` of a view, with those below it.
struct Selection {
  enum class Iteration { kNone, kForEach, kForEachOrNull, kRepeat };
  Iteration iteration = Iteration::kNone;
  std::vector<fhirpath::Expression> paths;  // one, or repeat's
  std::vector<SelectedColumn> columns;
  std::vector<Selection> selects;
  std::vector<Selection> unions;  // the branches of unionAll; they fill the same columns
};

struct Constant {
  std::string name;
  fhirpath::Item value;  // text points into `ViewProgram::arena`
};

// A compiled view.
struct ViewProgram {
  std::string name;
  std::string resource;
  std::vector<Column> columns;
  std::vector<fhirpath::Expression> where;
  std::vector<Constant> constants;
  Selection root;
  json::Arena arena;
  ViewOptions options;
};

// Compiles a ViewDefinition; see View::Compile.
absl::StatusOr<std::shared_ptr<const ViewProgram>> CompileView(const json::Value& definition,
                                                               const ViewOptions& options);

// The rows of one resource; see View::Run.
absl::Status RunView(const ViewProgram& view, const json::Value& resource, json::Arena& arena, std::vector<Row>& rows);

}  // namespace hjerte::view
