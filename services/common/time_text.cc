#include "services/common/time_text.h"

#include <array>
#include <charconv>

namespace hjerte::common {
namespace {

// Reads `count` digits from the front of the text.
std::optional<int> TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, char character) {
  if (text.empty() || text.front() != character) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::year_month_day> TakeDate(std::string_view& text) {
  const std::optional<int> year = TakeDigits(text, 4);
  if (!year || !Take(text, '-')) return std::nullopt;
  const std::optional<int> month = TakeDigits(text, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const std::optional<int> day = TakeDigits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return date;
}

// ".123…" as microseconds; an absent fraction is zero.
std::optional<std::chrono::microseconds> TakeFraction(std::string_view& text) {
  if (!Take(text, '.')) return std::chrono::microseconds(0);
  std::int64_t value = 0;
  std::int64_t scale = 1'000'000;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (scale == 1) continue;
    scale /= 10;
    value += (text.front() - '0') * scale;
  }
  if (digits == 0) return std::nullopt;
  return std::chrono::microseconds(value);
}

// "Z" or "±hh:mm", which must be the end of the text.
std::optional<std::chrono::minutes> TakeOffset(std::string_view text) {
  if (text == "Z") return std::chrono::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const std::optional<int> hours = TakeDigits(text, 2);
  if (!hours || !Take(text, ':')) return std::nullopt;
  const std::optional<int> minutes = TakeDigits(text, 2);
  if (!minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

// At least so many digits, zeros before the number.
void AppendDigits(std::int64_t value, std::ptrdiff_t digits, std::string& text) {
  if (value < 0) text += '-';
  std::array<char, 24> buffer{};
  char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value < 0 ? -value : value).ptr;
  for (std::ptrdiff_t written = (end - buffer.data()) + (value < 0 ? 1 : 0); written < digits; ++written) text += '0';
  text.append(buffer.data(), end);
}

void AppendDate(std::chrono::year_month_day date, std::string& text) {
  AppendDigits(static_cast<int>(date.year()), 4, text);
  text += '-';
  AppendDigits(static_cast<unsigned>(date.month()), 2, text);
  text += '-';
  AppendDigits(static_cast<unsigned>(date.day()), 2, text);
}

}  // namespace

std::string FormatInstant(Instant instant) {
  std::string text;
  text.reserve(32);
  AppendInstant(instant, text);
  return text;
}

void AppendInstant(Instant instant, std::string& text) {
  const auto days = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::hh_mm_ss time(instant - days);
  AppendDate(std::chrono::year_month_day(days), text);
  text += 'T';
  AppendDigits(time.hours().count(), 2, text);
  text += ':';
  AppendDigits(time.minutes().count(), 2, text);
  text += ':';
  AppendDigits(time.seconds().count(), 2, text);
  if (const std::int64_t micros = time.subseconds().count(); micros != 0) {
    const bool milliseconds = micros % 1000 == 0;
    text += '.';
    AppendDigits(milliseconds ? micros / 1000 : micros, milliseconds ? 3 : 6, text);
  }
  text += 'Z';
}

std::optional<Instant> ParseInstant(std::string_view text) {
  const std::optional<std::chrono::year_month_day> date = TakeDate(text);
  if (!date || !Take(text, 'T')) return std::nullopt;
  const std::optional<int> hour = TakeDigits(text, 2);
  if (!hour || !Take(text, ':')) return std::nullopt;
  const std::optional<int> minute = TakeDigits(text, 2);
  if (!minute || !Take(text, ':')) return std::nullopt;
  const std::optional<int> second = TakeDigits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::optional<std::chrono::microseconds> fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const std::optional<std::chrono::minutes> offset = TakeOffset(text);
  if (!offset) return std::nullopt;
  return Instant(std::chrono::sys_days(*date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + *fraction - *offset;
}

std::string FormatDate(std::chrono::year_month_day date) {
  std::string text;
  AppendDate(date, text);
  return text;
}

std::optional<std::chrono::year_month_day> ParseDate(std::string_view text) {
  const std::optional<std::chrono::year_month_day> date = TakeDate(text);
  if (!text.empty()) return std::nullopt;
  return date;
}

}  // namespace hjerte::common
