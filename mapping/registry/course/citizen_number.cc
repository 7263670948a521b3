#include "mapping/registry/course/citizen_number.h"

#include <algorithm>
#include <array>
#include <string>

namespace hjerte::registry {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

int TwoDigits(std::string_view text, size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

// The century by the seventh digit and the two digits of the year (cpr.dk's table).
int Year(int two_digits, int seventh) {
  if (seventh <= 3) return 1900 + two_digits;
  if (seventh == 4 || seventh == 9) return (two_digits <= 36 ? 2000 : 1900) + two_digits;
  return (two_digits <= 57 ? 2000 : 1800) + two_digits;
}

std::optional<Date> DateOf(int day, int month, int year) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Date(date);
}

// A temporary number has 60 added to the day.
bool IsDay(int day) { return (day >= 1 && day <= 31) || (day >= 61 && day <= 91); }

bool PassesModulus11(std::string_view number) {
  static constexpr std::array<int, 10> kWeights = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  int sum = 0;
  for (size_t i = 0; i < kWeights.size(); ++i) sum += kWeights[i] * (number[i] - '0');
  return sum % 11 == 0;
}

std::optional<CitizenNumber> ParseCpr(std::string_view value) {
  for (const char c : value) {
    if (!IsDigit(c)) return std::nullopt;
  }
  CitizenNumber number;
  int day = TwoDigits(value, 0);
  if (day > 60) {
    day -= 60;
    number.kind = CitizenNumber::Kind::kTemporary;
  }
  const std::optional<Date> birth = DateOf(day, TwoDigits(value, 2), Year(TwoDigits(value, 4), value[6] - '0'));
  if (!birth) return std::nullopt;
  number.birth_date = *birth;
  number.male = (value[9] - '0') % 2 == 1;
  number.modulus_11 = PassesModulus11(value);
  return number;
}

// DDMMYY, a digit that tells the century (the larger of the pair: born from 2000 on), two letters, a digit odd for
// males.
std::optional<CitizenNumber> ParseEcpr(std::string_view value, CitizenNumber::Kind kind) {
  for (size_t i = 0; i < 7; ++i) {
    if (!IsDigit(value[i])) return std::nullopt;
  }
  if (!IsLetter(value[7]) || !IsLetter(value[8]) || !IsDigit(value[9])) return std::nullopt;
  const char marker = value[6];
  const bool x = kind == CitizenNumber::Kind::kXEcpr;
  const bool valid = x ? marker == '1' || marker == '7' : marker == '0' || marker == '5' || marker == '6';
  if (!valid) return std::nullopt;
  const std::optional<Date> birth =
      DateOf(TwoDigits(value, 0), TwoDigits(value, 2), Year(TwoDigits(value, 4), marker - '0'));
  if (!birth) return std::nullopt;
  CitizenNumber number;
  number.kind = kind;
  number.birth_date = *birth;
  number.male = (value[9] - '0') % 2 == 1;
  number.modulus_11 = true;
  return number;
}

}  // namespace

bool IsCitizenNumberSystem(std::string_view system) {
  return system == kCprSystem || system == kXEcprSystem || system == kDEcprSystem ||
         (system.starts_with(kDEcprSystem) && system.size() > kDEcprSystem.size() &&
          system[kDEcprSystem.size()] == '.');
}

std::optional<CitizenNumber> ParseCitizenNumber(std::string_view system, std::string_view value) {
  if (value.size() != 10) return std::nullopt;
  if (system == kCprSystem) return ParseCpr(value);
  if (system == kXEcprSystem) return ParseEcpr(value, CitizenNumber::Kind::kXEcpr);
  if (IsCitizenNumberSystem(system)) return ParseEcpr(value, CitizenNumber::Kind::kDEcpr);
  return std::nullopt;
}

bool MayHoldCitizenNumber(std::string_view text) {
  size_t digits = 0;
  for (const char c : text) {
    if (IsDigit(c)) {
      if (++digits >= 10) return true;
    } else if ((c != '-' && c != ' ') || digits != 6) {
      digits = 0;
    }
  }
  return false;
}

bool KeyMayHoldCitizenNumber(std::string_view key) {
  if (std::count_if(key.begin(), key.end(), IsDigit) < 10) return false;
  const auto begins_with_number = [](std::string_view text) {
    std::string digits;
    for (size_t i = 0; i < text.size() && digits.size() < 10; ++i) {
      if (IsDigit(text[i])) {
        digits += text[i];
      } else if ((text[i] != '-' && text[i] != ' ') || digits.size() != 6) {
        return false;
      }
    }
    if (digits.size() < 10) return false;
    // Day, month and year, or the other way round: a care system may write it so.
    const int month = TwoDigits(digits, 2);
    return month >= 1 && month <= 12 && (IsDay(TwoDigits(digits, 0)) || IsDay(TwoDigits(digits, 4)));
  };
  for (size_t i = 0; i < key.size(); ++i) {
    if (IsDigit(key[i]) && begins_with_number(key.substr(i))) return true;
  }
  return false;
}

}  // namespace hjerte::registry
