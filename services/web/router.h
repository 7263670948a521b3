#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/doors/table.h"
#include "services/web/http_message.h"

namespace hjerte::web {

// Values of a pattern's "{name}" segments, in order.
using PathValues = std::vector<std::string>;

// One address. Who may use it stands in the table of doors (services/doors/table.h); without a row there, nobody.
struct Route {
  std::string pattern;  // e.g. "/municipality/{code}"; a segment may be "{code}.csv"
  std::function<HttpResponse(const HttpRequest&, const PathValues&)> handler;
};

// Finds the route of a request. Routes are tried in the order given; there are few, so a scan is enough.
class Router {
 public:
  // The routes of one listener. `refuse` renders the answer for 403 and 404.
  Router(doors::Listener listener, std::vector<Route> routes,
         std::function<HttpResponse(const HttpRequest&, int status)> refuse);

  // Answers from the first route that matches, if the table opens it to the request's role; otherwise refuses.
  HttpResponse operator()(const HttpRequest& request) const;

  doors::Listener listener() const { return listener_; }
  const std::vector<Route>& routes() const { return routes_; }

 private:
  doors::Listener listener_;
  std::vector<Route> routes_;
  std::function<HttpResponse(const HttpRequest&, int)> refuse_;
};

// Matches a path against a pattern; fills the values on success. A value is never empty and holds no "/".
bool MatchPattern(std::string_view pattern, std::string_view path, PathValues* values);

}  // namespace hjerte::web
