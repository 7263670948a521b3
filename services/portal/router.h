#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/portal/http_message.h"

namespace hjerte::portal {

// Values of a pattern's "{name}" segments, in order.
using PathValues = std::vector<std::string>;

// One address and who may use it.
struct Route {
  std::string pattern;  // e.g. "/municipality/{code}"; a segment may be "{code}.csv"
  Role role = Role::kPublic;
  std::function<HttpResponse(const HttpRequest&, const PathValues&)> handler;
};

// Finds the route of a request. Routes are tried in the order given; there are few, so a scan is enough.
class Router {
 public:
  // `refuse` renders the answer for 403 and 404.
  Router(std::vector<Route> routes, std::function<HttpResponse(const HttpRequest&, int status)> refuse);

  // Answers from the first route that matches and that the request's role may use; otherwise refuses.
  HttpResponse operator()(const HttpRequest& request) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::function<HttpResponse(const HttpRequest&, int)> refuse_;
};

// Matches a path against a pattern; fills the values on success. A value is never empty and holds no "/".
bool MatchPattern(std::string_view pattern, std::string_view path, PathValues* values);

}  // namespace hjerte::portal
