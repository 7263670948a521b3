#include "services/indicator/cube/live_cube.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/publication/masking.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {

namespace {

// Courses brought in at once.
constexpr std::size_t kLoadSlice = 4096;
// Of "YYYY-MM-DD".
constexpr std::size_t kYearAndMonth = 7;

// The month since which something has happened in so many courses that it may be told, by its first day.
std::string MonthToTell(const std::map<std::string, std::int64_t>& courses_by_day) {
  std::int64_t courses = 0;
  for (auto day = courses_by_day.rbegin(); day != courses_by_day.rend(); ++day) {
    courses += day->second;
    if (courses > 0 && !registry::IsSensitive(courses)) return day->first.substr(0, kYearAndMonth) + "-01";
  }
  return {};
}

}  // namespace

LiveCube::LiveCube(std::shared_ptr<const registry::Content> content) : cube_(std::move(content)) {}

void LiveCube::Apply(std::vector<CourseUpdate> updates, std::int64_t commit_seq) {
  const std::unique_lock lock(mutex_);
  for (const CourseUpdate& update : updates) ApplyOne(update);
  commit_seq_ = commit_seq;
}

void LiveCube::ApplyOne(const CourseUpdate& update) {
  const std::string key = absl::StrCat(update.authority, "/", update.citizen, "/", update.course_key);
  Authority& authority = authorities_[update.authority];
  overlaps_.Set(update.authority, update.citizen, update.course_key,
                update.course.has_value() ? update.course->days : std::nullopt);
  auto found = held_.find(key);
  if (found != held_.end()) Count(authority, found->second, -1);
  if (!update.course.has_value()) {
    if (found == held_.end()) return;
    if (found->second.slot.has_value()) cube_.Remove(*found->second.slot);
    held_.erase(found);
    return;
  }
  if (found == held_.end()) found = held_.emplace(key, Held{}).first;
  Held& held = found->second;
  const std::optional<registry::CubeRow>& row = update.course->cube_row;
  if (!row.has_value()) {
    if (held.slot.has_value()) cube_.Remove(*held.slot);
    held.slot.reset();
  } else if (held.slot.has_value()) {
    cube_.Update(*held.slot, *row);
  } else {
    held.slot = cube_.Add(*row);
  }
  held.answers = 0;
  held.unknown = 0;
  if (row.has_value()) {
    for (const registry::Outcome outcome : row->outcomes) {
      if (outcome.state == registry::State::kUnknown) ++held.unknown;
      if (outcome.state >= registry::State::kUnknown) ++held.answers;
    }
  }
  held.newest_event = update.course->newest_event;
  Count(authority, held, 1);
}

void LiveCube::Count(Authority& authority, const Held& held, int by) {
  authority.courses += by;
  authority.answers += by * held.answers;
  authority.unknown += by * held.unknown;
  if (held.newest_event.empty()) return;
  std::int64_t& courses = authority.events[held.newest_event];
  courses += by;
  if (courses == 0) authority.events.erase(held.newest_event);
}

absl::StatusOr<LiveCube::Answer> LiveCube::Run(const registry::Query& query) const {
  const std::shared_lock lock(mutex_);
  absl::StatusOr<std::vector<registry::Cell>> cells = cube_.Run(query);
  if (!cells.ok()) return cells.status();
  return Answer{*std::move(cells), commit_seq_};
}

std::pair<registry::Cube, std::int64_t> LiveCube::Copy() const {
  const std::shared_lock lock(mutex_);
  return {cube_, commit_seq_};
}

std::map<std::string, CourseSummary> LiveCube::Summaries() const {
  const std::shared_lock lock(mutex_);
  std::map<std::string, CourseSummary> summaries;
  for (const auto& [code, authority] : authorities_) {
    summaries[code] = {.courses = authority.courses,
                       .answers = authority.answers,
                       .unknown = authority.unknown,
                       .overlapping = overlaps_.CountOf(code),
                       .newest_event = authority.events.empty() ? std::string() : authority.events.rbegin()->first,
                       .newest_month_of_three = MonthToTell(authority.events)};
  }
  return summaries;
}

bool LiveCube::Overlaps(std::string_view authority, CitizenId citizen, std::string_view course_key) const {
  const std::shared_lock lock(mutex_);
  return overlaps_.Overlaps(authority, citizen, course_key);
}

std::int64_t LiveCube::commit_seq() const {
  const std::shared_lock lock(mutex_);
  return commit_seq_;
}

std::optional<std::pair<registry::Date, registry::Date>> LiveCube::span() const {
  const std::shared_lock lock(mutex_);
  return cube_.span();
}

absl::Status LoadCube(StoreReader& store, const registry::Content& content, LiveCube& cube) {
  absl::StatusOr<std::int64_t> seq = store.LastCommitSeq();
  if (!seq.ok()) return seq.status();
  std::vector<CourseUpdate> updates;
  HJERTE_RETURN_IF_ERROR(store.EachCourse([&](const CourseRow& row) -> absl::Status {
    absl::StatusOr<registry::CourseRecord> record = registry::FromJson(row.record);
    if (!record.ok()) return absl::DataLossError("a stored course record cannot be read");
    DerivedCourse course = DescribeRecord(content, *record);
    course.newest_event = row.newest_event;
    updates.push_back({row.authority, row.citizen, row.course_key, std::move(course)});
    if (updates.size() == kLoadSlice) cube.Apply(std::exchange(updates, {}), *seq);
    return absl::OkStatus();
  }));
  cube.Apply(std::move(updates), *seq);
  return absl::OkStatus();
}

}  // namespace hjerte::indicator
