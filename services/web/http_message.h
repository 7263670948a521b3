#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/doors/role.h"

namespace hjerte::web {

// Name and value, of a header or of a query parameter.
using NameValue = std::pair<std::string, std::string>;

// A request that passed the server's limits. The target is split and percent-decoded once, here and nowhere else.
struct HttpRequest {
  std::string method;              // upper case, e.g. "GET"
  std::string path;                // decoded, begins with "/", valid UTF-8 without control characters, no ".." segment
  std::vector<NameValue> query;    // decoded, in order
  std::vector<NameValue> headers;  // names in lower case
  doors::Role role = doors::Role::kAnyone;  // granted by the listener

  // First value of a query parameter; empty when absent.
  std::string_view Query(std::string_view name) const;
  // First value of a header by its lower-case name; empty when absent.
  std::string_view Header(std::string_view name) const;
};

// An answer; the server adds length, connection and security headers.
struct HttpResponse {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::string body;
  std::vector<NameValue> headers;  // e.g. {"etag", …}; values must not hold line breaks
};

}  // namespace hjerte::web
