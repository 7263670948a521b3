#include "services/common/copenhagen.h"
#include "services/common/time_text.h"

namespace hjerte::common {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using namespace std::chrono_literals;

LocalTime Wall(year_month_day date, std::chrono::microseconds time) { return std::chrono::local_days(date) + time; }

TEST(Copenhagen, WinterIsOneHourAheadOfUtcAndSummerTwo) {
  EXPECT_EQ(ToCopenhagen(*ParseInstant("2026-01-31T22:00:00Z")), Wall(2026y / 1 / 31, 23h));
  EXPECT_EQ(ToCopenhagen(*ParseInstant("2026-07-31T22:00:00.000001Z")), Wall(2026y / 8 / 1, 1us));
  EXPECT_EQ(FromCopenhagen(Wall(2026y / 8 / 1, 0h)), *ParseInstant("2026-07-31T22:00:00Z"));
}

TEST(Copenhagen, TheHourThatOccursTwiceMeansItsFirstOccurrence) {
  EXPECT_EQ(FromCopenhagen(Wall(2026y / 10 / 25, 2h + 30min)), *ParseInstant("2026-10-25T00:30:00Z"));
}

TEST(Copenhagen, TheHourThatDoesNotOccurIsReadAsIfSummerTimeHadNotBegun) {
  const Instant instant = FromCopenhagen(Wall(2026y / 3 / 29, 2h + 30min));
  EXPECT_EQ(FormatInstant(instant), "2026-03-29T01:30:00Z");
  EXPECT_EQ(ToCopenhagen(instant), Wall(2026y / 3 / 29, 3h + 30min));
}

TEST(Copenhagen, TheDateIsThatOfTheWallClockAlsoBefore1970) {
  EXPECT_EQ(CopenhagenDate(*ParseInstant("2026-06-30T22:00:00Z")), 2026y / 7 / 1);
  EXPECT_EQ(CopenhagenDate(*ParseInstant("1931-12-31T22:59:59.5Z")), 1931y / 12 / 31);
}

TEST(TimeText, AnInstantIsWrittenWithTheDigitsItHas) {
  EXPECT_EQ(FormatInstant(Instant(sys_days(2026y / 1 / 2)) + 3h), "2026-01-02T03:00:00Z");
  EXPECT_EQ(FormatInstant(Instant(sys_days(2026y / 1 / 2)) + 250ms), "2026-01-02T00:00:00.250Z");
  EXPECT_EQ(FormatInstant(Instant(sys_days(1969y / 12 / 31)) + 7us), "1969-12-31T00:00:00.000007Z");
}

TEST(TimeText, AnInstantIsReadWithOffsetAndFraction) {
  EXPECT_EQ(FormatInstant(*ParseInstant("2022-06-02T10:00:00+02:00")), "2022-06-02T08:00:00Z");
  EXPECT_EQ(FormatInstant(*ParseInstant("2022-06-02T00:30:00.1234567-01:30")), "2022-06-02T02:00:00.123456Z");
}

TEST(TimeText, WhatIsNotAnInstantIsRefused) {
  for (const char* text : {"", "2022-06-02", "2022-06-02T10:00:00", "2022-06-02T10:00Z", "2022-02-30T10:00:00Z",
                           "2022-06-02T24:00:00Z", "2022-06-02T10:00:00.Z", "2022-06-02T10:00:00ZZ",
                           "2022-06-02T10:00:00+2:00", "2022-13-02T10:00:00Z", "22-06-02T10:00:00Z"}) {
    EXPECT_FALSE(ParseInstant(text).has_value()) << text;
  }
}

TEST(TimeText, OnlyRealDatesAreDates) {
  EXPECT_EQ(ParseDate("2024-02-29"), 2024y / 2 / 29);
  EXPECT_EQ(FormatDate(2024y / 2 / 29), "2024-02-29");
  for (const char* text : {"2023-02-29", "2023-2-09", "2023-02-09 ", "09-02-2023", ""}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock(*ParseInstant("2026-01-01T00:00:00Z"));
  const Instant before = clock.Now();
  EXPECT_EQ(clock.Now(), before);
  clock.Advance(hours(1));
  EXPECT_EQ(clock.Now() - before, hours(1));
  clock.Set(before - minutes(1));
  EXPECT_EQ(before - clock.Now(), minutes(1));
}

}  // namespace
}  // namespace hjerte::common
