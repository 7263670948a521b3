#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mapping/fhirpath/item.h"
#include "mapping/json/value.h"

namespace hjerte::structuremap {

// Where a source item or a target element stands: a chain to the root, in the run's arena. Only made text of when an
// error or the lineage asks for it.
struct PathNode {
  const PathNode* parent = nullptr;
  std::string_view name;
  int64_t index = -1;  // of a list; negative: none

  std::string ToString() const {
    std::string text = parent == nullptr ? std::string() : parent->ToString() + ".";
    text += name;
    if (index >= 0) text += "[" + std::to_string(index) + "]";
    return text;
  }
};

// An element of the target that a variable may hold: an object being filled, or the place of a primitive that is
// written when its value comes. Lives in the run's arena.
struct TargetNode {
  json::Value object;  // the object itself; null for a primitive
  fhirpath::TypeId type = fhirpath::kUnknownType;
  bool lenient = true;  // names the type does not list are accepted
  const PathNode* path = nullptr;
  // A primitive's place: member `member` of `parent`, and its index there once it has been written to a list.
  TargetNode* parent = nullptr;
  std::string_view member;
  bool list = false;
  int64_t index = -1;
  bool loose = false;  // made by create() without a place: the first element it is copied to takes it in

  bool is_primitive() const { return parent != nullptr; }
};

// What a variable holds while a map runs.
struct Var {
  fhirpath::Item item;           // a source variable's value
  TargetNode* target = nullptr;  // a target variable's element
  const PathNode* path = nullptr;
  bool set = false;
};

}  // namespace hjerte::structuremap
