#include <fstream>
#include <random>

#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

class AsKnownAt : public CentralTest {
 protected:
  v1::GetResultsRequest Question(bool by_municipality) const {
    v1::GetResultsRequest request = YearOf("2025", true);
    if (by_municipality) {
      request.clear_unit_kinds();
      request.add_unit_kinds(v1::UNIT_KIND_MUNICIPALITY);
      request.set_period_kind(v1::PERIOD_KIND_MONTH);
      request.set_stratum_kind(v1::STRATUM_KIND_SEX);
      request.clear_from();
      request.clear_to();
    }
    return request;
  }

  v1::GetResultsResponse Ask(const v1::GetResultsRequest& request) {
    v1::GetResultsResponse response;
    const grpc::Status status = GetResults("registry-dhrd", request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  grpc::StatusCode Refused(const v1::GetResultsRequest& request, std::string* why = nullptr) {
    v1::GetResultsResponse response;
    const grpc::Status status = GetResults("registry-dhrd", request, response);
    if (why != nullptr) *why = status.error_message();
    return status.error_code();
  }
};

TEST_F(AsKnownAt, FiguresOfAnyPastMomentComeBackByteForByte) {
  StartService();
  std::mt19937 random(11);
  std::vector<v1::GetResultsResponse> seen;
  for (int round = 0; round < 24; ++round) {
    CourseReport course{.key = "course-" + std::to_string(random() % 6),
                        .cpr = SyntheticCpr(static_cast<int>(random() % 3))};
    course.stamp = "2026-01-" + std::to_string(10 + random() % 15) + "T10:00:00Z";
    course.entered_in_error = random() % 5 == 0;
    course.walk_end = std::to_string(380 + random() % 100);
    course.sessions_attended = static_cast<int>(random() % 10);
    DeliverCourses({course});
    // Sometimes the moment is another day, on which open courses are judged anew.
    clock_.Advance(std::chrono::minutes(random() % 4 == 0 ? 1500 : 7));
    ASSERT_TRUE(service_->Tick().ok());
    if (round == 12) {
      StopService();
      StartService();
    }
    seen.push_back(Ask(Question(round % 2 == 0)));
    clock_.Advance(std::chrono::seconds(5));
  }
  const auto cells_of = [](v1::GetResultsResponse response) {
    response.clear_provenance();
    return response.SerializeAsString();
  };
  int changes = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    v1::GetResultsRequest request = Question(i % 2 == 0);
    *request.mutable_as_known_at() = seen[i].provenance().computed_at();
    EXPECT_EQ(Ask(request).SerializeAsString(), seen[i].SerializeAsString()) << "by the instant, " << i;
    request.set_as_known_at_commit(seen[i].provenance().commit_seq());
    EXPECT_EQ(Ask(request).SerializeAsString(), seen[i].SerializeAsString()) << "by both, " << i;
    if (i > 1 && cells_of(seen[i]) != cells_of(seen[i - 2])) ++changes;
  }
  EXPECT_GT(changes, 0) << "the moments differ";
}

TEST_F(AsKnownAt, ACommitAloneGivesTheFiguresRightAfterIt) {
  StartService();
  DeliverCourses({{.key = "course-1"}});
  const v1::GetResultsResponse first = Ask(Question(false));
  DeliverCourses({{.key = "course-2", .cpr = SyntheticCpr(2)}});
  v1::GetResultsRequest request = Question(false);
  request.set_as_known_at_commit(1);
  const v1::GetResultsResponse again = Ask(request);
  EXPECT_EQ(again.provenance().commit_seq(), 1);
  ASSERT_EQ(again.cells_size(), first.cells_size());
  for (int i = 0; i < again.cells_size(); ++i) {
    EXPECT_EQ(again.cells(i).SerializeAsString(), first.cells(i).SerializeAsString());
  }
}

TEST_F(AsKnownAt, AMomentThatHasNotBeenIsRefused) {
  StartService();
  DeliverCourses({CourseReport{}});
  v1::GetResultsRequest request = Question(false);
  request.set_as_known_at_commit(99);
  EXPECT_EQ(Refused(request), grpc::StatusCode::OUT_OF_RANGE);
  request.clear_as_known_at_commit();
  request.mutable_as_known_at()->set_seconds(4'000'000'000);
  EXPECT_EQ(Refused(request), grpc::StatusCode::OUT_OF_RANGE);
  request.mutable_as_known_at()->set_seconds(1'500'000'000);
  EXPECT_EQ(Ask(request).cells_size(), 0) << "before the first report nothing was known";
  request.set_unmasked(false);
  EXPECT_EQ(Refused(request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AsKnownAt, FiguresOfOtherContentAreRefusedWithItsHash) {
  std::filesystem::create_directories(folder_ / "content");
  const std::filesystem::path shipped = config_.content;
  std::filesystem::copy(shipped, folder_ / "content", std::filesystem::copy_options::recursive);
  config_.content = folder_ / "content";
  StartService();
  DeliverCourses({CourseReport{}});
  const v1::GetResultsResponse before = Ask(Question(false));
  StopService();
  std::ofstream(folder_ / "content" / "variables.yaml", std::ios::app) << "\n# another version\n";
  config_.rebuild = true;
  StartService();
  v1::GetResultsRequest request = Question(false);
  *request.mutable_as_known_at() = before.provenance().computed_at();
  request.set_as_known_at_commit(1);
  clock_.Advance(std::chrono::seconds(1));
  std::string why;
  const v1::GetResultsResponse now = Ask(Question(false));
  EXPECT_NE(now.provenance().content_sha256(), before.provenance().content_sha256());
  // The rebuild and the answer before it stand at the same instant of this clock; the commit alone is of before.
  request.clear_as_known_at();
  EXPECT_EQ(Refused(request, &why), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(why.find(before.provenance().content_sha256()), std::string::npos) << why;
}

}  // namespace
}  // namespace hjerte::indicator::testing
