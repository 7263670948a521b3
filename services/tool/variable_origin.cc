#include "services/tool/variable_origin.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "mapping/json/write.h"
#include "mapping/registry/report/report_check.h"
#include "services/common/copenhagen.h"

namespace hjerte::tool {
namespace {

using structuremap::LineageStep;

std::string_view TakeSegment(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view segment = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  return segment;
}

// How a written element stands to the one a variable is read from. A segment without an index stands for all.
enum class Relation { kElsewhere, kAbove, kWithin };

Relation RelationOf(std::string_view written, std::string_view read) {
  while (!written.empty() && !read.empty()) {
    const std::string_view left = TakeSegment(written);
    const std::string_view right = TakeSegment(read);
    if (left != right && left.substr(0, left.find('[')) != right) return Relation::kElsewhere;
  }
  return read.empty() ? Relation::kWithin : Relation::kAbove;
}

void AddOnce(const std::vector<std::string>& from, std::vector<std::string>& to) {
  for (const std::string& each : from) {
    if (std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
  }
}

// The fields that what stands at an element was made of; those of the element it was copied with, where nothing was
// written at the element itself.
void AddFields(const structuremap::Lineage& lineage, const std::string& element, VariableOrigin& origin) {
  std::vector<std::string> fields, constants, above;
  std::size_t nearest = 0;
  for (const LineageStep& step : lineage.steps()) {
    const Relation relation = RelationOf(step.target, element);
    if (relation == Relation::kWithin) AddOnce(step.sources, step.constant ? constants : fields);
    if (relation == Relation::kAbove && !step.constant && step.target.size() >= nearest) {
      if (step.target.size() > nearest) above.clear();
      nearest = step.target.size();
      AddOnce(step.sources, above);
    }
  }
  if (fields.empty() && constants.empty()) fields = above;
  origin.constant = fields.empty() && !constants.empty();
  AddOnce(fields.empty() ? constants : fields, origin.fields);
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

json::Value Texts(json::Arena& arena, const std::vector<std::string>& texts) {
  json::Value list = json::Value::Array(arena);
  for (const std::string& text : texts) list.Append(arena, json::Value::String(text));
  return list;
}

}  // namespace

std::vector<VariableOrigin> OriginsOf(const registry::Content& content, const json::Value& bundle,
                                      const structuremap::Lineage& lineage, common::Instant now) {
  std::map<std::pair<std::string, registry::Point>, std::vector<std::string>> elements;
  registry::CheckOptions options;
  options.received_at_us = now.time_since_epoch().count();
  options.value = [&elements](const registry::ValuePlace& place) {
    AddOnce({place.location}, elements[{std::string(place.variable), place.point}]);
  };
  registry::CheckReport(content, bundle, options);
  std::vector<VariableOrigin> origins;
  for (const registry::Variable& variable :
       content.variables_on(registry::Date(common::CopenhagenDate(now))).variables) {
    auto found = elements.lower_bound({variable.id, registry::Point::kNone});
    const bool missing = found == elements.end() || found->first.first != variable.id;
    if (missing) origins.push_back({.variable = variable.id, .derived = variable.derived});
    for (; found != elements.end() && found->first.first == variable.id; ++found) {
      VariableOrigin origin{.variable = variable.id, .point = std::string(registry::PointCode(found->first.second))};
      origin.elements = found->second;
      for (const std::string& element : origin.elements) AddFields(lineage, element, origin);
      origins.push_back(std::move(origin));
    }
  }
  return origins;
}

std::string OriginsAsTable(const std::vector<VariableOrigin>& origins) {
  constexpr std::size_t kPointWidth = 11;
  std::size_t width = 10;
  for (const VariableOrigin& origin : origins) width = std::max(width, origin.variable.size() + 2);
  const auto padded = [](std::string text, std::size_t to) { return text.append(to - std::min(to, text.size()), ' '); };
  std::string table = padded("variable", width) + padded("point", kPointWidth) + "fields\n";
  for (const VariableOrigin& origin : origins) {
    table += padded(origin.variable, width) + padded(origin.point, kPointWidth);
    if (origin.derived) {
      table += "(derived)";
    } else if (origin.elements.empty()) {
      table += "-";
    } else {
      table += (origin.constant ? "constant, for " : "") + Joined(origin.fields) + "  -> " + Joined(origin.elements);
    }
    table += "\n";
  }
  return table;
}

std::string OriginsAsJson(const std::vector<VariableOrigin>& origins) {
  json::Arena arena;
  json::Value list = json::Value::Array(arena);
  for (const VariableOrigin& origin : origins) {
    json::Value entry = json::Value::Object(arena);
    entry.Add(arena, "variable", json::Value::String(origin.variable));
    if (!origin.point.empty()) entry.Add(arena, "point", json::Value::String(origin.point));
    entry.Add(arena, "elements", Texts(arena, origin.elements));
    entry.Add(arena, "fields", Texts(arena, origin.fields));
    if (origin.constant) entry.Add(arena, "constant", json::Value::Bool(true));
    if (origin.derived) entry.Add(arena, "derived", json::Value::Bool(true));
    list.Append(arena, entry);
  }
  return json::Write(list) + "\n";
}

}  // namespace hjerte::tool
