#include "mapping/registry/date.h"

#include <array>
#include <cstdio>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace hjerte::registry {
namespace {

namespace chrono = std::chrono;

// The database of zones is read once; it never changes while a program runs.
const absl::TimeZone& Copenhagen() {
  static const absl::TimeZone kZone = [] {
    absl::TimeZone zone;
    // Without the zone's data (a stripped machine) Denmark is taken to be one hour ahead all year: dates stay right but
    // for an hour around midnight in summer.
    if (!absl::LoadTimeZone("Europe/Copenhagen", &zone)) zone = absl::FixedTimeZone(3600);
    return zone;
  }();
  return kZone;
}

// A number of exactly `digits` digits at `at`; -1 when there is none.
int Digits(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

struct TimeOfDay {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int64_t micros = 0;
  std::optional<int> offset_minutes;
};

// Reads "hh:mm[:ss[.fff]]" and an offset ("Z", "+02:00"); false when it is neither.
bool ReadTime(std::string_view text, TimeOfDay& time) {
  time.hour = Digits(text, 0, 2);
  time.minute = text.size() > 2 && text[2] == ':' ? Digits(text, 3, 2) : -1;
  if (time.hour < 0 || time.hour > 23 || time.minute < 0 || time.minute > 59) return false;
  size_t at = 5;
  if (at < text.size() && text[at] == ':') {
    time.second = Digits(text, at + 1, 2);
    if (time.second < 0 || time.second > 60) return false;
    at += 3;
  }
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      time.micros += (text[at] - '0') * unit;
    }
  }
  if (at == text.size()) return true;
  if (text[at] == 'Z') {
    time.offset_minutes = 0;
    return at + 1 == text.size();
  }
  if ((text[at] != '+' && text[at] != '-') || at + 6 != text.size() || text[at + 3] != ':') return false;
  const int hours = Digits(text, at + 1, 2);
  const int minutes = Digits(text, at + 4, 2);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return false;
  time.offset_minutes = (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

}  // namespace

std::optional<Date> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  if (year < 1 || month < 0 || day < 0) return std::nullopt;
  const chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Date(date);
}

std::optional<Date> ParseDay(std::string_view text) {
  if (text.size() == 10) return ParseDate(text);
  if (text.size() < 16 || text[10] != 'T') return std::nullopt;
  const std::optional<int64_t> instant = ParseInstant(text);
  if (!instant) return std::nullopt;
  return DayOf(*instant);
}

std::optional<int64_t> ParseInstant(std::string_view text) {
  const std::optional<Date> date = ParseDate(text.substr(0, std::min<size_t>(10, text.size())));
  if (!date) return std::nullopt;
  TimeOfDay time;
  if (text.size() > 10 && (text[10] != 'T' || !ReadTime(text.substr(11), time))) return std::nullopt;
  const int64_t seconds = time.hour * 3600 + time.minute * 60 + time.second;
  if (time.offset_minutes) {
    const int64_t utc =
        int64_t{date->time_since_epoch().count()} * 86'400 + seconds - int64_t{*time.offset_minutes} * 60;
    return utc * 1'000'000 + time.micros;
  }
  const chrono::year_month_day ymd(*date);
  const absl::CivilSecond civil(static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
                                static_cast<int>(static_cast<unsigned>(ymd.day())), time.hour, time.minute,
                                time.second);
  return absl::ToUnixMicros(absl::FromCivil(civil, Copenhagen())) + time.micros;
}

std::string FormatDate(Date date) {
  const chrono::year_month_day ymd(date);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return text.data();
}

Date DayOf(int64_t instant_us) {
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixMicros(instant_us), Copenhagen());
  return Date(chrono::days(day - absl::CivilDay(1970, 1, 1)));
}

int WholeYears(Date birth, Date on) {
  const chrono::year_month_day born(birth);
  const chrono::year_month_day now(on);
  int years = static_cast<int>(now.year()) - static_cast<int>(born.year());
  if (now.month() < born.month() || (now.month() == born.month() && now.day() < born.day())) --years;
  return years;
}

}  // namespace hjerte::registry
