#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hjerte::fuzz {

// Where the values of a JSON text begin and end, members' names among them; of text that is no JSON, what looks so.
inline std::vector<std::pair<std::size_t, std::size_t>> ValueSpans(std::string_view text) {
  constexpr std::string_view kEndsScalar = ",:]} \t\r\n";
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at++;
    const char c = text[begin];
    if (c == '{' || c == '[') {
      open.push_back(begin);
    } else if (c == '}' || c == ']') {
      if (open.empty()) continue;
      spans.emplace_back(open.back(), at);
      open.pop_back();
    } else if (c == '"') {
      while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
      at = std::min(at + 1, text.size());
      spans.emplace_back(begin, at);
    } else if (kEndsScalar.find(c) == std::string_view::npos) {
      at = std::min(text.find_first_of(kEndsScalar, at), text.size());
      spans.emplace_back(begin, at);
    }
  }
  return spans;
}

// The text with one of its values put in another's place, so that what was JSON is JSON again of another shape.
inline std::string Splice(const std::string& text, std::minstd_rand& random) {
  const auto spans = ValueSpans(text);
  if (spans.size() < 2) return text;
  const auto [to, to_end] = spans[random() % spans.size()];
  const auto [from, from_end] = spans[random() % spans.size()];
  return text.substr(0, to) + text.substr(from, from_end - from) + text.substr(to_end);
}

}  // namespace hjerte::fuzz
