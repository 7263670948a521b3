#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mapping/fhirpath/error.h"
#include "mapping/fhirpath/item.h"

namespace hjerte::fhirpath {

enum class AstKind : uint8_t {
  kEmpty,  // {}
  kLiteral,
  kMember,    // source.name, or name of the focus
  kCall,      // source.name(arguments)
  kIndexer,   // source[arguments[0]]
  kUnary,     // -arguments[0]
  kBinary,    // arguments[0] op arguments[1]
  kTypeTest,  // arguments[0] is name; arguments[0] as name
  kExternal,  // %name
  kThis,
  kIndex,
  kTotal,
};

enum class Operator : uint8_t {
  kNone,
  kPlus,
  kMinus,
  kTimes,
  kDivide,
  kDiv,
  kMod,
  kConcatenate,
  kUnion,
  kEqual,
  kNotEqual,
  kEquivalent,
  kNotEquivalent,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kContains,
  kAnd,
  kOr,
  kXor,
  kImplies,
  kIs,
  kAs,
};

// One node of the syntax tree.
struct Ast {
  AstKind kind = AstKind::kEmpty;
  Operator op = Operator::kNone;
  bool descending = false;        // An argument of sort() that counts down.
  bool time_with_offset = false;  // The literal @T10:00Z, which no run can give a value.
  bool minus_included = false;    // The least Long, whose digits alone are too many for one.
  int depth = 1;
  Position position;
  std::string name;
  Item literal;
  std::unique_ptr<Ast> source;
  std::vector<std::unique_ptr<Ast>> arguments;
};

using AstPtr = std::unique_ptr<Ast>;

}  // namespace hjerte::fhirpath
