#include "mapping/fhirpath/temporal.h"

#include <algorithm>
#include <array>

#include "mapping/fhirpath/text_scanner.h"

namespace hjerte::fhirpath {

namespace {

constexpr int64_t kMillisecondsPerDay = 86'400'000;
constexpr int kYearMax = 9999;

// Days from 1970-01-01 of a day of the proleptic Gregorian calendar (civil-from-days arithmetic over 400-year eras).
int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

void SetCivilFromDays(int64_t days, Temporal& value) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  value.day = static_cast<uint8_t>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  value.month = static_cast<uint8_t>(shifted_month + (shifted_month < 10 ? 3 : -9));
  value.year = static_cast<int16_t>(year_of_era + era * 400 + (value.month <= 2 ? 1 : 0));
}

bool ScanDate(TextScanner& scanner, Temporal& value) {
  const auto year = scanner.Digits(4);
  if (!year.has_value() || *year < 1) return false;
  value.year = static_cast<int16_t>(*year);
  value.precision = Precision::kYear;
  if (!scanner.Take('-')) return true;
  const auto month = scanner.Digits(2);
  if (!month.has_value() || *month < 1 || *month > 12) return false;
  value.month = static_cast<uint8_t>(*month);
  value.precision = Precision::kMonth;
  if (!scanner.Take('-')) return true;
  const auto day = scanner.Digits(2);
  if (!day.has_value() || *day < 1 || *day > DaysInMonth(value.year, value.month)) return false;
  value.day = static_cast<uint8_t>(*day);
  value.precision = Precision::kDay;
  return true;
}

bool ScanFraction(TextScanner& scanner, Temporal& value) {
  uint32_t nanosecond = 0;
  uint32_t weight = 100'000'000;
  uint8_t digits = 0;
  for (std::optional<int> digit = scanner.Digits(1); digit.has_value(); digit = scanner.Digits(1)) {
    nanosecond += static_cast<uint32_t>(*digit) * weight;
    weight /= 10;
    if (digits < 9) ++digits;
  }
  value.nanosecond = nanosecond;
  value.fraction_digits = digits;
  value.precision = Precision::kMillisecond;
  return digits > 0;
}

bool ScanTime(TextScanner& scanner, Temporal& value) {
  const auto hour = scanner.Digits(2);
  if (!hour.has_value() || *hour > 23) return false;
  value.hour = static_cast<uint8_t>(*hour);
  value.precision = Precision::kHour;
  if (!scanner.Take(':')) return true;
  const auto minute = scanner.Digits(2);
  if (!minute.has_value() || *minute > 59) return false;
  value.minute = static_cast<uint8_t>(*minute);
  value.precision = Precision::kMinute;
  if (!scanner.Take(':')) return true;
  const auto second = scanner.Digits(2);
  // A leap second is read as the second before: the calendar here has none.
  if (!second.has_value() || *second > 60) return false;
  value.second = static_cast<uint8_t>(std::min(*second, 59));
  value.precision = Precision::kSecond;
  return !scanner.Take('.') || ScanFraction(scanner, value);
}

bool ScanOffset(TextScanner& scanner, Temporal& value) {
  if (scanner.AtEnd()) return true;
  value.has_offset = true;
  if (scanner.Take('Z')) return true;
  const bool negative = scanner.Take('-');
  if (!negative && !scanner.Take('+')) return false;
  const auto hours = scanner.Digits(2);
  if (!hours.has_value() || *hours > 14 || !scanner.Take(':')) return false;
  const auto minutes = scanner.Digits(2);
  if (!minutes.has_value() || *minutes > 59) return false;
  const int offset = *hours * 60 + *minutes;
  value.offset_minutes = static_cast<int16_t>(negative ? -offset : offset);
  return true;
}

void AppendPadded(int value, size_t width, std::string& out) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out.append(digits);
}

void AppendDate(const Temporal& value, std::string& out) {
  AppendPadded(value.year, 4, out);
  if (value.precision < Precision::kMonth) return;
  out.push_back('-');
  AppendPadded(value.month, 2, out);
  if (value.precision < Precision::kDay) return;
  out.push_back('-');
  AppendPadded(value.day, 2, out);
}

void AppendTime(const Temporal& value, std::string& out) {
  AppendPadded(value.hour, 2, out);
  if (value.precision < Precision::kMinute) return;
  out.push_back(':');
  AppendPadded(value.minute, 2, out);
  if (value.precision < Precision::kSecond) return;
  out.push_back(':');
  AppendPadded(value.second, 2, out);
  if (value.fraction_digits == 0) return;
  out.push_back('.');
  std::string fraction;
  AppendPadded(static_cast<int>(value.nanosecond), 9, fraction);
  out.append(fraction, 0, value.fraction_digits);
}

