#include "adapters/intake/citizen_merge.h"

#include <unordered_map>
#include <utility>

#include "adapters/reports/resource_versions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/crypto.h"

namespace hjerte::adapters {
namespace {

constexpr std::string_view kTable = "merged";

std::string SealKey(std::string_view citizen, std::string_view ref) {
  return std::string(citizen) + "|" + std::string(ref);
}

// "Type/id" at the end of an absolute address, with a version cut off; empty when it does not end so.
std::string_view LocalReference(std::string_view reference) {
  const std::size_t history = reference.find("/_history/");
  reference = reference.substr(0, history);
  const std::size_t id = reference.rfind('/');
  if (id == std::string_view::npos || id == 0) return {};
  const std::size_t type = reference.rfind('/', id - 1);
  return type == std::string_view::npos ? reference : reference.substr(type + 1);
}

using Addresses = std::unordered_map<std::string_view, std::string>;

void RewriteReferences(json::Value& value, const Addresses& addresses, json::Arena& arena) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      json::Value element = value.elements()[i];
      if (element.is_object() || element.is_array()) RewriteReferences(element, addresses, arena);
    }
    return;
  }
  for (const json::Member& member : value.members()) {
    json::Value child = member.value;
    if (child.is_object() || child.is_array()) RewriteReferences(child, addresses, arena);
  }
  const json::Value* reference = value.Find("reference");
  if (reference == nullptr || !reference->is_string()) return;
  const auto known = addresses.find(reference->text());
  const std::string local = known != addresses.end() ? known->second : std::string(LocalReference(reference->text()));
  if (local.empty() || local == reference->text()) return;
  value.Set(arena, "reference", json::Value::String(arena.CopyText(local)));
}

}  // namespace

void NormaliseReport(json::Value& bundle, json::Arena& arena) {
  const json::Value* timestamp = bundle.Find("timestamp");
  const json::Value* entries = bundle.Find("entry");
  if (entries == nullptr) return;
  Addresses addresses;
  for (const json::Value& entry : entries->elements()) {
    const json::Value* url = entry.Find("fullUrl");
    const json::Value* resource = entry.Find("resource");
    if (url == nullptr || resource == nullptr) continue;
    std::string ref = ReferenceOf(*resource);
    if (!ref.empty()) addresses.emplace(url->text(), std::move(ref));
  }
  for (const json::Value& entry : entries->elements()) {
    const json::Value* found = entry.Find("resource");
    if (found == nullptr || !found->is_object()) continue;
    json::Value resource = *found;
    const json::Value* meta = resource.Find("meta");
    const bool stamped = meta != nullptr && meta->Find("lastUpdated") != nullptr;
    if (!stamped && timestamp != nullptr) {
      json::Value with_stamp = meta != nullptr ? *meta : json::Value::Object(arena);
      with_stamp.Set(arena, "lastUpdated", *timestamp);
      resource.Set(arena, "meta", with_stamp);
    }
    RewriteReferences(resource, addresses, arena);
  }
}

absl::StatusOr<bool> CitizenMerge::Add(std::string_view citizen, const json::Value& bundle, std::string_view report,
                                       json::Arena& arena) {
  const std::string hidden = state_.Hide("report", report);
  bool changed = false;
  for (const ResourceVersion& version : VersionsOf(bundle, arena)) {
    const auto newer = IsNewer(citizen, version, hidden);
    if (!newer.ok()) return newer.status();
    if (!*newer) continue;
    const std::string sealed = state_.Seal(kTable, SealKey(citizen, version.ref), json::Write(version.resource));
    absl::Status status = state_.database().Run(
        "INSERT INTO merged (citizen, ref, stamp_us, in_error, sealed, report) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (citizen, ref) DO UPDATE SET stamp_us = excluded.stamp_us, in_error = excluded.in_error, "
        "sealed = excluded.sealed, report = excluded.report, gives_way = 0",
        citizen, version.ref, version.stamp_us, version.in_error ? 1 : 0, common::Blob{sealed}, common::Blob{hidden});
    if (!status.ok()) return status;
    changed = true;
  }
  return changed;
}

absl::Status CitizenMerge::GiveWayToSameVersions() { return state_.database().Run("UPDATE merged SET gives_way = 1"); }

// Versions are ordered by stamp, entered in error, and the hash of the content; the last is made from what is kept,
// since a hash beside it would give the citizen's number away to whoever tries them all.
absl::StatusOr<bool> CitizenMerge::IsNewer(std::string_view citizen, const ResourceVersion& version,
                                           std::string_view report) {
  auto statement = state_.database().Prepare(
      "SELECT stamp_us, in_error, sealed, gives_way, report FROM merged WHERE citizen = ? AND ref = ?");
  if (!statement.ok()) return statement.status();
  const auto row = statement->BindAll(citizen, version.ref).Step();
  if (!row.ok()) return row.status();
  if (!*row) return true;
  if (version.stamp_us != statement->Integer(0)) return version.stamp_us > statement->Integer(0);
  const bool gives_way = statement->Integer(3) != 0;
  // Of which report a version is that an older program has kept is not known.
  const bool of_same_report = statement->Bytes(4).empty() || statement->Bytes(4) == report;
  if (gives_way && of_same_report) return true;
  if (std::int64_t{version.in_error} != statement->Integer(1)) return version.in_error;
  if (gives_way) return true;
  const auto text = state_.Unseal(kTable, SealKey(citizen, version.ref), statement->Bytes(2));
  if (!text.ok()) return text.status();
  json::Arena arena;
  const auto resource = json::ParseInto(arena, *text);
  if (!resource.ok()) return resource.status();
  return version.content > common::Sha256(WriteResource(*resource, arena).text);
}

absl::StatusOr<std::vector<std::string>> CitizenMerge::Citizens() {
  auto statement = state_.database().Prepare("SELECT DISTINCT citizen FROM merged");
  if (!statement.ok()) return statement.status();
  std::vector<std::string> citizens;
  while (true) {
    const auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return citizens;
    citizens.emplace_back(statement->Text(0));
  }
}

absl::StatusOr<json::Value> CitizenMerge::Read(std::string_view citizen, json::Arena& arena) {
  auto statement = state_.database().Prepare("SELECT ref, sealed FROM merged WHERE citizen = ? ORDER BY ref");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, citizen);
  json::Value entries = json::Value::Array(arena);
  while (true) {
    const auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    auto text = state_.Unseal(kTable, SealKey(citizen, statement->Text(0)), statement->Bytes(1));
    if (!text.ok()) return text.status();
    auto resource = json::ParseInto(arena, arena.CopyText(*text));
    if (!resource.ok()) return resource.status();
    json::Value entry = json::Value::Object(arena);
    entry.Add(arena, "resource", *resource);
    entries.Append(arena, entry);
  }
  json::Value bundle = json::Value::Object(arena);
  bundle.Add(arena, "resourceType", json::Value::String("Bundle"));
  bundle.Add(arena, "type", json::Value::String("collection"));
  bundle.Add(arena, "entry", entries);
  return bundle;
}

}  // namespace hjerte::adapters
