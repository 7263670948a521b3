#include "mapping/fhirpath/value_sets.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hjerte::fhirpath {

namespace {

using Codes = std::set<std::pair<std::string, std::string>, std::less<>>;

constexpr int kExpansionDepthMax = 64;

std::string TextOf(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? std::string(value->text()) : "";
}

void AddExpansion(const json::Value& holder, int depth, Codes& codes) {
  const json::Value* contains = holder.Find("contains");
  if (contains == nullptr || depth > kExpansionDepthMax) return;
  for (const json::Value& each : contains->elements()) {
    const json::Value* abstract = each.Find("abstract");
    const std::string code = TextOf(each, "code");
    if (!code.empty() && (abstract == nullptr || !abstract->bool_value())) codes.emplace(code, TextOf(each, "system"));
    AddExpansion(each, depth + 1, codes);
  }
}

// The listed codes of compose.include or compose.exclude; false where a part of it is not a list.
bool AddListed(const json::Value& compose, std::string_view part, Codes& codes) {
  const json::Value* includes = compose.Find(part);
  if (includes == nullptr) return true;
  for (const json::Value& include : includes->elements()) {
    const json::Value* concepts = include.Find("concept");
    if (concepts == nullptr || include.Find("valueSet") != nullptr) return false;
    for (const json::Value& each : concepts->elements()) codes.emplace(TextOf(each, "code"), TextOf(include, "system"));
  }
  return true;
}

bool ReadCodes(const json::Value& value_set, Codes& codes) {
  if (const json::Value* expansion = value_set.Find("expansion")) {
    AddExpansion(*expansion, 0, codes);
    return true;
  }
  const json::Value* compose = value_set.Find("compose");
  Codes excluded;
  if (compose == nullptr || !AddListed(*compose, "include", codes) || !AddListed(*compose, "exclude", excluded)) {
    return false;
  }
  for (const auto& each : excluded) codes.erase(each);
  return true;
}

bool Holds(const Codes& codes, std::string_view code, std::optional<std::string_view> system) {
  if (system.has_value()) return codes.count(std::make_pair(std::string(code), std::string(*system))) != 0;
  const auto first = codes.lower_bound(std::make_pair(std::string(code), std::string()));
  return first != codes.end() && first->first == code;
}

bool HoldsCoding(const Codes& codes, const json::Value& coding) {
  const json::Value* system = coding.Find("system");
  return Holds(codes, TextOf(coding, "code"), system != nullptr ? std::optional(system->text()) : std::nullopt);
}

}  // namespace

absl::Status ValueSets::Add(const json::Value& resource) {
  if (const json::Value* entries = resource.Find("entry")) {
    for (const json::Value& entry : entries->elements()) {
      const json::Value* inner = entry.Find("resource");
      if (inner == nullptr || TextOf(*inner, "resourceType") != "ValueSet") continue;
      if (absl::Status status = Add(*inner); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  const std::string url = TextOf(resource, "url");
  if (TextOf(resource, "resourceType") != "ValueSet" || url.empty()) {
    return absl::InvalidArgumentError("expected a ValueSet with a url, or a Bundle of them");
  }
  Codes codes;
  if (!ReadCodes(resource, codes)) {
    return absl::InvalidArgumentError(absl::StrCat(url, ": lists no codes; expand the value set first"));
  }
  sets_.insert_or_assign(url, std::move(codes));
  return absl::OkStatus();
}

std::optional<bool> ValueSets::Contains(const Item& coded, std::string_view url) const {
  const auto found = sets_.find(url.substr(0, url.find('|')));
  if (found == sets_.end()) return std::nullopt;
  const Codes& codes = found->second;
  if (!coded.is_node()) {
    // A string names no system, so that only one may be meant (R4, memberOf).
    const auto other = [&codes](const auto& each) { return each.second != codes.begin()->second; };
    if (std::any_of(codes.begin(), codes.end(), other)) return std::nullopt;
    return coded.kind() == ItemKind::kString && Holds(codes, coded.text(), std::nullopt);
  }
  const json::Value& node = coded.node();
  if (node.is_string()) return Holds(codes, node.text(), std::nullopt);
  const json::Value* codings = node.Find("coding");
  if (codings == nullptr) return HoldsCoding(codes, node);
  for (const json::Value& coding : codings->elements()) {
    if (HoldsCoding(codes, coding)) return true;
  }
  return false;
}

std::function<std::optional<bool>(const Item&, std::string_view)> ValueSets::Hook() const {
  return [this](const Item& coded, std::string_view url) { return Contains(coded, url); };
}

}  // namespace hjerte::fhirpath
