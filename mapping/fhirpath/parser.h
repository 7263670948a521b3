#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/ast.h"
#include "mapping/json/arena.h"

namespace hjerte::fhirpath {

// The syntax tree of an expression (FHIRPath 2.0.0, Appendix B and Operator Precedence). Texts of literals live in
// `arena`.
absl::StatusOr<AstPtr> ParseExpression(std::string_view source, json::Arena& arena, int max_depth);

// A binary operator as it is written; a higher precedence binds tighter, and all group from the left.
struct BinaryOperator {
  std::string_view text;
  Operator op;
  int precedence;
};
std::span<const BinaryOperator> BinaryOperators();

// The unit of a calendar duration (year, years, …, milliseconds); empty for any other word.
std::optional<TimeUnit> CalendarUnit(std::string_view word);

}  // namespace hjerte::fhirpath
