#include "services/tool/simulation/calendar.h"

namespace hjerte::tool {
namespace {

TEST(Calendar, DatesGoToDaysAndBack) {
  EXPECT_EQ(DayOf(1970, 1, 1), 0);
  EXPECT_EQ(IsoDate(DayOf(2024, 2, 29) + 1), "2024-03-01");
  EXPECT_EQ(IsoDate(DayOf(1932, 12, 31) + 1), "1933-01-01");
  EXPECT_EQ(WeekdayOf(DayOf(2026, 11, 22)), 6);
}

TEST(Calendar, WallClockBecomesUtcWithSummerTime) {
  EXPECT_EQ(UtcInstant(At(DayOf(2022, 1, 10), 0, 30)), "2022-01-09T23:30:00Z");
  EXPECT_EQ(UtcInstant(At(DayOf(2022, 7, 10), 12, 0)), "2022-07-10T10:00:00Z");
  EXPECT_EQ(UtcInstant(At(DayOf(2022, 3, 27), 3, 0)), "2022-03-27T01:00:00Z");
  EXPECT_EQ(UtcInstant(At(DayOf(2022, 3, 27), 1, 59)), "2022-03-27T00:59:00Z");
  EXPECT_EQ(UtcInstant(At(DayOf(2022, 10, 30), 3, 0)), "2022-10-30T02:00:00Z");
}

TEST(Calendar, AgeCountsTheBirthday) {
  EXPECT_EQ(AgeOn(DayOf(1950, 6, 15), DayOf(2020, 6, 14)), 69);
  EXPECT_EQ(AgeOn(DayOf(1950, 6, 15), DayOf(2020, 6, 15)), 70);
}

TEST(Calendar, TheLastExtractIsAtTheEndOfTheYears) {
  const Calendar calendar = MakeCalendar(2020, 2024, 3);
  ASSERT_EQ(calendar.extracts.size(), 3u);
  EXPECT_EQ(IsoDate(calendar.extracts.back()), "2024-12-31");
  EXPECT_EQ(calendar.LevelOn(calendar.extracts[0] - 2), -1);
  EXPECT_EQ(calendar.LevelOn(calendar.extracts[0] - 1), 0);
  EXPECT_EQ(calendar.LevelOn(calendar.extracts[2]), 2);
}

}  // namespace
}  // namespace hjerte::tool
