#include "mapping/fhirpath/decimal_math.h"

#include <boost/multiprecision/cpp_dec_float.hpp>
#include <string>

namespace hjerte::fhirpath {

namespace {

using Real = boost::multiprecision::cpp_dec_float_50;

constexpr int kDigits = 28;

Real ToReal(const Decimal& value) { return Real(value.ToString()); }

std::optional<Decimal> FromReal(const Real& value) {
  if (!boost::multiprecision::isfinite(value)) return std::nullopt;
  // Results beyond 28 digits before the point are an overflow.
  if (abs(value) > Real("1e28")) return std::nullopt;
  const std::optional<Decimal> parsed = Decimal::Parse(value.str(kDigits, std::ios_base::fmtflags(0)));
  if (!parsed.has_value()) return std::nullopt;
  return parsed->Rounded(kDigits, Decimal::Rounding::kHalfUp).Normalized();
}

// base^exponent by squaring, exact as long as it fits.
std::optional<Decimal> WholePower(Decimal base, int64_t exponent) {
  std::optional<Decimal> result = Decimal(1);
  while (exponent > 0) {
    if (exponent % 2 == 1) result = result->Times(base);
    exponent /= 2;
    if (!result.has_value()) return result;
    if (exponent == 0) break;
    const std::optional<Decimal> square = base.Times(base);
    if (!square.has_value()) return std::nullopt;
    base = *square;
  }
  return result;
}

}  // namespace

std::optional<Decimal> SquareRoot(const Decimal& value) {
  if (value.is_negative()) return std::nullopt;
  return FromReal(sqrt(ToReal(value)));
}

std::optional<Decimal> Exponential(const Decimal& value) {
  constexpr int64_t kLargest = 70;  // e^70 no longer fits.
  if (value > Decimal(kLargest)) return std::nullopt;
  if (value < Decimal(-kLargest)) return Decimal(0);
  return FromReal(exp(ToReal(value)));
}

std::optional<Decimal> NaturalLogarithm(const Decimal& value) {
  if (value.is_negative() || value.is_zero()) return std::nullopt;
  return FromReal(log(ToReal(value)));
}

std::optional<Decimal> Logarithm(const Decimal& value, const Decimal& base) {
  if (value.is_negative() || value.is_zero() || base.is_negative() || base.is_zero() || base == Decimal(1)) {
    return std::nullopt;
  }
  return FromReal(log(ToReal(value)) / log(ToReal(base)));
}

std::optional<Decimal> Power(const Decimal& base, const Decimal& exponent) {
  constexpr int64_t kWholeMax = 1'000'000;
  const std::optional<int64_t> whole = exponent.ToInt64();
  if (whole.has_value() && *whole >= 0 && *whole <= kWholeMax) return WholePower(base, *whole);
  if (whole.has_value() && *whole < 0 && *whole >= -kWholeMax) {
    const std::optional<Decimal> inverse = WholePower(base, -*whole);
    return inverse.has_value() ? Decimal(1).DividedBy(*inverse) : std::nullopt;
  }
  if (base.is_negative()) return std::nullopt;
  if (base.is_zero()) return exponent.is_negative() ? std::nullopt : std::optional(Decimal(0));
  const Real size = ToReal(exponent) * log(ToReal(base));
  if (size > 70) return std::nullopt;
  if (size < -70) return Decimal(0);
  return FromReal(exp(size));
}

}  // namespace hjerte::fhirpath
