#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hjerte::tool {

// A day as the number of days since 1970-01-01.
using Day = int32_t;

// Local Danish wall-clock time as seconds since 1970-01-01 00:00 on that same clock.
using LocalTime = int64_t;

// A day taken apart.
struct CivilDate {
  int year;
  int month;
  int day;
};

// The day of a date of the proleptic Gregorian calendar.
Day DayOf(int year, int month, int day);
// The date of a day.
CivilDate DateOf(Day day);
// 0 = Monday … 6 = Sunday.
int WeekdayOf(Day day);
// Full years from birth to day.
int AgeOn(Day birth, Day day);
// The wall clock at hour:minute of a day.
LocalTime At(Day day, int hour, int minute);
// The day of a wall-clock time.
Day DayOfTime(LocalTime time);
// 2026-01-31.
std::string IsoDate(Day day);
// 31-01-2026.
std::string DanishDate(Day day);
// 31-01-2026 22:05:00.
std::string DanishTime(LocalTime time);
// 2026-01-31T21:05:00Z: the instant of a Danish wall-clock time (EU summer time).
std::string UtcInstant(LocalTime time);

// When the extracts (waves) were taken, and which corrections each holds. Corrections of wave w were made on the
// morning of the day before its extract.
struct Calendar {
  // Days of the extracts, increasing.
  std::vector<Day> extracts;

  // Number of the last wave.
  int LastWave() const { return static_cast<int>(extracts.size()) - 1; }
  // The day the corrections of a wave were made.
  Day CorrectionDay(int wave) const { return extracts[static_cast<size_t>(wave)] - 1; }
  // The last wave whose corrections are made by that day; -1 before the first.
  int LevelOn(Day day) const;
};

// Extracts for closures of the years first … last: the last at the end of `last`, the others spread evenly before it.
Calendar MakeCalendar(int first_year, int last_year, int waves);

}  // namespace hjerte::tool