void AppendOffset(const Temporal& value, std::string& out) {
  if (!value.has_offset) return;
  if (value.offset_minutes == 0) {
    out.push_back('Z');
    return;
  }
  const int offset = value.offset_minutes < 0 ? -value.offset_minutes : value.offset_minutes;
  out.push_back(value.offset_minutes < 0 ? '-' : '+');
  AppendPadded(offset / 60, 2, out);
  out.push_back(':');
  AppendPadded(offset % 60, 2, out);
}

int Sign(int64_t difference) { return difference < 0 ? -1 : difference > 0 ? 1 : 0; }

std::array<int64_t, 6> Fields(const Temporal& value) {
  // Seconds and their fraction are one field (FHIRPath 2.0.0, Equals).
  return {value.year, value.month,  value.day,
          value.hour, value.minute, value.second * int64_t{1'000'000'000} + value.nanosecond};
}

int LastField(const Temporal& value) {
  return std::min(static_cast<int>(value.precision), static_cast<int>(Precision::kSecond));
}

std::optional<int> CompareFields(const Temporal& left, const Temporal& right, int first) {
  const auto left_fields = Fields(left);
  const auto right_fields = Fields(right);
  const int common = std::min(LastField(left), LastField(right));
  for (int i = first; i <= common; ++i) {
    const auto index = static_cast<size_t>(i);
    if (left_fields[index] != right_fields[index]) return Sign(left_fields[index] - right_fields[index]);
  }
  if (LastField(left) != LastField(right)) return std::nullopt;
  return 0;
}

// The same instant with an offset of zero.
Temporal ToUtc(const Temporal& value) {
  Temporal utc = value;
  const int64_t minutes = LocalMilliseconds(value) / 60'000 - value.offset_minutes;
  // Only whole minutes move, so the seconds stay as they are.
  const int64_t day_minutes = 1440;
  int64_t days = minutes / day_minutes;
  int64_t rest = minutes % day_minutes;
  if (rest < 0) {
    rest += day_minutes;
    --days;
  }
  SetCivilFromDays(days, utc);
  utc.hour = static_cast<uint8_t>(rest / 60);
  utc.minute = static_cast<uint8_t>(rest % 60);
  utc.offset_minutes = 0;
  return utc;
}

// An instant against a local time of unknown place: decided only if no place on Earth could change the answer.
std::optional<int> CompareAcrossZones(const Temporal& left, const Temporal& right) {
  constexpr int64_t kFarthestZone = int64_t{14} * 3'600'000;
  const Temporal left_utc = left.has_offset ? ToUtc(left) : left;
  const Temporal right_utc = right.has_offset ? ToUtc(right) : right;
  const int64_t difference = LocalMilliseconds(left_utc) - LocalMilliseconds(right_utc);
  // An hour's width covers what a coarser precision leaves open.
  if (difference > kFarthestZone + 3'600'000) return 1;
  if (difference < -kFarthestZone - 3'600'000) return -1;
  return std::nullopt;
}

std::optional<Temporal> AddMonths(const Temporal& value, int64_t months) {
  Temporal result = value;
  const int64_t total = int64_t{value.year} * 12 + (value.month - 1) + months;
  const int64_t year = total >= 0 ? total / 12 : -1;
  if (year < 1 || year > kYearMax) return std::nullopt;
  result.year = static_cast<int16_t>(year);
  result.month = static_cast<uint8_t>(total % 12 + 1);
  // The last day of the month where the day does not exist (FHIRPath 2.0.0, Date/Time Arithmetic).
  result.day = static_cast<uint8_t>(std::min<int>(value.day, DaysInMonth(result.year, result.month)));
  return result;
}

std::optional<Temporal> AddMilliseconds(const Temporal& value, bool time_only, int64_t milliseconds) {
  constexpr int64_t kFarthest = int64_t{10'000} * 366 * kMillisecondsPerDay;
  if (milliseconds > kFarthest || milliseconds < -kFarthest) return std::nullopt;
  Temporal result = value;
  const int64_t sum = LocalMilliseconds(value) + milliseconds;
  int64_t days = FloorDivide(sum, kMillisecondsPerDay);
  int64_t rest = sum - days * kMillisecondsPerDay;
  if (!time_only) {
    if (days < DaysFromCivil(1, 1, 1) || days > DaysFromCivil(kYearMax, 12, 31)) return std::nullopt;
    SetCivilFromDays(days, result);
  }
  result.hour = static_cast<uint8_t>(rest / 3'600'000);
  rest %= 3'600'000;
  result.minute = static_cast<uint8_t>(rest / 60'000);
  rest %= 60'000;
  result.second = static_cast<uint8_t>(rest / 1000);
  result.nanosecond = static_cast<uint32_t>(rest % 1000) * 1'000'000 + value.nanosecond % 1'000'000;
  if (result.precision == Precision::kSecond && result.nanosecond != 0) {
    result.precision = Precision::kMillisecond;
    result.fraction_digits = 3;
  }
  return result;
}

constexpr int64_t kUnitMilliseconds[] = {0,    0, 7 * kMillisecondsPerDay, kMillisecondsPerDay, 3'600'000, 60'000,
                                         1000, 1};

// The unit to count in where the value is known less precisely than the duration: months are 30 days and years 365
// then.
std::optional<Temporal> AddToPartial(const Temporal& value, int64_t amount, TimeUnit unit) {
  const int64_t days = amount * (kUnitMilliseconds[static_cast<size_t>(unit)] / 1000) / 86'400;
  if (value.precision == Precision::kYear) return AddMonths(value, days / 365 * 12);
  return AddMonths(value, days / 30);
}

}  // namespace

int64_t FloorDivide(int64_t dividend, int64_t divisor) {
  const int64_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

int64_t LocalMilliseconds(const Temporal& value) {
  const int64_t days = DaysFromCivil(value.year, value.month, value.day);
  return days * kMillisecondsPerDay + value.hour * int64_t{3'600'000} + value.minute * int64_t{60'000} +
         value.second * int64_t{1000} + value.nanosecond / 1'000'000;
}

std::optional<Temporal> Temporal::ParseDate(std::string_view text) {
  Temporal value;
  TextScanner scanner(text);
  if (!ScanDate(scanner, value) || !scanner.AtEnd()) return std::nullopt;
  return value;
}

std::optional<Temporal> Temporal::ParseDateTime(std::string_view text) {
  Temporal value;
  TextScanner scanner(text);
  if (!ScanDate(scanner, value)) return std::nullopt;
  if (!scanner.Take('T')) return scanner.AtEnd() ? std::optional(value) : std::nullopt;
  if (scanner.AtEnd()) return value;
  if (value.precision != Precision::kDay || !ScanTime(scanner, value) || !ScanOffset(scanner, value))
    return std::nullopt;
  if (!scanner.AtEnd()) return std::nullopt;
  return value;
}

std::optional<Temporal> Temporal::ParseTime(std::string_view text) {
  Temporal value;
  value.year = 1970;
  TextScanner scanner(text);
  if (!ScanTime(scanner, value) || !scanner.AtEnd()) return std::nullopt;
  return value;
}

std::string Temporal::ToString(TemporalKind kind) const {
  std::string out;
  if (kind != TemporalKind::kTime) AppendDate(*this, out);
  if (kind == TemporalKind::kDate || (kind == TemporalKind::kDateTime && precision <= Precision::kDay)) return out;
  if (kind == TemporalKind::kDateTime) out.push_back('T');
  AppendTime(*this, out);
  AppendOffset(*this, out);
  return out;
}

std::string Temporal::ToLiteral(TemporalKind kind) const {
  std::string out = kind == TemporalKind::kTime ? "@T" : "@";
  out.append(ToString(kind));
  if (kind == TemporalKind::kDateTime && precision <= Precision::kDay) out.push_back('T');
  return out;
}

std::optional<int> Compare(const Temporal& left, const Temporal& right, bool time_only) {
  if (time_only) return CompareFields(left, right, static_cast<int>(Precision::kHour));
  const bool both_timed = left.precision > Precision::kDay && right.precision > Precision::kDay;
  // Whole days have no zone: they are compared as they are written.
  if (!both_timed || left.has_offset == right.has_offset) {
    const bool shift = both_timed && left.has_offset && left.offset_minutes != right.offset_minutes;
    return shift ? CompareFields(ToUtc(left), ToUtc(right), 0) : CompareFields(left, right, 0);
  }
  return CompareAcrossZones(left, right);
}

std::optional<Temporal> Add(const Temporal& value, TemporalKind kind, int64_t amount, TimeUnit unit) {
  constexpr int64_t kAmountMax = int64_t{1} << 40;
  if (amount > kAmountMax || amount < -kAmountMax) return std::nullopt;
  if (unit == TimeUnit::kYear) return AddMonths(value, amount * 12);
  if (unit == TimeUnit::kMonth) {
    return AddMonths(value, value.precision == Precision::kYear ? amount / 12 * 12 : amount);
  }
  if (kind != TemporalKind::kTime && value.precision < Precision::kDay) return AddToPartial(value, amount, unit);
  const int64_t milliseconds_each = kUnitMilliseconds[static_cast<size_t>(unit)];
  int64_t milliseconds = amount * milliseconds_each;
  // A duration finer than the value is first turned into whole units of the value's precision.
  constexpr int64_t kPrecisionMilliseconds[] = {0, 0, kMillisecondsPerDay, 3'600'000, 60'000, 1000, 1};
  if (value.precision != Precision::kSecond || unit != TimeUnit::kMillisecond) {
    const int64_t whole = kPrecisionMilliseconds[static_cast<size_t>(value.precision)];
    milliseconds = milliseconds / whole * whole;
  }
  return AddMilliseconds(value, kind == TemporalKind::kTime, milliseconds);
}

}  // namespace hjerte::fhirpath
