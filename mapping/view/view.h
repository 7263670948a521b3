#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::fhirpath {
class TypeModel;
}

namespace hjerte::view {

// A column of the table a view gives, in the order of the table.
struct Column {
  std::string name;
  std::string type;         // FHIR's name as the view declares it; empty where it does not
  bool collection = false;  // cells are arrays
};

// One row: a cell for each column, null where there is no value.
using Row = std::vector<json::Value>;

struct ViewOptions {
  // FHIR's types, for ofType() and value[x]; must outlive the view. Null: plain JSON.
  const fhirpath::TypeModel* model = nullptr;
  // What one resource may cost; beyond it, its run ends with ResourceExhausted.
  size_t max_rows = 1'000'000;
  size_t max_repeat_depth = 64;
  uint64_t max_steps = 100'000'000;
};

// A SQL on FHIR v2 ViewDefinition, compiled. Immutable, safe to share between threads, cheap to copy.
class View {
 public:
  // Reads and checks a ViewDefinition. Errors: InvalidArgument with the path of the element, what is wrong, and what
  // was expected: a missing resource or name, a resource type the model does not have, a FHIRPath error, an undefined
  // constant, a column named twice, branches of a unionAll whose columns differ.
  static absl::StatusOr<View> Compile(const json::Value& definition, const ViewOptions& options = {});

  const std::string& name() const;
  // The resource type it reads.
  const std::string& resource() const;
  const std::vector<Column>& columns() const;

  // Appends the rows of one resource to `rows`; none for a resource of another type or one that `where` leaves out.
  // Cells live in `arena` and in the resource. Errors: InvalidArgument for more values than a column holds or a `where`
  // that is not a truth value; ResourceExhausted for a limit.
  absl::Status Run(const json::Value& resource, json::Arena& arena, std::vector<Row>& rows) const;

 private:
  struct Impl;
  explicit View(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace hjerte::view
