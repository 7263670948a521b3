#include "adapters/reports/resource_versions.h"

#include <algorithm>
#include <chrono>

#include "mapping/json/write.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/course/identity.h"
#include "services/common/crypto.h"
#include "services/common/time_text.h"

namespace hjerte::adapters {
namespace {

constexpr std::string_view kProfile = "http://hjertegateway.dk/fhir/StructureDefinition/cardiac-rehabilitation-report";
constexpr std::string_view kInError = "entered-in-error";
constexpr std::string_view kUuidUrl = "urn:uuid:";
constexpr std::size_t kUuidChars = 36;

std::string_view TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value != nullptr ? value->text() : std::string_view();
}

// A copy of the object's own members; what they hold is shared.
json::Value ShallowCopy(const json::Value& object, json::Arena& arena, std::string_view without = "") {
  json::Value copy = json::Value::Object(arena);
  for (const json::Member& member : object.members()) {
    if (member.name != without) copy.Add(arena, member.name, member.value);
  }
  return copy;
}

json::Value String(std::string_view text, json::Arena& arena) { return json::Value::String(arena.CopyText(text)); }

std::string InstantText(std::int64_t stamp_us) {
  return common::FormatInstant(common::Instant(std::chrono::microseconds(stamp_us)));
}

// A resource's address in a report, of "Type/id".
void WriteFullUrl(std::string_view ref, std::string& url) {
  const std::string_view id = ref.substr(std::min(ref.size(), TypeOf(ref).size() + 1));
  url = id.size() == kUuidChars ? kUuidUrl : registry::kArtefactBase;
  if (id.size() != kUuidChars) url += '/';
  url += id.size() == kUuidChars ? id : ref;
}

void SetInError(json::Value& resource, std::string_view type, json::Arena& arena) {
  if (type == "Condition") {
    json::Value coding = json::Value::Object(arena);
    coding.Add(arena, "system", json::Value::String("http://terminology.hl7.org/CodeSystem/condition-ver-status"));
    coding.Add(arena, "code", json::Value::String(kInError));
    json::Value codings = json::Value::Array(arena);
    codings.Append(arena, coding);
    json::Value concept_value = json::Value::Object(arena);
    concept_value.Add(arena, "coding", codings);
    resource.Set(arena, "verificationStatus", concept_value);
    // R4 forbids a clinical status beside entered-in-error (con-5).
    resource.Remove("clinicalStatus");
    return;
  }
  resource.Set(arena, "status", json::Value::String(kInError));
}

}  // namespace

std::string ReferenceOf(const json::Value& resource) {
  const std::string_view type = TextOf(resource, "resourceType");
  const std::string_view id = TextOf(resource, "id");
  std::string ref;
  if (type.empty() || id.empty()) return ref;
  ref.reserve(type.size() + 1 + id.size());
  ref += type;
  ref += '/';
  ref += id;
  return ref;
}

std::string_view TypeOf(std::string_view ref) { return ref.substr(0, ref.find('/')); }

bool IsShared(std::string_view type) { return type == "Patient" || type == "Organization"; }

std::vector<ResourceVersion> VersionsOf(const json::Value& bundle, json::Arena& arena) {
  std::vector<ResourceVersion> versions;
  const json::Value* entries = bundle.Find("entry");
  if (entries == nullptr) return versions;
  versions.reserve(entries->size());
  std::string scratch;
  for (const json::Value& entry : entries->elements()) {
    const json::Value* resource = entry.Find("resource");
    if (resource == nullptr) continue;
    std::string ref = ReferenceOf(*resource);
    if (ref.empty()) continue;
    const json::Value* meta = resource->Find("meta");
    const std::string_view stamp = meta != nullptr ? TextOf(*meta, "lastUpdated") : std::string_view();
    const auto instant = common::ParseInstant(stamp);
    const ResourceText text = WriteResource(*resource, arena, scratch);
    versions.push_back({.ref = std::move(ref),
                        .resource = *resource,
                        .text = text,
                        .content = common::Sha256(text.text),
                        .stamp_us = instant ? instant->time_since_epoch().count() : 0,
                        .in_error = registry::IsEnteredInError(*resource)});
  }
  return versions;
}

