#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/web/http_message.h"

namespace hjerte::web {

// A request target taken apart (RFC 9112 origin-form).
struct RequestTarget {
  std::string path;
  std::vector<NameValue> query;
};

// Splits and percent-decodes "/path?a=b&c=d". Refused with INVALID_ARGUMENT: other forms, bad percent-encoding, control
// characters, invalid UTF-8, "." and ".." segments, encoded slashes, backslashes, more than 16 parameters.
// The error text never quotes the target.
absl::StatusOr<RequestTarget> ParseRequestTarget(std::string_view target);

// Encodes a text for use as a query value or path segment.
std::string PercentEncode(std::string_view text);

}  // namespace hjerte::web
