#pragma once

#include "mapping/fhirpath/ast.h"
#include "mapping/fhirpath/node.h"
#include "mapping/fhirpath/type_spec.h"

namespace hjerte::fhirpath {

// The node of a binary operator (FHIRPath 2.0.0, Operations); `is` and `as` have makers of their own.
NodePtr MakeBinary(Position position, Operator op, NodePtr left, NodePtr right);
NodePtr MakeUnary(Position position, Operator op, NodePtr operand);
NodePtr MakeTypeTest(Position position, Operator op, TypeSpec type, NodePtr operand);
NodePtr MakeIndexer(Position position, NodePtr source, NodePtr index);

// Families of operators, each in a file of its own.
NodePtr MakeLogical(Position position, Operator op, NodePtr left, NodePtr right);
NodePtr MakeEquality(Position position, Operator op, NodePtr left, NodePtr right);
NodePtr MakeComparison(Position position, Operator op, NodePtr left, NodePtr right);
NodePtr MakeMembership(Position position, Operator op, NodePtr left, NodePtr right);
NodePtr MakeArithmetic(Position position, Operator op, NodePtr left, NodePtr right);

// The single item of an operand: null where it is empty; several are an error.
bool SingleOperand(Frame& frame, const Node& node, const Collection& values, const Item** item);

// Adds a quantity to a date or time, or subtracts it (FHIRPath 2.0.0, Date/Time Arithmetic).
bool AddDuration(Frame& frame, Position position, const Item& temporal, const Quantity& duration, bool subtract,
                 Collection& out);

// Applies an arithmetic operator to two System values (FHIRPath 2.0.0, Math): adds nothing where the result does not
// fit.
bool Calculate(Frame& frame, Position position, Operator op, const Item& left, const Item& right, Collection& out);

}  // namespace hjerte::fhirpath
