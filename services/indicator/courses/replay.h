#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "mapping/registry/content/content.h"
#include "services/indicator/courses/derive.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// What is to be rebuilt from the log.
struct ReplayOptions {
  const registry::Content& content;  // that judged the courses then
  registry::Date today{};            // the day by which they were derived
  std::int64_t up_to_seq = 0;        // the last report that counts
  // Asked between slices of work; true ends the replay with Cancelled. Empty: never.
  std::function<bool()> stop = {};
};

// One course as the log tells it.
struct ReplayedCourse {
  std::string authority;
  CitizenId citizen = 0;
  DerivedCourse course;
};

// Rebuilds every course from the log alone, as the reports up to a commit make it: the same fold of versions as the
// writer's, by another way. Courses come by authority and citizen, until `take` returns an error. Memory holds the
// log's keys, the referrals' owners and one citizen's resources. Reads in slices, so that it may run beside the writer.
// DataLoss when an entry cannot be read. Without its `today` the result depends on the set of reports alone.
absl::Status ReplayCourses(StoreReader& store, const ReplayOptions& options,
                           const std::function<absl::Status(ReplayedCourse)>& take);

}  // namespace hjerte::indicator
