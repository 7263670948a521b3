#include "services/common/copenhagen.h"

#include <cstdlib>

#include "absl/time/time.h"

namespace hjerte::common {
namespace {

// Loaded once: the zone's rules are part of the installed system (package tzdata). Without them every date would
// silently be UTC, so the program ends instead.
const absl::TimeZone& Copenhagen() {
  static const absl::TimeZone zone = [] {
    absl::TimeZone loaded;
    if (!absl::LoadTimeZone("Europe/Copenhagen", &loaded)) {
      std::fputs("The time zone Europe/Copenhagen is not installed on this machine (Debian package tzdata).\n", stderr);
      std::abort();
    }
    return loaded;
  }();
  return zone;
}

constexpr std::chrono::year_month_day kEpoch{std::chrono::year(1970), std::chrono::January, std::chrono::day(1)};

std::chrono::days DaysOf(absl::CivilDay day) { return std::chrono::days(day - absl::CivilDay(1970, 1, 1)); }

}  // namespace

LocalTime ToCopenhagen(Instant instant) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  const absl::TimeZone::CivilInfo civil =
      Copenhagen().At(absl::FromUnixSeconds(static_cast<std::int64_t>(seconds.time_since_epoch().count())));
  const absl::CivilSecond& wall = civil.cs;
  return std::chrono::local_days(kEpoch) + DaysOf(absl::CivilDay(wall)) + std::chrono::hours(wall.hour()) +
         std::chrono::minutes(wall.minute()) + std::chrono::seconds(wall.second()) + (instant - seconds);
}

Instant FromCopenhagen(LocalTime local) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(local);
  const auto midnight = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss clock(seconds - midnight);
  // Built of fields that are in range: counting seconds from the epoch takes many times as long.
  const absl::CivilSecond wall(static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                               static_cast<unsigned>(day.day()), clock.hours().count(), clock.minutes().count(),
                               clock.seconds().count());
  // `pre` is the first of two occurrences, and the reading before the change for a time that does not occur.
  const absl::Time time = Copenhagen().At(wall).pre;
  return Instant(std::chrono::seconds(absl::ToUnixSeconds(time))) + (local - seconds);
}

std::chrono::year_month_day CopenhagenDate(Instant instant) {
  return std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(ToCopenhagen(instant)));
}

}  // namespace hjerte::common