json::Value WithStamp(const json::Value& resource, std::int64_t stamp_us, json::Arena& arena) {
  const json::Value* meta = resource.Find("meta");
  json::Value stamped = ShallowCopy(resource, arena, "meta");
  json::Value new_meta = meta != nullptr ? ShallowCopy(*meta, arena, "lastUpdated") : json::Value::Object(arena);
  new_meta.Add(arena, "lastUpdated", String(InstantText(stamp_us), arena));
  stamped.Add(arena, "meta", new_meta);
  return stamped;
}

json::Value WithOwnStamp(const json::Value& resource, std::int64_t own_us, json::Arena& arena) {
  const json::Value* meta = resource.Find("meta");
  json::Value own = json::Value::Object(arena);
  own.Add(arena, "url", json::Value::String(registry::kOwnStampExtension));
  own.Add(arena, "valueInstant", String(InstantText(own_us), arena));
  json::Value extensions = json::Value::Array(arena);
  const json::Value* others = meta != nullptr ? meta->Find("extension") : nullptr;
  for (std::size_t i = 0; others != nullptr && i < others->size(); ++i) {
    extensions.Append(arena, others->elements()[i]);
  }
  extensions.Append(arena, own);
  json::Value new_meta = meta != nullptr ? ShallowCopy(*meta, arena, "extension") : json::Value::Object(arena);
  new_meta.Add(arena, "extension", extensions);
  json::Value copy = ShallowCopy(resource, arena, "meta");
  copy.Add(arena, "meta", new_meta);
  return copy;
}

json::Value Tombstone(std::string_view ref, std::string_view patient_ref, json::Arena& arena) {
  const std::string_view type = TypeOf(ref);
  json::Value resource = json::Value::Object(arena);
  resource.Add(arena, "resourceType", String(type, arena));
  resource.Add(arena, "id", String(ref.substr(type.size() + 1), arena));
  json::Value subject = json::Value::Object(arena);
  subject.Add(arena, "reference", String(patient_ref, arena));
  resource.Add(arena, "subject", subject);
  SetInError(resource, type, arena);
  return resource;
}

json::Value MakeReport(const std::vector<StampedResource>& resources, std::int64_t stamp_us, json::Arena& arena) {
  json::Value entries = json::Value::Array(arena);
  std::string url;
  for (const StampedResource& resource : resources) {
    json::Value entry = json::Value::Object(arena);
    WriteFullUrl(resource.ref, url);
    entry.Add(arena, "fullUrl", String(url, arena));
    entry.Add(arena, "resource", WithStamp(resource.resource, resource.stamp_us, arena));
    entries.Append(arena, entry);
  }
  json::Value profiles = json::Value::Array(arena);
  profiles.Append(arena, json::Value::String(kProfile));
  json::Value meta = json::Value::Object(arena);
  meta.Add(arena, "profile", profiles);
  json::Value bundle = json::Value::Object(arena);
  bundle.Add(arena, "resourceType", json::Value::String("Bundle"));
  bundle.Add(arena, "type", json::Value::String("collection"));
  bundle.Add(arena, "meta", meta);
  bundle.Add(arena, "timestamp", String(InstantText(stamp_us), arena));
  bundle.Add(arena, "entry", entries);
  return bundle;
}

std::string WriteReport(const std::vector<StampedResource>& resources, std::int64_t stamp_us) {
  constexpr std::size_t kAroundBytes = 128;
  std::size_t bytes = kAroundBytes;
  for (const StampedResource& resource : resources) bytes += resource.text.text.size() + 2 * kAroundBytes;
  std::string out;
  out.reserve(bytes);
  out += R"({"entry":[)";
  std::string url;
  std::string instant;
  std::int64_t written_us = 0;
  for (const StampedResource& resource : resources) {
    // Most have the same stamp as the one before.
    if (instant.empty() || resource.stamp_us != written_us) instant = InstantText(resource.stamp_us);
    written_us = resource.stamp_us;
    out += out.back() == '[' ? R"({"fullUrl":)" : R"(,{"fullUrl":)";
    WriteFullUrl(resource.ref, url);
    json::AppendQuoted(url, out);
    out += R"(,"resource":)";
    AppendStamped(resource.text, instant, out);
    out += '}';
  }
  out += R"(],"meta":{"profile":[)";
  json::AppendQuoted(kProfile, out);
  out += R"(]},"resourceType":"Bundle","timestamp":)";
  json::AppendQuoted(InstantText(stamp_us), out);
  out += R"(,"type":"collection"})";
  return out;
}

}  // namespace hjerte::adapters
