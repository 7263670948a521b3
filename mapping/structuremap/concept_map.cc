#include "mapping/structuremap/concept_map.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/map_error.h"

namespace hjerte::structuremap {
namespace {

constexpr int kOtherMapDepthMax = 8;  // other-map chains longer than this are taken for a cycle

std::string Text(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

// R5's relationship in R4's words.
std::string Equivalence(const json::Value& target) {
  const std::string equivalence = Text(target, "equivalence");
  if (!equivalence.empty()) return equivalence;
  const std::string relationship = Text(target, "relationship");
  if (relationship == "related-to") return "relatedto";
  if (relationship == "source-is-narrower-than-target") return "wider";
  if (relationship == "source-is-broader-than-target") return "narrower";
  if (relationship == "not-related-to") return "disjoint";
  return relationship.empty() ? "relatedto" : relationship;
}

bool MeansNone(std::string_view equivalence) { return equivalence == "unmatched" || equivalence == "disjoint"; }

// What a message may show of a code: nothing that could be a citizen's number.
bool MayBeShown(std::string_view code) {
  size_t digits = 0;
  for (const char c : code) digits += c >= '0' && c <= '9' ? 1 : 0;
  return digits < 9 && code.size() <= 64;
}

std::string Shown(std::string_view code) {
  if (!MayBeShown(code)) return "a code that is not shown here";
  return absl::StrCat("the code '", std::string(code), "'");
}

absl::Status Wrong(std::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

TranslationView ViewOf(const Translation& translation) {
  return {translation.system, translation.code, translation.display, translation.equivalence};
}

std::string_view WithoutVersion(std::string_view url) { return url.substr(0, url.find('|')); }

}  // namespace

absl::StatusOr<ConceptMaps::Group> ConceptMaps::ReadGroup(const json::Value& group) {
  Group result;
  result.source = Text(group, "source");
  result.target = Text(group, "target");
  const json::Value* elements = group.Find("element");
  if (elements != nullptr && !elements->is_array()) return Wrong("group.element: expected an array");
  for (const json::Value& element : elements == nullptr ? json::Value::Array().elements() : elements->elements()) {
    const std::string code = Text(element, "code");
    if (code.empty()) return Wrong("group.element.code: expected a code");
    Translation translation;
    translation.system = result.target;
    translation.equivalence = "unmatched";
    const json::Value* targets = element.Find("target");
    for (const json::Value& target : targets == nullptr ? json::Value::Array().elements() : targets->elements()) {
      const std::string equivalence = Equivalence(target);
      if (MeansNone(equivalence) || Text(target, "code").empty()) continue;
      translation.code = Text(target, "code");
      translation.display = Text(target, "display");
      translation.equivalence = equivalence;
      break;
    }
    // A code may be listed more than once; the first line that leads somewhere counts.
    auto [known, added] = result.elements.emplace(code, translation);
    if (!added && known->second.code.empty()) known->second = translation;
  }
  if (const json::Value* unmapped = group.Find("unmapped")) {
    result.unmapped_mode = Text(*unmapped, "mode");
    if (result.unmapped_mode == "use-source-code") result.unmapped_mode = "provided";  // R5's word
    result.fixed = {result.target, Text(*unmapped, "code"), Text(*unmapped, "display"), "relatedto"};
    result.other_map = Text(*unmapped, "url");
    if (result.other_map.empty()) result.other_map = Text(*unmapped, "otherMap");
    if (result.unmapped_mode != "provided" && result.unmapped_mode != "fixed" && result.unmapped_mode != "other-map") {
      return Wrong("group.unmapped.mode: expected provided, fixed or other-map");
    }
  }
  return result;
}

absl::Status ConceptMaps::Add(const json::Value& concept_map, std::string_view url) {
  if (Text(concept_map, "resourceType") != "ConceptMap") {
    return Wrong("expected a resource with \"resourceType\": \"ConceptMap\"");
  }
  Map map;
  map.url = url.empty() ? Text(concept_map, "url") : std::string(url);
  if (map.url.empty()) return Wrong("url: expected the concept map's url");
  if (maps_.contains(map.url)) return Wrong(absl::StrCat("url: a second concept map with the url ", map.url));
  const json::Value* groups = concept_map.Find("group");
  if (groups != nullptr && !groups->is_array()) return Wrong(absl::StrCat(map.url, ": group: expected an array"));
  for (const json::Value& group : groups == nullptr ? json::Value::Array().elements() : groups->elements()) {
    absl::StatusOr<Group> read = ReadGroup(group);
    if (!read.ok()) return Wrong(absl::StrCat(map.url, ": ", std::string(read.status().message())));
    map.groups.push_back(*std::move(read));
  }
  std::string key = map.url;
  maps_.emplace(std::move(key), std::move(map));
  return absl::OkStatus();
}

const ConceptMaps::Map* ConceptMaps::Find(std::string_view url) const {
  auto found = maps_.find(url);
  if (found == maps_.end()) found = maps_.find(WithoutVersion(url));
  return found == maps_.end() ? nullptr : &found->second;
}

bool ConceptMaps::Contains(std::string_view url) const { return Find(url) != nullptr; }

absl::StatusOr<TranslationView> ConceptMaps::Translate(std::string_view url, std::string_view system,
                                                       std::string_view code) const {
  return Translate(url, system, code, 0);
}

absl::StatusOr<TranslationView> ConceptMaps::Translate(std::string_view url, std::string_view system,
                                                       std::string_view code, int depth) const {
  if (depth > kOtherMapDepthMax) {
    return absl::InvalidArgumentError(absl::StrCat("the concept map ", std::string(url), " refers back to itself"));
  }
  const Map* map = Find(url);
  if (map == nullptr) {
    return absl::NotFoundError(absl::StrCat("the concept map ", std::string(url), " is not loaded"));
  }
  const auto asked = [&](const Group& group) {
    return system.empty() || group.source.empty() || group.source == system;
  };
  for (const Group& group : map->groups) {
    if (!asked(group)) continue;
    if (const auto found = group.elements.find(code); found != group.elements.end()) return ViewOf(found->second);
  }
  for (const Group& group : map->groups) {
    if (!asked(group)) continue;
    if (group.unmapped_mode == "provided") {
      return TranslationView{group.target.empty() ? system : std::string_view(group.target), code, "", "equal"};
    }
    if (group.unmapped_mode == "fixed") return ViewOf(group.fixed);
    if (group.unmapped_mode == "other-map") return Translate(group.other_map, system, code, depth + 1);
  }
  absl::Status unknown =
      absl::NotFoundError(absl::StrCat("the concept map ", std::string(url), " has no line for ", Shown(code),
                                       system.empty() ? "" : absl::StrCat(" of ", std::string(system))));
  if (MayBeShown(code)) CarryCode(unknown, code);
  return unknown;
}

}  // namespace hjerte::structuremap
