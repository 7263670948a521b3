#pragma once

#include <string>
#include <vector>

#include "mapping/fhirpath/item.h"
#include "mapping/registry/content/compiled_content.h"

// How a value of FHIR becomes a value of a variable. For this library's own files.
namespace hjerte::registry {

// What reading one value gave.
struct Reading {
  enum class Kind : uint8_t {
    kValue,        // `text` is the value in canonical form and unit.
    kAbsent,       // A code that says "not known", or nothing at all.
    kWrongType,    // Not of the variable's type.
    kWrongUnit,    // A unit that does not convert exactly, or none.
    kWrongFormat,  // Of the right type but not of the format.
    kUnknownCode   // A code the variable's list does not have.
  };
  Kind kind = Kind::kAbsent;
  std::string text;

  bool has_value() const { return kind == Kind::kValue; }
};

// True for the types whose value is a JSON number.
bool IsNumeric(ValueType type);

// Reads an item that a rule's value expression gave.
Reading ReadValue(const CompiledContent& content, const Variable& variable, const CompiledVariable& compiled,
                  const fhirpath::Item& item);

}  // namespace hjerte::registry
