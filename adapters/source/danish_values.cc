#include "adapters/source/danish_values.h"

#include <array>
#include <chrono>
#include <utility>

#include "mapping/json/write.h"
#include "services/common/copenhagen.h"
#include "services/common/time_text.h"

namespace hjerte::source {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
constexpr std::string_view kSoftHyphen = "\xC2\xAD";
constexpr std::size_t kDigitsMax = 30;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Reads exactly `count` digits at `at`; -1 when they are not there.
int Digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!IsDigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<std::chrono::year_month_day> ReadDate(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  if (text[4] == '-') return common::ParseDate(text);
  if (text[2] != '-' || text[5] != '-') return std::nullopt;
  const int day = Digits(text, 0, 2);
  const int month = Digits(text, 3, 2);
  const int year = Digits(text, 6, 4);
  if (day < 1 || month < 1 || year < 1800) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<std::string> NormalisedInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = negative ? text.substr(1) : text;
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  for (const char c : digits) {
    if (!IsDigit(c)) return std::nullopt;
  }
  // JSON knows no leading zeros.
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  return (negative ? "-" : "") + std::string(digits);
}

}  // namespace

std::optional<ColumnType> ParseColumnType(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, ColumnType>, 6> kTypes = {
      {{"text", ColumnType::kText},
       {"date", ColumnType::kDate},
       {"local-time", ColumnType::kLocalTime},
       {"decimal", ColumnType::kDecimal},
       {"integer", ColumnType::kInteger},
       {"decimal-or-text", ColumnType::kDecimalOrText}}};
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::optional<std::string> NormalisedDate(std::string_view text) {
  const auto date = ReadDate(text);
  if (!date) return std::nullopt;
  return common::FormatDate(*date);
}

std::optional<std::int64_t> LocalTimeToUtc(std::string_view text) {
  if (text.size() != 16 && text.size() != 19) return std::nullopt;
  const auto date = ReadDate(text.substr(0, 10));
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = text.size() == 19 ? Digits(text, 17, 2) : 0;
  const bool separated =
      (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && (text.size() == 16 || text[16] == ':');
  const bool in_range = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!date || !separated || !in_range) return std::nullopt;
  const common::LocalTime local = std::chrono::local_days(*date) + std::chrono::hours(hour) +
                                  std::chrono::minutes(minute) + std::chrono::seconds(second);
  return common::FromCopenhagen(local).time_since_epoch().count();
}

std::optional<std::string> NormalisedDecimal(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return NormalisedInteger(text);
  const std::string_view fraction = text.substr(comma + 1);
  if (fraction.empty() || fraction.size() > kDigitsMax) return std::nullopt;
  for (const char c : fraction) {
    if (!IsDigit(c)) return std::nullopt;
  }
  std::string_view whole = text.substr(0, comma);
  const bool negative = whole.starts_with('-');
  if (negative) whole.remove_prefix(1);
  if (whole.starts_with('-')) return std::nullopt;
  auto normal = NormalisedInteger(whole);
  if (!normal) return std::nullopt;
  return (negative ? "-" : "") + *normal + "." + std::string(fraction);
}

bool AppendJson(ColumnType type, std::string_view text, std::string& json) {
  const auto append = [&json](const std::optional<std::string>& value) {
    if (value) json += *value;
    return value.has_value();
  };
  switch (type) {
    case ColumnType::kDate:
      if (const auto date = NormalisedDate(text)) {
        json::AppendQuoted(*date, json);
        return true;
      }
      return false;
    case ColumnType::kLocalTime:
      if (const auto instant = LocalTimeToUtc(text)) {
        json += '"';
        common::AppendInstant(common::Instant(std::chrono::microseconds(*instant)), json);
        json += '"';
        return true;
      }
      return false;
    case ColumnType::kDecimal:
      return append(NormalisedDecimal(text));
    case ColumnType::kInteger:
      return append(NormalisedInteger(text));
    case ColumnType::kDecimalOrText:
      if (IsDigit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == ',')
        return append(NormalisedDecimal(text));
      break;
    case ColumnType::kText:
      break;
  }
  json::AppendQuoted(text, json);
  return true;
}

std::string ColumnIdentifier(std::string_view header) {
  struct Letter {
    std::string_view utf8;
    std::string_view lower;
    bool capital;
  };
  constexpr std::array<Letter, 6> kDanish = {{{"æ", "ae", false},
                                              {"ø", "oe", false},
                                              {"å", "aa", false},
                                              {"Æ", "ae", true},
                                              {"Ø", "oe", true},
                                              {"Å", "aa", true}}};
  std::string out;
  bool capitalise = true;
  const auto put = [&](std::string_view letters, bool capital) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      char c = letters[i];
      if (i == 0 && (capitalise || capital) && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      out += c;
    }
    capitalise = false;
  };
  for (std::size_t at = 0; at < header.size();) {
    const std::string_view rest = header.substr(at);
    std::size_t length = 1;
    bool known = false;
    for (const Letter& letter : kDanish) {
      if (!rest.starts_with(letter.utf8)) continue;
      put(letter.lower, letter.capital);
      length = letter.utf8.size();
      known = true;
    }
    const char c = rest[0];
    const bool plain = IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain) put(rest.substr(0, 1), false);
    // An invisible hyphen inside a word is no boundary.
    if (rest.starts_with(kSoftHyphen)) {
      length = kSoftHyphen.size();
    } else if (!known && !plain) {
      capitalise = true;
    }
    at += length;
  }
  return out;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty()) {
    if (IsBlank(text.front())) {
      text.remove_prefix(1);
    } else if (text.starts_with(kNoBreakSpace)) {
      text.remove_prefix(kNoBreakSpace.size());
    } else if (IsBlank(text.back())) {
      text.remove_suffix(1);
    } else if (text.ends_with(kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else {
      break;
    }
  }
  return text;
}

}  // namespace hjerte::source
