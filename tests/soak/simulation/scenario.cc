#include "tests/soak/simulation/scenario.h"

#include <map>

#include "services/common/random.h"
#include "services/common/time_text.h"
#include "tests/services/indicator/report_builder.h"

namespace hjerte::soak {
namespace {

using indicator::testing::CourseReport;
using indicator::testing::SyntheticCpr;

class Teller {
 public:
  explicit Teller(std::uint64_t number) : random_(number * 977 + 5) {}

  Scenario Tell() {
    scenario_.stamped = random_.Below(3) != 0;
    const bool extracts = random_.Below(4) == 0;
    const std::uint64_t records = 1 + random_.Below(3);
    for (std::uint64_t i = 0; i < records; ++i) courses_.emplace(i, Fresh(i));
    const std::uint64_t steps = records + 1 + random_.Below(4);
    for (std::uint64_t step = 0; step < steps; ++step) {
      stamp_us_ += 60'000'000;
      if (extracts) {
        TellExtract(step);
      } else {
        const std::uint64_t which = step < records ? step : random_.Below(records);
        if (step >= records) Change(courses_.at(which));
        Add(which, {}, {});
      }
    }
    return std::move(scenario_);
  }

 private:
  static CourseReport Fresh(std::uint64_t i) {
    CourseReport course{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(static_cast<int>(i / 2))};
    course.sessions_planned = 1;
    course.sessions_attended = 1;
    course.hads = false;
    course.walk_start = "";
    course.walk_end = "";
    return course;
  }

  // Few values, so that they come back.
  void Change(CourseReport& course) {
    switch (random_.Below(6)) {
      case 0:
        course.entered_in_error = !course.entered_in_error;
        break;
      case 1:
        course.end = course.end.empty() ? "2025-06-01" : "";
        // A course that ended without a date ends on the day of its stamp, which is the run's.
        course.status = course.end.empty() ? "in-progress" : "completed";
        break;
      case 2:
        course.cpr = SyntheticCpr(5 + static_cast<int>(random_.Below(2)));
        break;
      case 3:
        course.walk_start = course.walk_start.empty() ? "400" : "";
        break;
      default:
        course.sessions_attended = 1 - course.sessions_attended;
        break;
    }
  }

  void TellExtract(std::uint64_t number) {
    const std::string extract = "extract-" + std::to_string(number);
    const bool complete = random_.Below(3) != 0;
    const std::optional<std::int64_t> at = complete ? std::optional(stamp_us_) : std::nullopt;
    std::vector<std::uint64_t> there;
    for (auto& [which, course] : courses_) {
      if (number > 0 && random_.Below(3) == 0) Change(course);
      if (courses_.size() == 1 || random_.Below(4) != 0) there.push_back(which);
    }
    for (const std::uint64_t which : there) Add(which, extract, at);
    scenario_.feed.push_back({.key = {}, .json = {}, .extract = extract, .extract_ended = true, .complete_at_us = at});
  }

  void Add(std::uint64_t which, const std::string& extract, std::optional<std::int64_t> complete_at_us) {
    CourseReport& course = courses_.at(which);
    course.stamp = common::FormatInstant(common::Instant(std::chrono::microseconds(stamp_us_)));
    std::string json = course.Bundle();
    if (!scenario_.stamped) {
      const std::string meta = R"(,"meta":{"lastUpdated":")" + course.stamp + R"("})";
      for (std::size_t at = json.find(meta); at != std::string::npos; at = json.find(meta, at)) {
        json.erase(at, meta.size());
      }
    }
    scenario_.feed.push_back({.key = "record-" + std::to_string(which),
                              .json = std::move(json),
                              .extract = extract,
                              .extract_ended = false,
                              .complete_at_us = complete_at_us});
  }

  common::SeededRandom random_;
  Scenario scenario_;
  std::map<std::uint64_t, CourseReport> courses_;
  // The source's clock, weeks before the run's.
  std::int64_t stamp_us_ = common::ParseInstant("2026-01-10T10:00:00Z")->time_since_epoch().count();
};

}  // namespace

Scenario MakeScenario(std::uint64_t number) { return Teller(number).Tell(); }

}  // namespace hjerte::soak
