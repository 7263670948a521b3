#include "services/indicator/courses/derive.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "mapping/registry/course/assembly.h"
#include "mapping/registry/course/cohort.h"
#include "mapping/registry/course/course_record.h"

namespace hjerte::indicator {
namespace {

// What the sources of a course's own resources carry together.
std::vector<std::string> CarriedTogether(const registry::AssembledCourse& course,
                                         const std::unordered_map<const void*, const SourcedResource*>& sources) {
  std::vector<const std::vector<std::string>*> lists;
  const auto add = [&](const registry::CurrentResource& resource) {
    const auto found = sources.find(resource.resource.identity());
    if (found == sources.end() || found->second->carries == nullptr) return;
    if (std::find(lists.begin(), lists.end(), found->second->carries) == lists.end()) {
      lists.push_back(found->second->carries);
    }
  };
  add(course.referral);
  add(course.opening_plan);
  add(course.closing_plan);
  for (const registry::CurrentResource& resource : course.resources) add(resource);
  std::vector<std::string> together;
  for (const auto* list : lists) together.insert(together.end(), list->begin(), list->end());
  std::sort(together.begin(), together.end());
  together.erase(std::unique(together.begin(), together.end()), together.end());
  return together;
}

// The day of the newest thing in a course that has happened: held sessions, measurements, referral and plans.
std::string NewestEvent(const registry::AssembledCourse& course, registry::Date today) {
  std::optional<registry::Date> newest;
  const auto consider = [&](const json::Value* value) {
    if (value == nullptr || !value->is_string()) return;
    const std::optional<registry::Date> day = registry::ParseDay(value->text());
    if (day.has_value() && *day <= today && (!newest.has_value() || *day > *newest)) newest = day;
  };
  const auto consider_resource = [&](const json::Value& resource) {
    for (const char* member : {"authoredOn", "effectiveDateTime", "authored"}) consider(resource.Find(member));
    const json::Value* status = resource.Find("status");
    const json::Value* period = resource.Find("period");
    if (period == nullptr || (status != nullptr && (status->text() == "planned" || status->text() == "cancelled"))) {
      return;
    }
    for (const char* member : {"start", "end"}) consider(period->Find(member));
  };
  for (const registry::CurrentResource* resource : {&course.referral, &course.opening_plan, &course.closing_plan}) {
    consider_resource(resource->resource);
  }
  for (const registry::CurrentResource& resource : course.resources) consider_resource(resource.resource);
  return newest.has_value() ? registry::FormatDate(*newest) : std::string();
}

}  // namespace

std::vector<DerivedCourse> DeriveCourses(const registry::Content& content, std::span<const SourcedResource> resources,
                                         const DeriveContext& context) {
  std::vector<registry::CurrentResource> current;
  std::unordered_map<const void*, const SourcedResource*> sources;
  current.reserve(resources.size());
  sources.reserve(resources.size());
  for (const SourcedResource& resource : resources) {
    current.push_back({resource.value, resource.row.stamp.time_since_epoch().count()});
    sources.emplace(resource.value.identity(), &resource);
  }
  const registry::Assembly assembly = registry::AssembleCourses(content, current);
  std::vector<DerivedCourse> courses;
  courses.reserve(assembly.courses.size());
  for (const registry::AssembledCourse& course : assembly.courses) {
    const std::vector<std::string> carried = CarriedTogether(course, sources);
    const registry::CourseRecord record = registry::ExtractCourse(content, course,
                                                                  {.authority = context.authority,
                                                                   .today = context.today,
                                                                   .carried = carried,
                                                                   .assumed_municipality = {},
                                                                   .citizen = context.surrogate,
                                                                   .managing_municipality = {}});
    if (registry::JudgeCohort(content, record) == registry::CohortAnswer::kNo) continue;
    DerivedCourse derived = DescribeRecord(content, record);
    derived.record = registry::ToJson(record);
    derived.newest_event = NewestEvent(course, context.today);
    courses.push_back(std::move(derived));
  }
  return courses;
}

DerivedCourse DescribeRecord(const registry::Content& content, const registry::CourseRecord& record) {
  DerivedCourse derived;
  derived.course_key = std::string(record.course_key());
  derived.cube_row = registry::MakeRow(content, record);
  derived.open = record.status() != "closed";
  const json::Value* error = record.root().Find("entered_in_error");
  derived.exported = !(error != nullptr && error->bool_value()) &&
                     registry::JudgeCohort(content, record) == registry::CohortAnswer::kYes;
  const std::optional<registry::Date> start = registry::ParseDate(record.Get("start_date"));
  if (derived.exported && start.has_value()) {
    derived.days = CourseDays{.start = *start, .end = registry::ParseDate(record.Get("end_date"))};
  }
  return derived;
}

bool IsLaterVersion(const ResourceRow& left, const ResourceRow& right) {
  return std::tie(left.stamp, left.entered_in_error, left.sha) >
         std::tie(right.stamp, right.entered_in_error, right.sha);
}

}  // namespace hjerte::indicator
