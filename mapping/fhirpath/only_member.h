#pragma once

#include <string>

#include "mapping/fhirpath/ast.h"

namespace hjerte::fhirpath {

// The member of the focus that alone decides what the expression gives: `code` of `code = 'a' or code.startsWith('b')`.
// Empty where it reads more of the focus than one of its members, a variable, or nothing of it.
std::string OnlyMember(const Ast& ast);

}  // namespace hjerte::fhirpath
