#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mapping/fhirpath/item.h"

namespace hjerte::fhirpath {

// One spelling of a choice element: valueQuantity of Observation.value[x].
struct Choice {
  std::string_view member;
  TypeId type = kUnknownType;
};

// An element of a type.
struct Element {
  std::string_view name;
  TypeId type = kUnknownType;  // kUnknownType for a choice.
  bool list = false;
  std::span<const Choice> choices;  // Not empty for a choice element.
};

// What is known of the types of a document: FHIR's definitions, or the shape of a record of one's own. Implementations
// are immutable and may be shared by threads; views they return live as long as the model.
class TypeModel {
 public:
  virtual ~TypeModel() = default;

  // The namespace type specifiers may name, "FHIR" for R4.
  virtual std::string_view space() const = 0;
  // kUnknownType for a name that is no type.
  virtual TypeId FindType(std::string_view name) const = 0;
  virtual std::string_view Name(TypeId type) const = 0;
  // The type it specialises; kUnknownType for a root.
  virtual TypeId Base(TypeId type) const = 0;
  // The element of that name, inherited ones included; null if the type has none.
  virtual const Element* FindElement(TypeId type, std::string_view name) const = 0;
  // The choice element `member` is a spelling of (valueQuantity), and which one; null for any other name.
  virtual const Element* FindChoice(TypeId type, std::string_view member, const Choice** choice) const = 0;
  // True if the type lists all its elements, so that any other name is an error.
  virtual bool IsClosed(TypeId type) const = 0;
  // The System kind a primitive type's value has; empty for a complex type.
  virtual std::optional<ItemKind> Primitive(TypeId type) const = 0;
  // True if it knows all types there are, so that any other name is an error.
  virtual bool IsComplete() const { return true; }
  // True if expressions over this model must be correct in every type, as over a model of one's own.
  virtual bool strict() const { return false; }

  // True if `type` is `base` or specialises it.
  bool IsA(TypeId type, TypeId base) const {
    for (; type != kUnknownType; type = Base(type)) {
      if (type == base) return true;
    }
    return false;
  }
};

}  // namespace hjerte::fhirpath
