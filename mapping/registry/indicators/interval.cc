#include "mapping/registry/indicators/interval.h"

#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <cstdlib>

namespace hjerte::registry {
namespace {

namespace math = boost::math;

// Errors of the quantile show as NaN, never as an exception.
using Quiet = math::policies::policy<math::policies::domain_error<math::policies::errno_on_error>,
                                     math::policies::overflow_error<math::policies::errno_on_error>,
                                     math::policies::evaluation_error<math::policies::errno_on_error>,
                                     math::policies::promote_double<false>>;

constexpr double kTail = 0.025;

// Integer `value` with `decimals` decimals as text.
std::string WithDecimals(int64_t value, int decimals) {
  if (decimals == 0) return std::to_string(value);
  return std::to_string(value / 10) + "." + std::to_string(value % 10);
}

}  // namespace

Interval ExactInterval(int64_t numerator, int64_t denominator) {
  const auto k = static_cast<double>(numerator);
  const auto n = static_cast<double>(denominator);
  Interval interval;
  if (numerator > 0) interval.low = math::ibeta_inv(k, n - k + 1, kTail, Quiet());
  if (numerator < denominator) interval.high = math::ibeta_inv(k + 1, n - k, 1 - kTail, Quiet());
  return interval;
}

std::string FormatPercent(int64_t numerator, int64_t denominator, int decimals) {
  const int64_t scale = decimals == 0 ? 100 : 1000;
  return WithDecimals((2 * numerator * scale + denominator) / (2 * denominator), decimals);
}

std::string FormatLimit(double share, int decimals) {
  const double scale = decimals == 0 ? 100 : 1000;
  return WithDecimals(static_cast<int64_t>(std::floor(share * scale + 0.5)), decimals);
}

Verdict Judge(const std::optional<Standard>& standard, int64_t numerator, int64_t denominator) {
  if (!standard) return Verdict::kNotSet;
  if (denominator <= 0) return Verdict::kUndecided;
  const double limit = std::strtod(standard->percent.c_str(), nullptr) / 100;
  const Interval interval = ExactInterval(numerator, denominator);
  if (standard->direction == Standard::Direction::kAtLeast) {
    if (interval.low >= limit) return Verdict::kMet;
    return interval.high < limit ? Verdict::kNotMet : Verdict::kUndecided;
  }
  if (interval.high < limit) return Verdict::kMet;
  return interval.low >= limit ? Verdict::kNotMet : Verdict::kUndecided;
}

}  // namespace hjerte::registry
