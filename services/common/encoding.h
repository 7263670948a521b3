#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hjerte::common {

// Lower-case hexadecimal digits, two for each byte.
std::string ToHex(std::string_view bytes);
// Nothing when the text has an odd length or other characters; takes both cases.
std::optional<std::string> FromHex(std::string_view text);

// Base64 with padding (RFC 4648 section 4).
std::string ToBase64(std::string_view bytes);
// Nothing when the text is not canonical base64.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace hjerte::common
