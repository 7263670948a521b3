#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hjerte::fhirpath {

// An exact decimal number of up to 38 digits: coefficient / 10^scale. The scale is kept, so 1.50 stays 1.50 while it
// equals 1.5. FHIRPath asks for 28 digits with 8 behind the point. No operation passes through binary floating point.
class Decimal {
 public:
  static constexpr int kMaxDigits = 38;

  Decimal() = default;
  Decimal(int64_t value) : low_(static_cast<uint64_t>(value)), high_(value < 0 ? -1 : 0) {}  // NOLINT: a number is one

  // A JSON number (an exponent is allowed). Empty if it is none, or has more than 38 digits before the point; digits
  // behind the point that do not fit are rounded away.
  static std::optional<Decimal> Parse(std::string_view text);
  // coefficient / 10^scale.
  static std::optional<Decimal> Make(int64_t coefficient, int scale);

  // Digits behind the point as written.
  int scale() const { return scale_; }
  bool is_zero() const { return low_ == 0 && high_ == 0; }
  bool is_negative() const { return high_ < 0; }
  // Written with all digits of its scale.
  std::string ToString() const;
  // The number as an integer if it is one and fits.
  std::optional<int64_t> ToInt64() const;

  Decimal Negated() const;
  Decimal Abs() const { return is_negative() ? Negated() : *this; }
  // Empty where the result does not fit (FHIRPath: an overflow gives the empty collection).
  std::optional<Decimal> Plus(const Decimal& other) const;
  std::optional<Decimal> Minus(const Decimal& other) const;
  std::optional<Decimal> Times(const Decimal& other) const;
  // Up to 28 digits behind the point, rounded half to even; exact quotients come without trailing zeros. Empty for a
  // divisor of zero.
  std::optional<Decimal> DividedBy(const Decimal& other) const;
  // Quotient towards zero, and what is left of it (with the sign of the dividend). Empty for a divisor of zero.
  std::optional<Decimal> IntegerQuotient(const Decimal& other) const;
  std::optional<Decimal> Remainder(const Decimal& other) const;

  enum class Rounding : uint8_t { kDown, kFloor, kCeiling, kHalfUp };  // kHalfUp: halves away from zero.
  // At most `digits` digits behind the point; a shorter number is returned as it is.
  Decimal Rounded(int digits, Rounding rounding) const;
  // Exactly `digits` digits behind the point; empty if that does not fit.
  std::optional<Decimal> WithScale(int digits, Rounding rounding) const;
  // Without trailing zeros behind the point.
  Decimal Normalized() const;

  // By value: 1.50 equals 1.5.
  friend std::strong_ordering operator<=>(const Decimal& left, const Decimal& right);
  friend bool operator==(const Decimal& left, const Decimal& right) { return (left <=> right) == 0; }
  // The same for equal values.
  size_t Hash() const;

 private:
  __extension__ using Int128 = __int128;
  Decimal(Int128 coefficient, int scale)
      : low_(static_cast<uint64_t>(coefficient)), high_(static_cast<int64_t>(coefficient >> 64)), scale_(scale) {}
  Int128 coefficient() const { return static_cast<Int128>(high_) << 64 | static_cast<Int128>(low_); }

  uint64_t low_ = 0;  // Two halves rather than one __int128, whose alignment would grow every Item.
  int64_t high_ = 0;
  int32_t scale_ = 0;
};

}  // namespace hjerte::fhirpath
