#include "services/common/scrub.h"

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

}  // namespace hjerte::common
