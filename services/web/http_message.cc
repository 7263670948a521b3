#include "services/web/http_message.h"

namespace hjerte::web {
namespace {

std::string_view Find(const std::vector<NameValue>& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string_view HttpRequest::Query(std::string_view name) const { return Find(query, name); }

std::string_view HttpRequest::Header(std::string_view name) const { return Find(headers, name); }

}  // namespace hjerte::web
