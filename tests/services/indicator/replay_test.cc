#include "services/indicator/courses/replay.h"

#include "services/indicator/store/sqlite_store.h"
#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

// Everything the store or a replay says of each course, by authority, citizen and key.
using Courses = std::map<std::string, std::string>;

std::string NameOf(const std::string& authority, CitizenId citizen, const std::string& key) {
  return authority + "/" + std::to_string(citizen) + "/" + key;
}

std::string Told(const std::string& record, bool open, bool exported, const std::string& newest_event) {
  return record + (open ? " open" : "") + (exported ? " exported " : " ") + newest_event;
}

class Replay : public CentralTest {
 protected:
  std::unique_ptr<StoreReader> Reader() {
    auto reader = OpenSqliteReader({.file = config_.store_file, .vfs = ""});
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }

  Courses Stored() {
    Courses courses;
    EXPECT_TRUE(Reader()
                    ->EachCourse([&](const CourseRow& row) {
                      courses[NameOf(row.authority, row.citizen, row.course_key)] =
                          Told(row.record, row.open, row.exported, row.newest_event);
                      return absl::OkStatus();
                    })
                    .ok());
    return courses;
  }

  Courses Replayed(std::int64_t up_to_seq) {
    const auto reader = Reader();
    const registry::Date today = *registry::ParseDate(reader->Epochs()->back().today);
    Courses courses;
    const absl::Status status =
        ReplayCourses(*reader, {.content = service_->read_model().content(), .today = today, .up_to_seq = up_to_seq},
                      [&](const ReplayedCourse& replayed) {
                        const DerivedCourse& course = replayed.course;
                        courses[NameOf(replayed.authority, replayed.citizen, course.course_key)] =
                            Told(course.record, course.open, course.exported, course.newest_event);
                        return absl::OkStatus();
                      });
    EXPECT_TRUE(status.ok()) << status;
    return courses;
  }

  // Reports that correct, contradict, retract, revive and move one another, from two sources with different lists.
  std::vector<v1::DeliverRequest> Reports() {
    std::vector<v1::DeliverRequest> requests;
    const auto add = [&](const CourseReport& course, bool second_source = false) {
      for (const std::string& part : course.Parts()) {
        requests.push_back(Request(part));
        if (!second_source) continue;
        requests.back().mutable_source()->set_id("test-2");
        requests.back().mutable_source()->mutable_carries()->RemoveLast();
        requests.back().set_delivery_id(requests.back().delivery_id() + "-2");
      }
    };
    for (int i = 0; i < 4; ++i) {
      CourseReport course{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i / 2)};
      if (i == 3) course.end = "";
      add(course, i == 1);
      course.stamp = "2026-01-12T10:00:00Z";
      course.walk_end = "500";
      course.entered_in_error = i == 2;
      add(course);
    }
    add({.key = "course-0", .cpr = SyntheticCpr(7), .stamp = "2026-01-13T10:00:00Z"});
    add({.key = "course-2", .cpr = SyntheticCpr(1), .stamp = "2026-01-14T10:00:00Z"});
    add({.key = "course-1", .cpr = SyntheticCpr(0), .stamp = "2026-01-09T10:00:00Z"});
    add({.key = "course-1", .cpr = SyntheticCpr(0), .stamp = "2026-01-12T10:00:00Z", .walk_end = "500"}, true);
    return requests;
  }
};

TEST_F(Replay, OfTheWholeLogGivesTheCoursesOfTheStore) {
  StartService();
  for (const auto& response : Deliver(Reports())) EXPECT_TRUE(response.has_receipt()) << response.DebugString();
  const Courses stored = Stored();
  EXPECT_GE(stored.size(), 4U);
  EXPECT_EQ(Replayed(1'000'000), stored);
}

TEST_F(Replay, UpToACommitGivesTheCoursesAsTheyWereThen) {
  StartService();
  std::map<std::int64_t, Courses> seen;
  for (const v1::DeliverRequest& request : Reports()) {
    const auto responses = Deliver({request});
    ASSERT_TRUE(responses.at(0).has_receipt()) << responses[0].DebugString();
    seen[responses[0].receipt().commit_seq()] = Stored();
  }
  ASSERT_GE(seen.size(), 20U);
  EXPECT_TRUE(Replayed(0).empty());
  for (const auto& [seq, courses] : seen) EXPECT_EQ(Replayed(seq), courses) << "commit " << seq;
}

TEST_F(Replay, EndsWhenAskedTo) {
  StartService();
  Deliver(Reports());
  const auto reader = Reader();
  const absl::Status status = ReplayCourses(
      *reader,
      {.content = service_->read_model().content(), .today = {}, .up_to_seq = 100, .stop = [] { return true; }},
      [](const ReplayedCourse&) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace hjerte::indicator::testing
