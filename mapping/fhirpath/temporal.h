#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/fhirpath/decimal.h"

namespace hjerte::fhirpath {

// How much of a date or time is known. Seconds and their fraction count as one precision in comparisons.
enum class Precision : uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMillisecond };

// The three calendar types of FHIRPath.
enum class TemporalKind : uint8_t { kDate, kDateTime, kTime };

// A calendar duration's unit, also what a definite UCUM unit of time maps to.
enum class TimeUnit : uint8_t { kYear, kMonth, kWeek, kDay, kHour, kMinute, kSecond, kMillisecond };

// A Date, DateTime or Time of partial precision (FHIRPath 2.0.0, Literals). Fields beyond the precision hold their
// least value.
struct Temporal {
  int16_t year = 1;
  uint8_t month = 1;
  uint8_t day = 1;
  uint8_t hour = 0;
  uint8_t minute = 0;
  uint8_t second = 0;
  uint8_t fraction_digits = 0;  // As written; 0 without a fraction.
  uint32_t nanosecond = 0;
  int16_t offset_minutes = 0;
  bool has_offset = false;
  Precision precision = Precision::kDay;

  // What FHIRPath and FHIR write: 2015, 2015-02, 2015-02-04. Empty where the text is none or names no day of the
  // calendar.
  static std::optional<Temporal> ParseDate(std::string_view text);
  // 2015T, 2015-02-04T14, 2015-02-04T14:34:28.123+01:00; a date alone is a DateTime of that precision.
  static std::optional<Temporal> ParseDateTime(std::string_view text);
  // 14, 14:34, 14:34:28.123.
  static std::optional<Temporal> ParseTime(std::string_view text);

  // As toString() gives it, without @ and T marks of literals.
  std::string ToString(TemporalKind kind) const;
  // As a literal: @2015-02-04T14:34, @2015T, @T14:34.
  std::string ToLiteral(TemporalKind kind) const;
};

// -1, 0 or 1; empty where the precisions do not decide it (FHIRPath 2.0.0, Comparison).
std::optional<int> Compare(const Temporal& left, const Temporal& right, bool time_only);

// Adds a whole number of units (FHIRPath 2.0.0, Date/Time Arithmetic). Empty when the result leaves years 1 to 9999.
std::optional<Temporal> Add(const Temporal& value, TemporalKind kind, int64_t amount, TimeUnit unit);

// The quotient towards minus infinity, as calendars count.
int64_t FloorDivide(int64_t dividend, int64_t divisor);

// Number of days of the month.
int DaysInMonth(int year, int month);

// Milliseconds from 1970-01-01T00:00 of the fields as they stand, the offset not applied.
int64_t LocalMilliseconds(const Temporal& value);

}  // namespace hjerte::fhirpath
