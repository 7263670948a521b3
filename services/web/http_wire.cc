#include "services/web/http_wire.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hjerte::web {
namespace {

// No inline script, style or frame, nothing from elsewhere: an injected text could not run even if it got into a page.
constexpr std::string_view kSecurityHeaders =
    "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "x-content-type-options: nosniff\r\n"
    "x-frame-options: DENY\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "permissions-policy: camera=(), geolocation=(), microphone=(), browsing-topics=()\r\n";

bool IsCleanValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool HasHeader(const HttpResponse& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const NameValue& header) { return header.first == name; });
}

}  // namespace

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

HttpResponse PlainText(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

HttpResponse PlainRefusal(int status) {
  HttpResponse response = PlainText(absl::StrCat(status, " ", std::string(ReasonPhrase(status)), "\n"));
  response.status = status;
  if (status == 405) response.headers.emplace_back("allow", "GET, HEAD");
  return response;
}

std::string WriteResponse(const HttpResponse& response, const WireOptions& options) {
  std::string out = absl::StrCat("HTTP/1.1 ", response.status, " ", std::string(ReasonPhrase(response.status)), "\r\n");
  out += "date: " + absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()) + "\r\n";
  if (response.status != 304) {
    out += "content-type: " + response.content_type + "\r\n";
    absl::StrAppend(&out, "content-length: ", response.body.size(), "\r\n");
  }
  out += kSecurityHeaders;
  if (options.tls) out += "strict-transport-security: max-age=31536000\r\n";
  if (!HasHeader(response, "cache-control")) out += "cache-control: no-store\r\n";
  for (const auto& [name, value] : response.headers) {
    if (IsCleanValue(value)) out += name + ": " + value + "\r\n";
  }
  out += options.keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  if (!options.head && response.status != 304) out += response.body;
  return out;
}

}  // namespace hjerte::web
