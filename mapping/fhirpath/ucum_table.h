#pragma once

#include <span>
#include <string_view>

namespace hjerte::fhirpath {

// A unit as the UCUM table defines it: `value` times the expression `of`; a base unit where `of` is empty.
struct UnitDefinition {
  std::string_view code;
  bool metric;             // May carry a prefix.
  std::string_view value;  // A decimal number; a quotient is written a/b.
  std::string_view of;
  std::string_view offset{};  // Added before the factor: temperature scales.
};

struct PrefixDefinition {
  std::string_view code;
  int exponent;  // Of ten, or of two for the binary ones.
  bool binary = false;
};

std::span<const UnitDefinition> UnitDefinitions();
std::span<const PrefixDefinition> PrefixDefinitions();

}  // namespace hjerte::fhirpath
