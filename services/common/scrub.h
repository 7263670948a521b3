#pragma once

#include <string>
#include <string_view>

namespace hjerte::common {

// Replaces everything shaped like a Danish civil registration number by "[cpr]": ten characters that begin with a
// plausible DDMMYY (the day up to 60 higher for replacement numbers), the last four digits or letters (eCPR), with or
// without a hyphen or space between, not part of a longer run of digits and letters. The last line of defence behind
// code that does not write them.
std::string ScrubCpr(std::string_view text);

}  // namespace hjerte::common
