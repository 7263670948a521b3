#pragma once

#include <optional>
#include <string_view>

#include "mapping/registry/date.h"

namespace hjerte::registry {

// Systems of citizens' numbers.
inline constexpr std::string_view kCprSystem = "urn:oid:1.2.208.176.1.2";
inline constexpr std::string_view kXEcprSystem = "urn:oid:1.2.208.176.1.6.1.1";
inline constexpr std::string_view kDEcprSystem = "urn:oid:1.2.208.176.1.6.1.3";

// What a citizen's number tells: a CPR number, a temporary one (60 added to the day), or an X-eCPR or D-eCPR.
struct CitizenNumber {
  enum class Kind { kCpr, kTemporary, kXEcpr, kDEcpr };
  Kind kind = Kind::kCpr;
  Date birth_date{};
  bool male = false;
  // Passes modulus 11. Numbers that do not are valid too (issued since 2007): it is a hint, never a rule.
  bool modulus_11 = false;
};

// True for the systems above and D-eCPR's per-region children.
bool IsCitizenNumberSystem(std::string_view system);

// Reads a number of one of the systems; none when it has not its form or its date does not exist.
std::optional<CitizenNumber> ParseCitizenNumber(std::string_view system, std::string_view value);

// True when a text holds ten digits (a hyphen after the sixth allowed) that could be a citizen's number: such text is
// never quoted to people or logs.
bool MayHoldCitizenNumber(std::string_view text);

// The same for keys of a source, which are often long numbers: true when ten digits in a row anywhere in them (a hyphen
// or space after the sixth allowed) begin with a day and month that a citizen's number can have, or with year, month
// and day.
bool KeyMayHoldCitizenNumber(std::string_view key);

}  // namespace hjerte::registry
