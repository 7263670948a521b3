#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mapping/registry/date.h"
#include "mapping/registry/finding.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// The days of a course; without `end` it is open.
struct CourseDays {
  registry::Date start{};
  std::optional<registry::Date> end;
};

// Whether two courses share more than the day on which one ends and the other begins, as after a transfer.
bool Overlap(const CourseDays& left, const CourseDays& right);

// Which courses overlap a course of the same citizen at another authority. Such courses are never merged: each
// authority owns its own. Known by the citizen's number in the store alone; depends on the set of courses, not on their
// order.
class OverlapIndex {
 public:
  // Replaces what is known of a course; without days (not begun, out of the cohort, gone) it overlaps nothing.
  void Set(const std::string& authority, CitizenId citizen, const std::string& course_key,
           const std::optional<CourseDays>& days);

  bool Overlaps(std::string_view authority, CitizenId citizen, std::string_view course_key) const;
  // Courses of the authority that overlap one elsewhere.
  std::int64_t CountOf(const std::string& authority) const;

 private:
  struct Known {
    CourseDays days;
    bool overlaps = false;
  };
  // By authority, then course key.
  using Courses = std::map<std::string, std::map<std::string, Known, std::less<>>, std::less<>>;

  // Whether a course of the authority overlaps one elsewhere.
  void Judge(const Courses& courses, const std::string& authority, Known& course);
  void Count(const std::string& authority, std::int64_t by);

  std::unordered_map<CitizenId, Courses> citizens_;
  std::map<std::string, std::int64_t> counts_;
};

// What the authority is told of it: that there is another course, not where, when or what of it.
registry::Finding OverlapFinding();

}  // namespace hjerte::indicator
