#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/json/value.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "services/indicator/courses/overlap.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// A resource's current version, its content at hand, and what its source carries (sorted variable ids; not owned).
struct SourcedResource {
  ResourceRow row;
  json::Value value;
  const std::vector<std::string>* carries = nullptr;
};

// One course as derived from a citizen's current resources.
struct DerivedCourse {
  std::string course_key;
  std::string record;                         // canonical JSON
  std::optional<registry::CubeRow> cube_row;  // none while no period holds it
  bool open = false;                          // the date alone may change it
  bool exported = false;                      // in the cohort and not entered in error
  std::optional<CourseDays> days;             // of a course that is exported and has begun; for overlaps
  std::string newest_event;                   // YYYY-MM-DD; for freshness
};

// What a commit changed in one course; without `course` it is gone.
struct CourseUpdate {
  std::string authority;
  CitizenId citizen = 0;
  std::string course_key;
  std::optional<DerivedCourse> course;
};

// Whose courses, and on which day.
struct DeriveContext {
  std::string_view authority;
  std::string_view surrogate;
  registry::Date today{};
};

// A citizen's courses at one authority. Pure: depends on the set of resources and the day alone.
std::vector<DerivedCourse> DeriveCourses(const registry::Content& content, std::span<const SourcedResource> resources,
                                         const DeriveContext& context);

// What a course record tells by itself: all but `record` and `newest_event`.
DerivedCourse DescribeRecord(const registry::Content& content, const registry::CourseRecord& record);

// The version order: (stamp, entered in error, content). True when `left` is the later one.
bool IsLaterVersion(const ResourceRow& left, const ResourceRow& right);

}  // namespace hjerte::indicator
