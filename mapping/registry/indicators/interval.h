#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/registry/content/indicator_set.h"

namespace hjerte::registry {

// A share's limits, 0 to 1.
struct Interval {
  double low = 0;
  double high = 1;
};

// Exact binomial 95 % interval (Clopper–Pearson). Requires 0 <= numerator <= denominator and denominator > 0.
Interval ExactInterval(int64_t numerator, int64_t denominator);

// numerator / denominator in per cent with `decimals` decimals (0 or 1), rounded half up, exactly. "30.5".
std::string FormatPercent(int64_t numerator, int64_t denominator, int decimals = 1);
// A limit of an interval in per cent with `decimals` decimals, rounded half up.
std::string FormatLimit(double share, int decimals = 1);

// A result against its standard.
enum class Verdict : uint8_t { kNotSet, kMet, kNotMet, kUndecided };

// The whole interval on one side decides; an interval that holds the standard is undecided. A denominator of 0 with a
// standard is undecided too.
Verdict Judge(const std::optional<Standard>& standard, int64_t numerator, int64_t denominator);

}  // namespace hjerte::registry
