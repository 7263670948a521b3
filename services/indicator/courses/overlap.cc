#include "services/indicator/courses/overlap.h"

namespace hjerte::indicator {

bool Overlap(const CourseDays& left, const CourseDays& right) {
  return (!left.end || right.start < *left.end) && (!right.end || left.start < *right.end);
}

void OverlapIndex::Set(const std::string& authority, CitizenId citizen, const std::string& course_key,
                       const std::optional<CourseDays>& days) {
  const auto held = citizens_.find(citizen);
  if (!days.has_value() && held == citizens_.end()) return;
  Courses& courses = held != citizens_.end() ? held->second : citizens_[citizen];
  auto& own = courses[authority];
  if (const auto known = own.find(course_key); known != own.end()) {
    if (known->second.overlaps) Count(authority, -1);
    own.erase(known);
  }
  if (days.has_value()) own.emplace(course_key, Known{.days = *days, .overlaps = false});
  if (own.empty()) courses.erase(authority);
  Judge(courses);
  if (courses.empty()) citizens_.erase(citizen);
}

// A citizen has few courses; nearly all have them at one authority.
void OverlapIndex::Judge(Courses& courses) {
  for (auto& [authority, own] : courses) {
    for (auto& [key, course] : own) {
      bool overlaps = false;
      for (const auto& [elsewhere, others] : courses) {
        if (elsewhere == authority) continue;
        for (const auto& [other_key, other] : others) overlaps = overlaps || Overlap(course.days, other.days);
      }
      if (overlaps == course.overlaps) continue;
      course.overlaps = overlaps;
      Count(authority, overlaps ? 1 : -1);
    }
  }
}

void OverlapIndex::Count(const std::string& authority, std::int64_t by) { counts_[authority] += by; }

bool OverlapIndex::Overlaps(std::string_view authority, CitizenId citizen, std::string_view course_key) const {
  const auto courses = citizens_.find(citizen);
  if (courses == citizens_.end()) return false;
  const auto own = courses->second.find(authority);
  if (own == courses->second.end()) return false;
  const auto course = own->second.find(course_key);
  return course != own->second.end() && course->second.overlaps;
}

std::int64_t OverlapIndex::CountOf(const std::string& authority) const {
  const auto count = counts_.find(authority);
  return count != counts_.end() ? count->second : 0;
}

registry::Finding OverlapFinding() {
  return {
      .severity = registry::Severity::kInformation,
      .code = "course-overlap",
      .location = "",
      .variable = "",
      .text = {.da = "Borgeren har et forløb hos en anden myndighed i samme periode. Begge forløb tæller hver for "
                     "sig. Kontrollér start- og slutdato; er forløbet overflyttet, så afslut det som overflyttet.",
               .en = "The citizen has a course at another authority at the same time. Each course counts by itself. "
                     "Check start and end date; if the course was transferred, close it as transferred."}};
}

}  // namespace hjerte::indicator
