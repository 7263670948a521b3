#include "services/indicator/courses/overlap.h"

#include <algorithm>
#include <random>

#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

registry::Date Day(const char* text) { return *registry::ParseDate(text); }

TEST(OverlapOfDays, AnOpenCourseOverlapsWhatBeginsLaterAndATransferOnOneDayDoesNot) {
  const CourseDays spring{.start = Day("2025-02-01"), .end = Day("2025-06-01")};
  EXPECT_TRUE(Overlap(spring, {.start = Day("2025-05-31"), .end = {}}));
  EXPECT_TRUE(Overlap({.start = Day("2024-01-01"), .end = {}}, spring));
  EXPECT_FALSE(Overlap(spring, {.start = Day("2025-06-01"), .end = {}}));
  EXPECT_FALSE(Overlap(spring, {.start = Day("2024-01-01"), .end = Day("2025-02-01")}));
}

struct Change {
  std::string authority;
  CitizenId citizen;
  std::string key;
  std::optional<CourseDays> days;
};

// What the index says after the latest change of every course, in whatever order the courses came.
std::map<std::string, bool> After(const std::vector<Change>& changes) {
  OverlapIndex index;
  for (const Change& change : changes) index.Set(change.authority, change.citizen, change.key, change.days);
  std::map<std::string, bool> flagged;
  std::map<std::string, std::int64_t> counts;
  for (const Change& change : changes) {
    const bool overlaps = index.Overlaps(change.authority, change.citizen, change.key);
    const std::string name = change.authority + "/" + change.key;
    if (flagged.emplace(name, overlaps).second) counts[change.authority] += overlaps ? 1 : 0;
  }
  for (const auto& [authority, count] : counts) EXPECT_EQ(index.CountOf(authority), count) << authority;
  return flagged;
}

TEST(OverlapIndex, IsTheSameInEveryOrderOfArrivalAndForgetsWhatIsTakenBack) {
  std::mt19937 random(7);
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Change> last;
    for (int i = 0; i < 8; ++i) {
      const registry::Date start = Day("2025-01-01") + std::chrono::days(below(200));
      std::optional<CourseDays> days = CourseDays{.start = start, .end = start + std::chrono::days(below(90))};
      if (below(6) == 0) days->end.reset();
      if (below(6) == 0) days.reset();
      last.push_back({"0" + std::to_string(751 + i % 3), i % 2, "course-" + std::to_string(i), days});
    }
    const std::map<std::string, bool> expected = After(last);
    for (int order = 0; order < 5; ++order) {
      std::vector<Change> changes = last;
      std::shuffle(changes.begin(), changes.end(), random);
      // Earlier versions of some, which the later ones replace.
      const Change earlier{changes.back().authority, changes.back().citizen, changes.back().key,
                           CourseDays{.start = Day("2025-03-01"), .end = {}}};
      changes.insert(changes.begin(), earlier);
      ASSERT_EQ(After(changes), expected);
    }
  }
}

class Overlapping : public testing::CentralTest {
 protected:
  // The codes that ExplainCourse gives the authority's own user for its course.
  std::vector<std::string> CodesOf(const std::string& authority) {
    v1::ExplainCourseRequest request;
    request.set_authority(authority);
    request.set_course_key("course-1");
    request.set_reason("test");
    v1::ExplainCourseResponse response;
    grpc::ClientContext context;
    const auto stub = v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"));
    EXPECT_TRUE(stub->ExplainCourse(&context, request, &response).ok());
    std::vector<std::string> codes;
    for (const v1::Finding& finding : response.findings()) {
      codes.push_back(finding.code());
      // Neither where nor when the other course is.
      EXPECT_EQ(finding.text().en().find("0101"), std::string::npos);
      EXPECT_EQ(finding.text().en().find("2025"), std::string::npos);
    }
    return codes;
  }

  std::int64_t CountOf(const std::string& authority) {
    v1::GetFreshnessRequest request;
    request.add_authorities(authority);
    v1::GetFreshnessResponse response;
    grpc::ClientContext context;
    const auto stub = v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"));
    EXPECT_TRUE(stub->GetFreshness(&context, request, &response).ok());
    return response.municipalities(0).overlapping();
  }

  void DeliverTo(const std::string& authority, const std::string& start, const std::string& end,
                 const std::string& stamp) {
    testing::CourseReport course;
    course.municipality = authority;
    course.start = start;
    course.end = end;
    course.stamp = stamp;
    const auto answers = Deliver({Request(course.Bundle(), authority)}, "adapter-" + authority);
    ASSERT_TRUE(answers.size() == 1 && IsReceipt(answers[0])) << answers[0].ShortDebugString();
  }
};

TEST_F(Overlapping, CoursesAtTwoAuthoritiesAreFlaggedOnBothNeverMergedAndClearedWhenCorrected) {
  StartService();
  DeliverTo("0751", "2025-02-01", "2025-06-01", "2026-01-10T10:00:00Z");
  EXPECT_THAT(CodesOf("0751"), ::testing::Not(::testing::Contains("course-overlap")));
  DeliverTo("0101", "2025-05-01", "2025-08-01", "2026-01-10T10:00:00Z");
  EXPECT_THAT(CodesOf("0751"), ::testing::Contains("course-overlap"));
  EXPECT_THAT(CodesOf("0101"), ::testing::Contains("course-overlap"));
  EXPECT_EQ(CountOf("0751"), 1);
  EXPECT_EQ(Fold(Export()).size(), 2U);

  StopService();
  StartService();
  EXPECT_THAT(CodesOf("0751"), ::testing::Contains("course-overlap"));

  DeliverTo("0101", "2025-06-01", "2025-08-01", "2026-01-10T11:00:00Z");
  EXPECT_THAT(CodesOf("0751"), ::testing::Not(::testing::Contains("course-overlap")));
  EXPECT_EQ(CountOf("0751"), 0);
  EXPECT_EQ(CountOf("0101"), 0);
}

}  // namespace
}  // namespace hjerte::indicator
