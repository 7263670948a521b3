#pragma once

#include <string>
#include <string_view>

namespace hjerte::common {

// Replaces everything shaped like a Danish civil registration number by "[cpr]": ten characters that begin with a
// plausible DDMMYY (the day up to 60 higher for replacement numbers), the last four digits or letters (eCPR), with or
// without a hyphen or space between, not part of a longer run of digits and letters. The last line of defence behind
// code that does not write them.
std::string ScrubCpr(std::string_view text);

// The same, and ten digits of such a number with letters right before or behind them too, as in the name of a file
// ("rapport…1234.json"); a word of hexadecimal digits alone, a hash or a part of a UUID, stays. For what is only shown:
// of a key that is kept it would make another.
std::string ScrubCprInWords(std::string_view text);

}  // namespace hjerte::common
