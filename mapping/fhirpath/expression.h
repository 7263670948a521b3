#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/collection.h"
#include "mapping/fhirpath/error.h"
#include "mapping/fhirpath/evaluation_context.h"
#include "mapping/fhirpath/type_model.h"

namespace hjerte::fhirpath {

// How to compile an expression.
struct CompileOptions {
  // Types of the document; must outlive the expression. Null: plain JSON, with FHIR's data types known by name only.
  const TypeModel* model = nullptr;
  // Type of the focus, where it is always the same; members are then checked against it.
  std::string root_type;
  // The %names that will be set. With check_variables, any other is a semantic error.
  std::vector<std::string> variables;
  bool check_variables = false;
  // Also refuse what the specification leaves to the run: order where none is defined, another type's name at the root,
  // operands whose types can never fit.
  bool strict = false;
  size_t max_source_bytes = size_t{64} << 10;
  int max_depth = 500;
};

struct Program;

// A compiled FHIRPath expression: immutable, safe to share between threads, cheap to copy.
class Expression {
 public:
  // Compiles, or says at which line and column what was expected.
  static absl::StatusOr<Expression> Compile(std::string_view source, const CompileOptions& options = {});

  // Evaluates over one node. The result may point into the document, the context's arena and the expression.
  absl::StatusOr<Collection> Evaluate(const json::Value& focus, EvaluationContext& context) const;
  // Evaluates over any item, or over no focus if it is null.
  absl::StatusOr<Collection> Evaluate(const Item* focus, EvaluationContext& context) const;

  // The result as one Boolean by the rule of singleton evaluation: empty stays empty, a single other value is true,
  // more than one is an error.
  absl::StatusOr<std::optional<bool>> EvaluateBoolean(const json::Value& focus, EvaluationContext& context) const;
  // The same over any item, or over no focus if it is null.
  absl::StatusOr<std::optional<bool>> EvaluateBoolean(const Item* focus, EvaluationContext& context) const;
  // The result as one string as toString() gives it; empty stays empty, more than one value is an error.
  absl::StatusOr<std::optional<std::string>> EvaluateString(const json::Value& focus, EvaluationContext& context) const;

  // The source it was compiled from.
  const std::string& source() const;
  // The member paths the expression reads from its focus, sorted, each once: `a.b = 1 and c.exists(d)` gives a.b, c,
  // c.d. A path that ends in a function over all members (children, descendants, *) ends with ".*".
  const std::vector<std::string>& member_paths() const;
  // The member of its focus that alone decides the result: two focuses of one type that hold the same there give the
  // same. Empty where it reads more of its focus, a variable, or nothing of it.
  const std::string& only_member() const;
  // The %names it reads, sorted, without the built-in ones.
  const std::vector<std::string>& variables() const;
  // The type of its focus as compiled, and the model; for whoever prints results.
  const TypeModel& model() const;

 private:
  explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;
};

// The type of an item as the published suite names it: integer, code, Quantity, HumanName.
std::string TypeName(const Item& item, const TypeModel& model);
// The value as FHIRPath writes it: a literal for dates and quantities, plain text for the rest; JSON for a complex
// node.
std::string ToText(const Item& item, const TypeModel& model);

}  // namespace hjerte::fhirpath
