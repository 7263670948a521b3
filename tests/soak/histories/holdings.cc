#include "tests/soak/histories/holdings.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/encoding.h"
#include "services/common/sqlite.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/store/sqlite_store.h"

namespace hjerte::soak {
namespace {

constexpr std::size_t kChangesMax = 100'000;

// The highest version of each resource under each citizen: "Type/id" → citizen → content; empty: entered in error.
using Versions = std::map<std::string, std::map<std::string, std::string>>;

struct Resources {
  Versions versions;
  std::map<int, std::string> citizen_of_course;  // whom its referral is of
};

std::string CitizenName(const std::string& lookup_hex) { return lookup_hex.substr(0, 6); }

// A resource or record as far as two stores must agree on it.
absl::StatusOr<std::string> Comparable(const std::string& text) {
  auto document = json::Parse(text);
  if (!document.ok()) return document.status();
  json::Value root = document->root();
  root.Remove("meta");
  root.Remove("citizen");
  return json::WriteCanonical(root);
}

absl::StatusOr<Resources> ReadResources(const std::string& file, const std::map<std::string, int>& course_of) {
  const auto database = common::Database::Open({.file = file, .read_only = true});
  if (!database.ok()) return database.status();
  auto rows = (*database)->Prepare(
      "SELECT hex(lookup), type || '/' || resource.id, entered_in_error, body FROM resource JOIN citizen ON "
      "citizen.id = citizen WHERE type NOT IN ('Patient', 'Organization') ORDER BY stamp, entered_in_error, sha");
  if (!rows.ok()) return rows.status();
  Resources resources;
  while (true) {
    const auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return resources;
    const std::string citizen = CitizenName(std::string(rows->Text(0)));
    const std::string reference(rows->Text(1));
    const auto content = Comparable(std::string(rows->Text(3)));
    if (!content.ok()) return content.status();
    resources.versions[reference][citizen] = rows->Integer(2) != 0 ? "" : absl::StrCat(citizen, " ", *content);
    const auto course = course_of.find(reference);
    if (course != course_of.end() && absl::StartsWith(reference, "ServiceRequest/")) {
      resources.citizen_of_course[course->second] = citizen;
    }
  }
}

std::map<std::string, std::string> WhatCounts(const Resources& resources, const std::map<std::string, int>& course_of) {
  std::map<std::string, std::string> live;
  for (const auto& [reference, by_citizen] : resources.versions) {
    const auto course = course_of.find(reference);
    if (course == course_of.end()) {
      live[reference] = "unknown";
      continue;
    }
    const auto citizen = resources.citizen_of_course.find(course->second);
    if (citizen == resources.citizen_of_course.end()) continue;
    const auto version = by_citizen.find(citizen->second);
    if (version != by_citizen.end() && !version->second.empty()) live[reference] = version->second;
  }
  return live;
}

absl::Status ReadCourses(indicator::StoreReader& reader, Holdings& holdings) {
  std::vector<indicator::CourseRow> exported;
  HJERTE_RETURN_IF_ERROR(reader.EachCourse([&](const indicator::CourseRow& row) -> absl::Status {
    if (row.exported) exported.push_back(row);
    return absl::OkStatus();
  }));
  for (const indicator::CourseRow& row : exported) {
    const auto citizen = reader.Citizen(row.citizen);
    if (!citizen.ok()) return citizen.status();
    const auto record = Comparable(row.record);
    if (!record.ok()) return record.status();
    absl::StrAppend(&holdings.courses[row.course_key], CitizenName(common::ToHex(citizen->lookup)), " ", *record,
                    row.open ? " open;" : ";");
  }
  return absl::OkStatus();
}

absl::Status ReadFeed(indicator::StoreReader& reader, Holdings& holdings) {
  const auto changes = reader.ChangesAfter(0, kChangesMax);
  if (!changes.ok()) return changes.status();
  for (const indicator::ChangeRow& change : *changes) {
    if (change.kind == indicator::ChangeKind::kRetraction) {
      holdings.exported.erase(change.course_key);
      continue;
    }
    const auto record = Comparable(change.record);
    if (!record.ok()) return record.status();
    holdings.exported[change.course_key] = *record;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Holdings> ReadHoldings(const std::string& file, const std::map<std::string, int>& course_of) {
  const auto resources = ReadResources(file, course_of);
  if (!resources.ok()) return resources.status();
  Holdings holdings{.live = WhatCounts(*resources, course_of), .courses = {}, .exported = {}};
  const auto reader = indicator::OpenSqliteReader({.file = file, .cache_bytes = 1 << 20, .vfs = ""});
  if (!reader.ok()) return reader.status();
  HJERTE_RETURN_IF_ERROR(ReadCourses(**reader, holdings));
  HJERTE_RETURN_IF_ERROR(ReadFeed(**reader, holdings));
  return holdings;
}

}  // namespace hjerte::soak
