#include "mapping/registry/course/fhir_read.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace hjerte::registry {
namespace {

constexpr std::string_view kPointSystem = "http://hjertegateway.dk/fhir/CodeSystem/measurement-point";
constexpr std::string_view kPointExtension = "http://hjertegateway.dk/fhir/StructureDefinition/measurement-point";

constexpr size_t kIdCharactersMax = 64;

constexpr std::array<bool, 256> kIdCharacters = [] {
  std::array<bool, 256> allowed{};
  for (const char c : std::string_view("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}();

}  // namespace

bool IsFhirId(std::string_view text) {
  return !text.empty() && text.size() <= kIdCharactersMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return kIdCharacters[static_cast<unsigned char>(c)]; });
}

std::string_view TextOf(const json::Value& object, std::string_view name) {
  const json::Value* member = object.Find(name);
  return member != nullptr && member->is_string() ? member->text() : std::string_view();
}

std::span<const json::Value> ListOf(const json::Value& object, std::string_view name) {
  const json::Value* member = object.Find(name);
  if (member == nullptr || member->is_null()) return {};
  return member->is_array() ? member->elements() : std::span(member, 1);
}

std::string ReferenceTo(std::string_view type, std::string_view id) {
  std::string reference;
  reference.reserve(type.size() + 1 + id.size());
  reference += type;
  reference += '/';
  reference += id;
  return reference;
}

std::string ReferenceOf(const json::Value& resource) {
  const std::string_view id = TextOf(resource, "id");
  return id.empty() ? std::string() : ReferenceTo(TextOf(resource, "resourceType"), id);
}

std::string_view TargetOf(const json::Value& reference) {
  const std::string_view text = TextOf(reference, "reference");
  if (text.starts_with("urn:")) return text;
  const size_t id = text.rfind('/');
  if (id == std::string_view::npos || id == 0) return {};
  const size_t type = text.rfind('/', id - 1);
  return text.substr(type == std::string_view::npos ? 0 : type + 1);
}

std::vector<std::string> CodingsOf(const json::Value& concepts) {
  std::vector<std::string> codings;
  ForEachCoding(concepts, [&codings](const Coding& coding) {
    std::string& text = codings.emplace_back();
    text.reserve(coding.system.size() + 1 + coding.code.size());
    text += coding.system;
    text += '|';
    text += coding.code;
  });
  return codings;
}

const json::Value* PlanDetail(const json::Value& plan) {
  const json::Value* activities = plan.Find("activity");
  if (activities == nullptr || !activities->is_array() || activities->size() == 0) return nullptr;
  return activities->elements().front().Find("detail");
}

Point PointOf(const json::Value& resource) {
  std::string_view code;
  if (const json::Value* category = resource.Find("category")) {
    ForEachCoding(*category, [&code](const Coding& coding) {
      if (coding.system == kPointSystem) code = coding.code;
    });
  }
  for (const json::Value& extension : ListOf(resource, "extension")) {
    if (TextOf(extension, "url") == kPointExtension) code = TextOf(extension, "valueCode");
  }
  for (const Point point : {Point::kStart, Point::kEnd, Point::kFollowUp}) {
    if (PointCode(point) == code) return point;
  }
  return Point::kNone;
}

std::string_view DateOf(const json::Value& resource) {
  for (const std::string_view name : {"effectiveDateTime", "authored"}) {
    if (const std::string_view date = TextOf(resource, name); !date.empty()) return date;
  }
  for (const std::string_view name : {"effectivePeriod", "period"}) {
    if (const json::Value* period = resource.Find(name)) return TextOf(*period, "start");
  }
  return {};
}

std::strong_ordering CompareDates(std::string_view one, std::string_view other) {
  // Texts of days are in order; instants have offsets of their own.
  constexpr size_t kDayChars = 10;
  if (one.size() == kDayChars && other.size() == kDayChars) return one <=> other;
  constexpr int64_t kBeforeAll = std::numeric_limits<int64_t>::min();
  return ParseInstant(one).value_or(kBeforeAll) <=> ParseInstant(other).value_or(kBeforeAll);
}

}  // namespace hjerte::registry
