#pragma once

#include <optional>
#include <string>

#include "mapping/fhirpath/type_model.h"

namespace hjerte::fhirpath {

// What is known of a value when the expression is compiled.
struct StaticType {
  enum class Kind : uint8_t {
    kUnknown,
    kEmpty,   // {}
    kSystem,  // `system`
    kModel,   // `type`
    kChoice,  // one of `choice`'s types
  };

  Kind kind = Kind::kUnknown;
  ItemKind system = ItemKind::kBoolean;
  TypeId type = kUnknownType;
  const Element* choice = nullptr;
  bool certain = true;              // False where a choice was narrowed by what followed.
  bool several = false;             // A union of several values.
  bool unordered = false;           // Order is not defined: children() and descendants().
  std::optional<std::string> path;  // Where it stands below the focus of the expression.

  static StaticType System(ItemKind kind);
  static StaticType Model(TypeId type);

  // The System kind its values have, where that is known for certain.
  std::optional<ItemKind> SystemKindIn(const TypeModel& model) const;
};

// The type of the member `name`; `missing` is set where the type is known to have none, with a hint for the writer in
// `hint`.
StaticType MemberOf(const TypeModel& model, const StaticType& owner, const std::string& name, bool& missing,
                    std::string& hint);

// Whether an operator can ever give a value for operands of these kinds.
bool CanCompare(ItemKind left, ItemKind right);
bool CanAdd(ItemKind left, ItemKind right);

}  // namespace hjerte::fhirpath
