#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "services/indicator/courses/derive.h"
#include "services/indicator/courses/overlap.h"

namespace hjerte::indicator {

// What the courses of one authority tell about the freshness and completeness of its data.
struct CourseSummary {
  std::int64_t courses = 0;
  std::int64_t answers = 0;      // pairs of course and indicator the course counts in or is unknown in
  std::int64_t unknown = 0;      // of those, unknown
  std::int64_t overlapping = 0;  // courses that overlap one of the same citizen at another authority
  std::string newest_event;      // YYYY-MM-DD
  // The first day of the last month in which or after which something happened in at least three courses: what the
  // public may know, since each day is one citizen's. Empty with fewer courses.
  std::string newest_month_of_three;
};

// The cube of all committed courses, kept current course by course. One thread applies, any may read.
class LiveCube {
 public:
  explicit LiveCube(std::shared_ptr<const registry::Content> content);

  // Brings in what a commit changed; readers see all of it or nothing.
  void Apply(std::vector<CourseUpdate> updates, std::int64_t commit_seq);

  struct Answer {
    std::vector<registry::Cell> cells;
    std::int64_t commit_seq = 0;
  };
  absl::StatusOr<Answer> Run(const registry::Query& query) const;

  // A copy to work on without holding up commits, and the commit it is of.
  std::pair<registry::Cube, std::int64_t> Copy() const;
  std::map<std::string, CourseSummary> Summaries() const;
  // Whether a course overlaps one of the same citizen at another authority.
  bool Overlaps(std::string_view authority, CitizenId citizen, std::string_view course_key) const;
  std::int64_t commit_seq() const;
  std::optional<std::pair<registry::Date, registry::Date>> span() const;

 private:
  struct Held {
    std::optional<registry::Cube::Slot> slot;
    int answers = 0;
    int unknown = 0;
    std::string newest_event;
  };
  struct Authority {
    std::int64_t courses = 0;
    std::int64_t answers = 0;
    std::int64_t unknown = 0;
    std::map<std::string, std::int64_t> events;  // newest event → courses
  };
  void ApplyOne(const CourseUpdate& update);
  void Count(Authority& authority, const Held& held, int by);

  mutable std::shared_mutex mutex_;
  registry::Cube cube_;
  std::unordered_map<std::string, Held> held_;  // "authority/citizen/course key"
  std::map<std::string, Authority> authorities_;
  OverlapIndex overlaps_;
  std::int64_t commit_seq_ = 0;
};

// Brings every course of a store into an empty cube. DataLoss when a record cannot be read.
absl::Status LoadCube(StoreReader& store, const registry::Content& content, LiveCube& cube);

}  // namespace hjerte::indicator
