#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "mapping/registry/text.h"

namespace hjerte::registry {

// How much a finding matters. Errors refuse the report; warnings travel with it; information is about the merged
// course and refuses nothing.
enum class Severity : uint8_t { kError, kWarning, kInformation };

// One thing a check found. No part of it ever quotes a value that could identify a citizen.
struct Finding {
  Severity severity = Severity::kError;
  std::string code;  // Stable for ever, e.g. "dhrd-smoking-end-required".
  std::string
      location;  // FHIRPath of the element, e.g. "Bundle.entry[3].resource.value"; empty where the whole is meant.
  std::string variable;  // DHRD variable id; empty where none is concerned.
  Text text;             // What is wrong and what to do about it in the care system.
};

// True when a finding refuses the report.
bool HasErrors(std::span<const Finding> findings);

// What people are told when there is room for one: the first error, else the first finding; null when there is none.
const Finding* FirstReason(std::span<const Finding> findings);

// "error", "warning", "information".
std::string_view SeverityName(Severity severity);

}  // namespace hjerte::registry
