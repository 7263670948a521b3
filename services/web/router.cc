#include "services/web/router.h"

#include <algorithm>
#include <utility>

#include "services/common/scrub.h"

namespace hjerte::web {
namespace {

// Takes the next "/"-separated segment off `rest`.
std::string_view NextSegment(std::string_view* rest) {
  const size_t end = std::min(rest->find('/'), rest->size());
  const std::string_view segment = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return segment;
}

bool MatchSegment(std::string_view pattern, std::string_view segment, PathValues* values) {
  if (pattern.empty() || pattern.front() != '{') return pattern == segment;
  const std::string_view suffix = pattern.substr(pattern.find('}') + 1);
  if (segment.size() <= suffix.size() || segment.substr(segment.size() - suffix.size()) != suffix) return false;
  values->emplace_back(segment.substr(0, segment.size() - suffix.size()));
  return true;
}

// A CPR has no place in a URL: addresses end up in histories and logs of machines that are not ours.
bool ReadsLikeCpr(std::string_view text) { return common::ScrubCpr(text) != text; }

bool HoldsCpr(const HttpRequest& request) {
  if (ReadsLikeCpr(request.path)) return true;
  return std::any_of(request.query.begin(), request.query.end(), [](const NameValue& parameter) {
    return ReadsLikeCpr(parameter.first) || ReadsLikeCpr(parameter.second);
  });
}

}  // namespace

bool MatchPattern(std::string_view pattern, std::string_view path, PathValues* values) {
  values->clear();
  if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/')) return false;
  while (!pattern.empty()) {
    if (!MatchSegment(NextSegment(&pattern), NextSegment(&path), values)) return false;
  }
  return path.empty();
}

Router::Router(doors::Listener listener, std::vector<Route> routes,
               std::function<HttpResponse(const HttpRequest&, int)> refuse)
    : listener_(listener), routes_(std::move(routes)), refuse_(std::move(refuse)) {}

HttpResponse Router::operator()(const HttpRequest& request) const {
  if (HoldsCpr(request)) return refuse_(request, 400);
  PathValues values;
  for (const Route& route : routes_) {
    if (!MatchPattern(route.pattern, request.path, &values)) continue;
    if (!doors::IsOpen(listener_, route.pattern, request.role)) return refuse_(request, 403);
    return route.handler(request, values);
  }
  return refuse_(request, 404);
}

}  // namespace hjerte::web
