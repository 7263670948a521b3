#include "services/portal/format.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace hjerte::portal {
namespace {

constexpr std::string_view kNone = "–";
constexpr std::string_view kHidden = "#";
constexpr std::string_view kNoBreak = "\u00A0";

constexpr std::array<std::string_view, 12> kDanishMonths = {"januar",    "februar", "marts",    "april",
                                                            "maj",       "juni",    "juli",     "august",
                                                            "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 12> kEnglishMonths = {"January",   "February", "March",    "April",
                                                             "May",       "June",     "July",     "August",
                                                             "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 4> kEnglishOrdinals = {"first", "second", "third", "fourth"};

std::string Decimal(std::string_view decimal, Language language) {
  std::string text(decimal);
  if (language == Language::kDanish) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string PercentSign(Language language) { return language == Language::kDanish ? std::string(kNoBreak) + "%" : "%"; }

std::string DateText(int year, int month, int day, Language language) {
  if (month < 1 || month > 12) return std::string(kNone);
  const size_t at = static_cast<size_t>(month) - 1;
  if (language == Language::kDanish) return absl::StrCat(day, ". ", std::string(kDanishMonths[at]), " ", year);
  return absl::StrCat(day, " ", std::string(kEnglishMonths[at]), " ", year);
}

absl::CivilSecond DanishWallClock(common::Instant instant) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone("Europe/Copenhagen", &zone)) zone = absl::UTCTimeZone();
  return zone.At(absl::FromUnixMicros(instant.time_since_epoch().count())).cs;
}

std::string Year(const PeriodRef& period) { return period.label.substr(0, 4); }

// Number of the half-year or quarter, counted from 0.
size_t Part(const PeriodRef& period) {
  const char last = period.label.empty() ? '1' : period.label.back();
  return last >= '1' && last <= '4' ? static_cast<size_t>(last - '1') : 0;
}

}  // namespace

std::string FormatPercent(std::string_view decimal, Language language) {
  return decimal.empty() ? std::string(kNone) : Decimal(decimal, language) + PercentSign(language);
}

std::string FormatInterval(const Figures& figures, Language language) {
  if (figures.low.empty() || figures.high.empty()) return std::string(kNone);
  return Decimal(figures.low, language) + "–" + Decimal(figures.high, language) + PercentSign(language);
}

std::string FormatCount(int64_t count, Language language) {
  std::string digits = absl::StrCat(count);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, language == Language::kDanish ? '.' : ',');
  }
  return digits;
}

std::string FormatCount(const std::optional<int64_t>& count, Language language) {
  return count ? FormatCount(*count, language) : std::string(kHidden);
}

std::string FormatDate(std::string_view date, Language language) {
  int year = 0;
  int month = 0;
  int day = 0;
  const std::string text(date);
  if (text.size() != 10 || !absl::SimpleAtoi(text.substr(0, 4), &year) ||
      !absl::SimpleAtoi(text.substr(5, 2), &month) || !absl::SimpleAtoi(text.substr(8, 2), &day)) {
    return std::string(kNone);
  }
  return DateText(year, month, day, language);
}

std::string FormatDateOf(common::Instant instant, Language language) {
  const absl::CivilSecond civil = DanishWallClock(instant);
  return DateText(static_cast<int>(civil.year()), civil.month(), civil.day(), language);
}

std::string FormatInstant(common::Instant instant, Language language) {
  const absl::CivilSecond civil = DanishWallClock(instant);
  const auto two = [](int number) { return absl::StrCat(number < 10 ? "0" : "", number); };
  const std::string date = FormatDateOf(instant, language);
  if (language == Language::kDanish) return date + " kl. " + two(civil.hour()) + "." + two(civil.minute());
  return date + " at " + two(civil.hour()) + ":" + two(civil.minute());
}

std::string FormatPeriod(const PeriodRef& period, Language language) {
  if (period.kind == PeriodKind::kYear) return period.label;
  const bool half = period.kind == PeriodKind::kHalfYear;
  if (language == Language::kDanish) {
    return absl::StrCat(Part(period) + 1, half ? ". halvår " : ". kvartal ", Year(period));
  }
  return absl::StrCat(std::string(kEnglishOrdinals[Part(period)]), half ? " half of " : " quarter of ", Year(period));
}

std::string FormatPeriodShort(const PeriodRef& period, Language language) {
  if (period.kind == PeriodKind::kYear) return period.label;
  const bool half = period.kind == PeriodKind::kHalfYear;
  const char* letter = half ? "H" : (language == Language::kDanish ? "K" : "Q");
  return absl::StrCat(letter, Part(period) + 1, " ", Year(period).substr(2));
}

std::optional<double> PercentNumber(std::string_view decimal) {
  double number = 0;
  if (decimal.empty() || !absl::SimpleAtod(std::string(decimal), &number)) return std::nullopt;
  if (!(number >= 0 && number <= 100)) return std::nullopt;
  return number;
}

}  // namespace hjerte::portal
