#pragma once

#include <string>

#include "mapping/registry/content/compiled_content.h"
#include "mapping/registry/finding.h"

// The words of findings inside a report. No function here ever sees a value. For this library's own files.
namespace hjerte::registry {

// What can be wrong with one value of a variable.
enum class Fault : uint8_t {
  kRequired,
  kType,
  kUnit,
  kFormat,
  kCode,
  kRange,      // Outside the error limits.
  kPlausible,  // Outside the warning limits.
  kPoint,
  kFuture,
  kModulus
};

// The finding "dhrd-<variable>-<fault>" with its text in both languages.
Finding ValueFinding(const Variable& variable, Fault fault, std::string location);

// A finding about the report's or a resource's shape.
Finding ShapeFinding(std::string code, std::string location, std::string da, std::string en);

}  // namespace hjerte::registry
