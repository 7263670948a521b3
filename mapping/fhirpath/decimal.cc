#include "mapping/fhirpath/decimal.h"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <cctype>
#include <functional>

namespace hjerte::fhirpath {

namespace {

__extension__ using Int128 = __int128;
using Wide = boost::multiprecision::int512_t;

constexpr int kQuotientDigits = 28;

constexpr std::array<Int128, Decimal::kMaxDigits + 1> MakePowers() {
  std::array<Int128, Decimal::kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr auto kPowers = MakePowers();
constexpr Int128 kMax = kPowers[37] * 9 + (kPowers[37] - 1);  // Below 10^38 and below the type's end.

bool Fits(Int128 value) { return value <= kMax && value >= -kMax; }

Wide WidePower(int exponent) { return boost::multiprecision::pow(Wide(10), static_cast<unsigned>(exponent)); }

Wide RoundedQuotient(const Wide& dividend, const Wide& divisor, Decimal::Rounding rounding) {
  Wide quotient = dividend / divisor;
  const Wide rest = dividend - quotient * divisor;
  if (rest == 0) return quotient;
  const bool negative = (dividend < 0) != (divisor < 0);
  bool away = false;
  switch (rounding) {
    case Decimal::Rounding::kDown:
      break;
    case Decimal::Rounding::kFloor:
      away = negative;
      break;
    case Decimal::Rounding::kCeiling:
      away = !negative;
      break;
    case Decimal::Rounding::kHalfUp:
      away = abs(rest) * 2 >= abs(divisor);
      break;
  }
  if (away) quotient += negative ? -1 : 1;
  return quotient;
}

// The wide number within 38 digits, losing digits behind the point if it must; empty if the digits before it do not
// fit.
std::optional<std::pair<Int128, int>> Narrow(Wide value, int scale) {
  const Wide max = Wide(kMax);
  int excess = 0;
  for (Wide probe = abs(value); probe > max; probe /= 10) ++excess;
  excess = std::max(excess, scale - Decimal::kMaxDigits);
  if (excess > scale) return std::nullopt;
  if (excess > 0) {
    value = RoundedQuotient(value, WidePower(excess), Decimal::Rounding::kHalfUp);
    scale -= excess;
  }
  if (abs(value) > max) return std::nullopt;
  return std::pair(value.convert_to<Int128>(), scale);
}

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

struct Literal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

std::optional<int> ParseExponent(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || CountDigits(text) != text.size()) return std::nullopt;
  int value = 0;
  for (const char digit : text) value = std::min(value * 10 + (digit - '0'), 100'000);
  return negative ? -value : value;
}

std::optional<Literal> Split(std::string_view text) {
  Literal literal;
  if (!text.empty() && text.front() == '-') {
    literal.negative = true;
    text.remove_prefix(1);
  }
  literal.whole = text.substr(0, CountDigits(text));
  if (literal.whole.empty()) return std::nullopt;
  text.remove_prefix(literal.whole.size());
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    literal.fraction = text.substr(0, CountDigits(text));
    if (literal.fraction.empty()) return std::nullopt;
    text.remove_prefix(literal.fraction.size());
  }
  if (text.empty()) return literal;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  const std::optional<int> exponent = ParseExponent(text.substr(1));
  if (!exponent.has_value()) return std::nullopt;
  literal.exponent = *exponent;
  return literal;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  constexpr size_t kFastDigits = 18;
  constexpr int kMaxScale = 60;  // Beyond this a number of JSON is either zero to us or does not fit.
  const std::optional<Literal> literal = Split(text);
  if (!literal.has_value()) return std::nullopt;
  const int scale = static_cast<int>(literal->fraction.size()) - literal->exponent;
  if (literal->exponent == 0 && literal->whole.size() + literal->fraction.size() <= kFastDigits) {
    int64_t value = 0;
    for (const char digit : literal->whole) value = value * 10 + (digit - '0');
    for (const char digit : literal->fraction) value = value * 10 + (digit - '0');
    return Decimal(static_cast<Int128>(literal->negative ? -value : value), scale);
  }
  if (literal->whole.size() + literal->fraction.size() > 128) return std::nullopt;
  Wide value = 0;
  for (const char digit : literal->whole) value = value * 10 + (digit - '0');
  for (const char digit : literal->fraction) value = value * 10 + (digit - '0');
  if (value == 0) return Decimal(Int128{0}, std::clamp(scale, 0, kMaxDigits));
  if (literal->negative) value = -value;
  if (scale < -kMaxDigits) return std::nullopt;
  if (scale > kMaxScale + 128) return Decimal(Int128{0}, kMaxDigits);
  if (scale < 0) value *= WidePower(-scale);
  const auto narrow = Narrow(value, std::max(scale, 0));
  if (!narrow.has_value()) return std::nullopt;
  return Decimal(narrow->first, narrow->second);
}

std::optional<Decimal> Decimal::Make(int64_t coefficient, int scale) {
  if (scale < 0 || scale > kMaxDigits) return std::nullopt;
  return Decimal(static_cast<Int128>(coefficient), scale);
}

std::string Decimal::ToString() const {
  const bool negative = is_negative();
  Int128 rest = negative ? -coefficient() : coefficient();
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  while (digits.size() <= static_cast<size_t>(scale_)) digits.push_back('0');
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  if (scale_ > 0) digits.insert(digits.size() - static_cast<size_t>(scale_), 1, '.');
  return digits;
}

std::optional<int64_t> Decimal::ToInt64() const {
  const Decimal normal = Normalized();
  const Int128 value = normal.coefficient();
  if (normal.scale_ != 0 || value > INT64_MAX || value < INT64_MIN) return std::nullopt;
  return static_cast<int64_t>(value);
}

Decimal Decimal::Negated() const { return {-coefficient(), scale_}; }

std::optional<Decimal> Decimal::Plus(const Decimal& other) const {
  if (scale_ == other.scale_) {
    const Int128 sum = coefficient() + other.coefficient();  // Both are below 10^38: no overflow of the type.
    if (Fits(sum)) return Decimal(sum, scale_);
  }
  const int scale = std::max(scale_, other.scale_);
  const Wide sum =
      Wide(coefficient()) * WidePower(scale - scale_) + Wide(other.coefficient()) * WidePower(scale - other.scale_);
  const auto narrow = Narrow(sum, scale);
  if (!narrow.has_value()) return std::nullopt;
  return Decimal(narrow->first, narrow->second);
}

std::optional<Decimal> Decimal::Minus(const Decimal& other) const { return Plus(other.Negated()); }

std::optional<Decimal> Decimal::Times(const Decimal& other) const {
  const auto narrow = Narrow(Wide(coefficient()) * Wide(other.coefficient()), scale_ + other.scale_);
  if (!narrow.has_value()) return std::nullopt;
  return Decimal(narrow->first, narrow->second);
}

std::optional<Decimal> Decimal::DividedBy(const Decimal& other) const {
  if (other.is_zero()) return std::nullopt;
  const Wide dividend = Wide(coefficient()) * WidePower(kQuotientDigits + other.scale_);
  const Wide divisor = Wide(other.coefficient()) * WidePower(scale_);
  const auto narrow = Narrow(RoundedQuotient(dividend, divisor, Rounding::kHalfUp), kQuotientDigits);
  if (!narrow.has_value()) return std::nullopt;
  return Decimal(narrow->first, narrow->second).Normalized();
}

std::optional<Decimal> Decimal::IntegerQuotient(const Decimal& other) const {
  if (other.is_zero()) return std::nullopt;
  const Wide quotient =
      (Wide(coefficient()) * WidePower(other.scale_)) / (Wide(other.coefficient()) * WidePower(scale_));
  const auto narrow = Narrow(quotient, 0);
  if (!narrow.has_value()) return std::nullopt;
  return Decimal(narrow->first, 0);
}

std::optional<Decimal> Decimal::Remainder(const Decimal& other) const {
  const std::optional<Decimal> quotient = IntegerQuotient(other);
  if (!quotient.has_value()) return std::nullopt;
  const std::optional<Decimal> product = quotient->Times(other);
  return product.has_value() ? Minus(*product) : std::nullopt;
}

Decimal Decimal::Rounded(int digits, Rounding rounding) const {
  if (digits >= scale_) return *this;
  const int excess = scale_ - std::max(digits, 0);
  const Wide value = RoundedQuotient(Wide(coefficient()), WidePower(excess), rounding);
  return {value.convert_to<Int128>(), scale_ - excess};
}

std::optional<Decimal> Decimal::WithScale(int digits, Rounding rounding) const {
  const Decimal rounded = Rounded(digits, rounding);
  if (rounded.scale_ == digits) return rounded;
  if (digits > kMaxDigits) return std::nullopt;
  const Wide value = Wide(rounded.coefficient()) * WidePower(digits - rounded.scale_);
  if (abs(value) > Wide(kMax)) return std::nullopt;
  return Decimal(value.convert_to<Int128>(), digits);
}

Decimal Decimal::Normalized() const {
  Int128 value = coefficient();
  int scale = scale_;
  for (; scale > 0 && value % 10 == 0; --scale) value /= 10;
  return {value, scale};
}

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) {
  if (left.scale_ == right.scale_) return left.coefficient() <=> right.coefficient();
  const int scale = std::max(left.scale_, right.scale_);
  // Within 18 more digits a 64-bit coefficient cannot overflow: the common case without wide numbers.
  const bool small = left.high_ == (left.low_ >> 63 ? -1 : 0) && right.high_ == (right.low_ >> 63 ? -1 : 0);
  if (small && scale - std::min(left.scale_, right.scale_) <= 18) {
    return left.coefficient() * kPowers[static_cast<size_t>(scale - left.scale_)] <=>
           right.coefficient() * kPowers[static_cast<size_t>(scale - right.scale_)];
  }
  const Wide difference = Wide(left.coefficient()) * WidePower(scale - left.scale_) -
                          Wide(right.coefficient()) * WidePower(scale - right.scale_);
  return difference.compare(0) <=> 0;
}

size_t Decimal::Hash() const {
  const Decimal normal = Normalized();
  return std::hash<uint64_t>()(normal.low_ * 0x9E3779B97F4A7C15ULL ^ static_cast<uint64_t>(normal.high_) ^
                               static_cast<uint64_t>(normal.scale_) << 32);
}

}  // namespace hjerte::fhirpath
