#pragma once

#include <string>
#include <vector>

#include "mapping/fhirpath/node.h"
#include "mapping/json/arena.h"

namespace hjerte::fhirpath {

// What an expression compiles to. Immutable once made.
struct Program {
  std::string source;
  json::Arena literals;  // Texts of the literals; nodes point into it.
  const TypeModel* model = nullptr;
  KnownTypes types;
  TypeId root_type = kUnknownType;
  // The type whose name the expression begins with: what the document most likely is, so that no look-up is needed to
  // see it.
  TypeId likely_type = kUnknownType;
  std::string_view likely_name;
  NodePtr root;
  std::vector<std::string> member_paths;
  std::string only_member;
  std::vector<std::string> variables;
};

}  // namespace hjerte::fhirpath
