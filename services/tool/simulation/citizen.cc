#include "services/tool/simulation/citizen.h"

#include <cstdio>

namespace hjerte::tool {
namespace {

// The seventh digit tells the century together with the year (CPR-kontoret's table).
int SeventhDigit(Chance& chance, int year) {
  if (year >= 2000) return static_cast<int>(year <= 2036 ? chance.Between(4, 9) : chance.Between(5, 8));
  if (year >= 1937 && chance.Permille(150)) return chance.Permille(500) ? 4 : 9;
  return static_cast<int>(chance.Between(0, 3));
}

Day BirthDay(Chance& chance, Day day, int age) {
  const CivilDate today = DateOf(day);
  while (true) {
    const Day birth = DayOf(today.year - age, today.month, 1) + 27 - static_cast<Day>(chance.Below(365));
    const CivilDate date = DateOf(birth);
    if (!(date.month == 1 && date.day == 1)) return birth;
  }
}

}  // namespace

bool PassesModulus11(const std::string& cpr) {
  constexpr int kWeights[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  int sum = 0;
  for (size_t i = 0; i < 10; ++i) sum += (cpr[i] - '0') * kWeights[i];
  return sum % 11 == 0;
}

Citizen CitizenRegister::Draw(Chance& chance, Day day, int age, bool male) {
  // Four in a thousand have a replacement number: 60 is added to the day.
  const int day_shift = chance.Permille(4) ? 60 : 0;
  while (true) {
    const Day birth = BirthDay(chance, day, age);
    const CivilDate date = DateOf(birth);
    const int serial = static_cast<int>(chance.Below(500)) * 2 + (male ? 1 : 0);
    char text[24];
    std::snprintf(text, sizeof text, "%02d%02d%02d%d%03d", (date.day + day_shift) % 100, date.month, date.year % 100,
                  SeventhDigit(chance, date.year), serial);
    const std::string cpr(text);
    if (PassesModulus11(cpr) || !used_.insert(std::stoull(cpr)).second) continue;
    return {cpr, birth, male};
  }
}

}  // namespace hjerte::tool
