#include "services/indicator/courses/overlap.h"

#include <algorithm>

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
  std::optional<CourseDays> before;
  if (const auto known = own.find(course_key); known != own.end()) {
    before = known->second.days;
    if (known->second.overlaps) Count(authority, -1);
    own.erase(known);
  }
  if (days.has_value()) {
    Judge(courses, authority, own.emplace(course_key, Known{.days = *days, .overlaps = false}).first->second);
  }
  if (own.empty()) courses.erase(authority);
  // Of the others those alone can have changed that overlap what the course was or is.
  for (auto& [elsewhere, others] : courses) {
    if (elsewhere == authority) continue;
    for (auto& [key, other] : others) {
      const bool touched = (before && Overlap(*before, other.days)) || (days && Overlap(*days, other.days));
      if (touched) Judge(courses, elsewhere, other);
    }
  }
  if (courses.empty()) citizens_.erase(citizen);
}

void OverlapIndex::Judge(const Courses& courses, const std::string& authority, Known& course) {
  bool overlaps = false;
  for (const auto& [elsewhere, others] : courses) {
    if (elsewhere == authority) continue;
    overlaps = overlaps || std::any_of(others.begin(), others.end(), [&course](const auto& other) {
                 return Overlap(course.days, other.second.days);
               });
  }
  if (overlaps == course.overlaps) return;
  course.overlaps = overlaps;
  Count(authority, overlaps ? 1 : -1);
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
