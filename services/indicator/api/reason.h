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
    // From here letters of two bytes begin; what is longer may be a blank of no width.
    const bool letter = byte >= 0xC3 && byte <= 0xDF;
    return letter || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
  });
  return says_something && text.size() <= kReasonBytesMax;
}

}  // namespace hjerte::indicator
