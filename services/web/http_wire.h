#pragma once

#include <string>
#include <string_view>

#include "services/web/http_message.h"

namespace hjerte::web {

// What the connection adds to an answer.
struct WireOptions {
  bool head = false;        // leave the body out, keep its length
  bool keep_alive = false;  // the connection stays open after it
  bool tls = false;         // adds Strict-Transport-Security
};

// The whole answer as bytes of HTTP/1.1, with date, length and the security headers every answer carries (a strict
// content security policy above all). A header whose value holds a control character is left out.
std::string WriteResponse(const HttpResponse& response, const WireOptions& options);

// Reason phrase of a status we send, e.g. "Not Found".
std::string_view ReasonPhrase(int status);

// A short answer in plain text for requests that never reach a page.
HttpResponse PlainRefusal(int status);

// An answer in plain text.
HttpResponse PlainText(std::string body);

}  // namespace hjerte::web
