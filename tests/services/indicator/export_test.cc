#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

class ExportFeed : public CentralTest {
 protected:
  void DeliverSomeHistory() {
    std::vector<CourseReport> courses;
    for (int i = 0; i < 12; ++i) courses.push_back({.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)});
    DeliverCourses(courses);
    for (int i = 0; i < 12; ++i) {
      courses[i].stamp = "2026-01-12T10:00:00Z";
      courses[i].walk_end = "500";
      courses[i].entered_in_error = i % 4 == 0;
    }
    DeliverCourses(courses);
  }
};

TEST_F(ExportFeed, AConsumerStoppedAnywhereResumesWithoutLossOrRepeat) {
  StartService();
  DeliverSomeHistory();
  const auto whole = Export();
  ASSERT_EQ(whole.size(), 24U);
  for (std::size_t stop = 0; stop < whole.size(); ++stop) {
    std::vector<v1::SubscribeResponse> taken(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(stop) + 1);
    const auto rest = Export(taken.back().cursor());
    taken.insert(taken.end(), rest.begin(), rest.end());
    ASSERT_EQ(taken.size(), whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(taken[i].SerializeAsString(), whole[i].SerializeAsString());
    }
  }
}

TEST_F(ExportFeed, TellsRecordsCorrectionsAndRetractionsInCommitOrder) {
  StartService();
  DeliverSomeHistory();
  std::map<v1::ChangeKind, int> kinds;
  std::int64_t last = 0;
  for (const auto& change : Export()) {
    ++kinds[change.kind()];
    EXPECT_GE(change.commit_seq(), last);
    last = change.commit_seq();
  }
  EXPECT_EQ(kinds[v1::CHANGE_KIND_RECORD], 12);
  EXPECT_EQ(kinds[v1::CHANGE_KIND_CORRECTION], 9);
  EXPECT_EQ(kinds[v1::CHANGE_KIND_RETRACTION], 3);
}

TEST_F(ExportFeed, SaysNothingWhenNothingChanged) {
  StartService();
  DeliverCourses({CourseReport{}});
  // Another report of the same content with a later stamp: the record is the same.
  DeliverCourses({CourseReport{.stamp = "2026-01-20T10:00:00Z"}});
  EXPECT_EQ(Export().size(), 1U);
}

TEST_F(ExportFeed, FollowsNewCommitsAsTheyCome) {
  StartService();
  const auto stub = v1::ExportService::NewStub(ChannelOf("exporter-dhrd"));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  v1::SubscribeRequest request;
  request.set_reason("test");
  request.set_follow(true);
  const auto stream = stub->Subscribe(&context, request);
  DeliverCourses({CourseReport{}});
  v1::SubscribeResponse change;
  ASSERT_TRUE(stream->Read(&change));
  EXPECT_EQ(change.kind(), v1::CHANGE_KIND_RECORD);
  DeliverCourses({CourseReport{.stamp = "2026-01-12T10:00:00Z", .walk_end = "500"}});
  ASSERT_TRUE(stream->Read(&change));
  EXPECT_EQ(change.kind(), v1::CHANGE_KIND_CORRECTION);
  context.TryCancel();
  stream->Finish();
}

TEST_F(ExportFeed, RefusesACursorOfAnotherStore) {
  StartService();
  DeliverCourses({CourseReport{}});
  const auto stub = v1::ExportService::NewStub(ChannelOf("exporter-dhrd"));
  for (const auto& [cursor, code] : std::map<std::string, grpc::StatusCode>{
           {"00000000-1", grpc::StatusCode::OUT_OF_RANGE}, {"rubbish", grpc::StatusCode::INVALID_ARGUMENT}}) {
    grpc::ClientContext context;
    v1::SubscribeRequest request;
    request.set_reason("test");
    request.set_cursor(cursor);
    const auto stream = stub->Subscribe(&context, request);
    v1::SubscribeResponse change;
    EXPECT_FALSE(stream->Read(&change));
    EXPECT_EQ(stream->Finish().error_code(), code);
  }
}

}  // namespace
}  // namespace hjerte::indicator::testing
