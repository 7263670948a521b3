#include "services/indicator/courses/resource_versions.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "mapping/json/write.h"
#include "mapping/registry/course/assembly.h"
#include "services/common/crypto.h"
#include "services/common/time_text.h"

namespace hjerte::indicator {
namespace {

std::string_view TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

// The resource's own stamp is taken out of it: it is no part of the content.
std::optional<common::Instant> TakeStamp(json::Value& resource, std::optional<common::Instant> bundle_stamp) {
  const json::Value* meta = resource.Find("meta");
  const json::Value* updated = meta != nullptr ? meta->Find("lastUpdated") : nullptr;
  if (updated == nullptr) return bundle_stamp;
  const std::optional<common::Instant> stamp = common::ParseInstant(updated->text());
  json::Value changed = *meta;
  changed.Remove("lastUpdated");
  if (changed.size() == 0) resource.Remove("meta");
  return stamp;
}

// One report may hold a resource twice; the later version counts, as it would in two reports.
void KeepLatest(std::vector<SourcedResource>& all) {
  std::sort(all.begin(), all.end(), [](const SourcedResource& left, const SourcedResource& right) {
    if (left.row.type != right.row.type) return left.row.type < right.row.type;
    if (left.row.id != right.row.id) return left.row.id < right.row.id;
    return IsLaterVersion(left.row, right.row);
  });
  const auto same = [](const SourcedResource& left, const SourcedResource& right) {
    return left.row.type == right.row.type && left.row.id == right.row.id;
  };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
}

}  // namespace

absl::StatusOr<std::vector<SourcedResource>> VersionsOf(const json::Value& bundle,
                                                        const std::vector<std::string>* carries,
                                                        std::string_view only) {
  std::vector<SourcedResource> versions;
  const json::Value* entries = bundle.Find("entry");
  if (entries == nullptr) return versions;
  const std::optional<common::Instant> bundle_stamp = common::ParseInstant(TextOf(bundle, "timestamp"));
  for (const json::Value& entry : entries->elements()) {
    const json::Value* resource = entry.Find("resource");
    if (resource == nullptr) continue;
    const std::string_view type = TextOf(*resource, "resourceType");
    if (!only.empty() && type != only) continue;
    SourcedResource taken{.row = {}, .value = *resource, .carries = carries};
    taken.row.type = std::string(type);
    taken.row.id = std::string(TextOf(*resource, "id"));
    const std::optional<common::Instant> stamp = TakeStamp(taken.value, bundle_stamp);
    if (!stamp.has_value()) return absl::InvalidArgumentError(taken.row.type);
    taken.row.stamp = *stamp;
    taken.row.entered_in_error = registry::IsEnteredInError(*resource);
    taken.row.body = json::WriteCanonical(taken.value);
    taken.row.sha = common::Sha256(taken.row.body);
    versions.push_back(std::move(taken));
  }
  KeepLatest(versions);
  return versions;
}

bool IsStrongerSource(const SourceRow& left, const SourceRow& right) {
  return std::tie(left.name, left.software, left.carries) > std::tie(right.name, right.software, right.carries);
}

}  // namespace hjerte::indicator
