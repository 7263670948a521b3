#include "services/portal/format.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/copenhagen.h"

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

std::string Decimal(std::string_view decimal, registry::Language language) {
  std::string text(decimal);
  if (language == registry::Language::kDanish) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string PercentSign(registry::Language language) {
  return language == registry::Language::kDanish ? std::string(kNoBreak) + "%" : "%";
}

bool IsHalfOrQuarter(const registry::Period& period) {
  return period.kind == registry::PeriodKind::kHalfYear || period.kind == registry::PeriodKind::kQuarter;
}

std::string Year(const registry::Period& period) { return period.label.substr(0, 4); }

// Number of the half-year or quarter, counted from 0.
size_t Part(const registry::Period& period) {
  const char last = period.label.empty() ? '1' : period.label.back();
  return last >= '1' && last <= '4' ? static_cast<size_t>(last - '1') : 0;
}

}  // namespace

std::string FormatPercent(std::string_view decimal, registry::Language language) {
  return decimal.empty() ? std::string(kNone) : Decimal(decimal, language) + PercentSign(language);
}

std::string FormatInterval(const Figures& figures, registry::Language language) {
  if (figures.low.empty() || figures.high.empty()) return std::string(kNone);
  return Decimal(figures.low, language) + "–" + Decimal(figures.high, language) + PercentSign(language);
}

std::string FormatCount(int64_t count, registry::Language language) {
  std::string digits = absl::StrCat(count);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, language == registry::Language::kDanish ? '.' : ',');
  }
  return digits;
}

std::string FormatCount(const std::optional<int64_t>& count, registry::Language language) {
  return count ? FormatCount(*count, language) : std::string(kHidden);
}

std::string FormatDate(const std::optional<registry::Date>& date, registry::Language language) {
  if (!date) return std::string(kNone);
  const std::chrono::year_month_day civil(*date);
  const auto day = static_cast<unsigned>(civil.day());
  const size_t month = static_cast<unsigned>(civil.month()) - 1;
  const auto year = static_cast<int>(civil.year());
  if (language == registry::Language::kDanish) {
    return absl::StrCat(day, ". ", std::string(kDanishMonths[month]), " ", year);
  }
  return absl::StrCat(day, " ", std::string(kEnglishMonths[month]), " ", year);
}

std::string FormatMonth(const std::optional<registry::Date>& of, registry::Language language) {
  const std::string date = FormatDate(of, language);
  return of ? date.substr(date.find(' ') + 1) : date;
}

std::string FormatDateOf(common::Instant instant, registry::Language language) {
  return FormatDate(registry::Date(common::CopenhagenDate(instant)), language);
}

std::string FormatInstant(common::Instant instant, registry::Language language) {
  const common::LocalTime local = common::ToCopenhagen(instant);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(local - std::chrono::floor<std::chrono::days>(local));
  const auto two = [](int64_t number) { return absl::StrCat(number < 10 ? "0" : "", number); };
  const std::string hour = two(minutes.count() / 60);
  const std::string minute = two(minutes.count() % 60);
  const std::string date = FormatDateOf(instant, language);
  if (language == registry::Language::kDanish) return date + " kl. " + hour + "." + minute;
  return date + " at " + hour + ":" + minute;
}

std::string FormatPeriod(const registry::Period& period, registry::Language language) {
  if (period.kind == registry::PeriodKind::kMonth) return FormatMonth(period.from, language);
  if (period.kind == registry::PeriodKind::kOwn) {
    return FormatDate(period.from, language) + " – " + FormatDate(period.to, language);
  }
  if (!IsHalfOrQuarter(period)) return period.label;
  const bool half = period.kind == registry::PeriodKind::kHalfYear;
  if (language == registry::Language::kDanish) {
    return absl::StrCat(Part(period) + 1, half ? ". halvår " : ". kvartal ", Year(period));
  }
  return absl::StrCat(std::string(kEnglishOrdinals[Part(period)]), half ? " half of " : " quarter of ", Year(period));
}

std::string FormatPeriodShort(const registry::Period& period, registry::Language language) {
  if (!IsHalfOrQuarter(period)) return period.label;
  const bool half = period.kind == registry::PeriodKind::kHalfYear;
  const char* letter = half ? "H" : (language == registry::Language::kDanish ? "K" : "Q");
  return absl::StrCat(letter, Part(period) + 1, " ", Year(period).substr(2));
}

std::optional<double> PercentNumber(std::string_view decimal) {
  double number = 0;
  if (decimal.empty() || !absl::SimpleAtod(std::string(decimal), &number)) return std::nullopt;
  if (!(number >= 0 && number <= 100)) return std::nullopt;
  return number;
}

}  // namespace hjerte::portal
