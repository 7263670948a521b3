#include "services/tool/simulation/calendar.h"

#include <cstdio>

namespace hjerte::tool {
namespace {

constexpr LocalTime kDaySeconds = 86400;

// The last Sunday of a month with 31 days.
Day LastSunday(int year, int month) {
  const Day last = DayOf(year, month, 31);
  return last - (WeekdayOf(last) + 1) % 7;
}

// Summer time runs from the last Sunday of March 02:00 to the last Sunday of October 03:00 on the wall clock.
bool IsSummer(LocalTime time) {
  const int year = DateOf(DayOfTime(time)).year;
  return time >= At(LastSunday(year, 3), 2, 0) && time < At(LastSunday(year, 10), 3, 0);
}

std::string Format(const char* format, int a, int b, int c) {
  char text[24];
  std::snprintf(text, sizeof text, format, a, b, c);
  return text;
}

std::string Clock(LocalTime time) {
  const int seconds = static_cast<int>(time - static_cast<LocalTime>(DayOfTime(time)) * kDaySeconds);
  return Format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

// Days and dates by the era method: 400 years are 146 097 days, counted from 1 March.
Day DayOf(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

CivilDate DateOf(Day day) {
  const int z = day + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int day_of_era = z - era * 146097;
  const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted = (5 * day_of_year + 2) / 153;
  const int month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

int WeekdayOf(Day day) { return ((day + 3) % 7 + 7) % 7; }

int AgeOn(Day birth, Day day) {
  const CivilDate b = DateOf(birth);
  const CivilDate d = DateOf(day);
  const bool before_birthday = d.month < b.month || (d.month == b.month && d.day < b.day);
  return d.year - b.year - (before_birthday ? 1 : 0);
}

LocalTime At(Day day, int hour, int minute) {
  return static_cast<LocalTime>(day) * kDaySeconds + hour * 3600 + minute * 60;
}

Day DayOfTime(LocalTime time) {
  return static_cast<Day>(time >= 0 ? time / kDaySeconds : (time - kDaySeconds + 1) / kDaySeconds);
}

std::string IsoDate(Day day) {
  const CivilDate d = DateOf(day);
  return Format("%04d-%02d-%02d", d.year, d.month, d.day);
}

std::string DanishDate(Day day) {
  const CivilDate d = DateOf(day);
  return Format("%02d-%02d-%04d", d.day, d.month, d.year);
}

std::string DanishTime(LocalTime time) { return DanishDate(DayOfTime(time)) + " " + Clock(time); }

std::string UtcInstant(LocalTime time) {
  const LocalTime utc = time - (IsSummer(time) ? 7200 : 3600);
  return IsoDate(DayOfTime(utc)) + "T" + Clock(utc) + "Z";
}

int Calendar::LevelOn(Day day) const {
  int level = -1;
  while (level < LastWave() && CorrectionDay(level + 1) <= day) ++level;
  return level;
}

Calendar MakeCalendar(int first_year, int last_year, int waves) {
  const Day begin = DayOf(first_year, 1, 1);
  const Day end = DayOf(last_year, 12, 31);
  Calendar calendar;
  for (int wave = 1; wave <= waves; ++wave) {
    calendar.extracts.push_back(begin + static_cast<Day>(static_cast<int64_t>(end - begin) * wave / waves));
  }
  return calendar;
}

}  // namespace hjerte::tool
