#include "services/common/scrub.h"

#include <algorithm>
#include <optional>

namespace hjerte::common {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsWord(char c) { return IsDigit(c) || IsUpper(c) || (c >= 'a' && c <= 'z'); }

// The length of the number that begins here, or nothing. `text` starts at a word's beginning.
std::optional<std::size_t> NumberLength(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
  }
  const int day = (text[0] - '0') * 10 + (text[1] - '0');
  const int month = (text[2] - '0') * 10 + (text[3] - '0');
  const bool plausible_day = (day >= 1 && day <= 31) || (day >= 61 && day <= 91);
  if (!plausible_day || month < 1 || month > 12) return std::nullopt;
  std::size_t position = 6;
  if (text[position] == '-' || text[position] == ' ') ++position;
  if (text.size() < position + 4) return std::nullopt;
  // Regions' replacement numbers (eCPR) hold letters in the last four places; a word of letters alone is a word.
  bool any_digit = false;
  for (std::size_t i = position; i < position + 4; ++i) {
    if (!IsDigit(text[i]) && !IsUpper(text[i])) return std::nullopt;
    any_digit = any_digit || IsDigit(text[i]);
  }
  position += 4;
  if (!any_digit || (position < text.size() && IsWord(text[position]))) return std::nullopt;
  return position;
}

bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

// The word with every run of exactly ten digits replaced that could be a number.
std::string ScrubWord(std::string_view word) {
  constexpr std::size_t kDigits = 10;
  constexpr std::size_t kHexWordMin = 12;
  if (word.size() >= kHexWordMin && std::all_of(word.begin(), word.end(), IsHex)) return std::string(word);
  std::string clean;
  for (std::size_t begin = 0; begin < word.size();) {
    std::size_t end = begin;
    while (end < word.size() && IsDigit(word[end])) ++end;
    const std::string_view run = word.substr(begin, end - begin);
    clean += run.size() == kDigits && NumberLength(run) ? "[cpr]" : run;
    if (end < word.size()) clean.push_back(word[end++]);
    begin = end;
  }
  return clean;
}

}  // namespace

std::string ScrubCpr(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const bool at_start = i == 0 || !IsWord(text[i - 1]);
    const std::optional<std::size_t> length = at_start ? NumberLength(text.substr(i)) : std::nullopt;
    if (length) {
      clean += "[cpr]";
      i += *length;
    } else {
      clean.push_back(text[i++]);
    }
  }
  return clean;
}

std::string ScrubCprInWords(std::string_view text) {
  const std::string scrubbed = ScrubCpr(text);
  std::string clean;
  clean.reserve(scrubbed.size());
  for (std::size_t begin = 0; begin < scrubbed.size();) {
    std::size_t end = begin;
    while (end < scrubbed.size() && IsWord(scrubbed[end])) ++end;
    clean += ScrubWord(std::string_view(scrubbed).substr(begin, end - begin));
    if (end < scrubbed.size()) clean.push_back(scrubbed[end++]);
    begin = end;
  }
  return clean;
}

}  // namespace hjerte::common
