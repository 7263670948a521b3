#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace hjerte::indicator {

// A reason for the audit log is a sentence, not a document.
inline constexpr std::size_t kReasonBytesMax = 500;

// Whether the text may stand as a reason: something besides blanks, and not too long.
inline bool IsReason(std::string_view text) {
  const bool says_something = std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
  });
  return says_something && text.size() <= kReasonBytesMax;
}

}  // namespace hjerte::indicator
