#include <filesystem>
#include <fstream>

#include "services/common/time_text.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/temporary_folder.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

using ::testing::Contains;
using ::testing::HasSubstr;

class Publish : public CentralTest {
 protected:
  v1::GetResultsResponse Public() {
    v1::GetResultsResponse response;
    const grpc::Status status = GetResults("reader-public", YearOf("2025", false), response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  grpc::Status PublishNow(const v1::PublishSnapshotRequest& request = {}) {
    grpc::ClientContext context;
    v1::PublishSnapshotResponse response;
    return v1::IndicatorService::NewStub(ChannelOf("admin-ops"))->PublishSnapshot(&context, request, &response);
  }

  // Results that are watched until the test ends.
  class Watch {
   public:
    Watch(const std::shared_ptr<grpc::Channel>& channel, const v1::GetResultsRequest& query)
        : stub_(v1::IndicatorService::NewStub(channel)) {
      context_.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
      v1::WatchResultsRequest request;
      *request.mutable_query() = query;
      stream_ = stub_->WatchResults(&context_, request);
    }
    ~Watch() {
      context_.TryCancel();
      stream_->Finish();
    }
    bool Read(v1::WatchResultsResponse* response) { return stream_->Read(response); }

   private:
    grpc::ClientContext context_;
    const std::unique_ptr<v1::IndicatorService::Stub> stub_;
    std::unique_ptr<grpc::ClientReader<v1::WatchResultsResponse>> stream_;
  };

  void DeliverMany(int first, int count) {
    std::vector<CourseReport> courses;
    for (int i = first; i < first + count; ++i) {
      courses.push_back({.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)});
      if (i % 2 == 0) courses.back().status = "stopped";
    }
    DeliverCourses(courses);
  }

  // The newest event of the municipality as one who asks for its freshness is told.
  std::string NewestEventFor(const std::string& who) {
    grpc::ClientContext context;
    v1::GetFreshnessRequest request;
    request.add_authorities("0751");
    v1::GetFreshnessResponse response;
    EXPECT_TRUE(v1::IndicatorService::NewStub(ChannelOf(who))->GetFreshness(&context, request, &response).ok());
    return response.municipalities(0).newest_event();
  }
};

TEST_F(Publish, TheFirstSnapshotIsThereFromTheStart) {
  StartService();
  const auto response = Public();
  EXPECT_TRUE(response.provenance().snapshot());
  EXPECT_EQ(response.cells_size(), 0);
}

TEST_F(Publish, PublishedFiguresStayUntilTheNextSnapshot) {
  StartService();
  DeliverMany(0, 40);
  EXPECT_EQ(Public().cells_size(), 0);
  ASSERT_TRUE(PublishNow().ok());
  const auto published = Public();
  EXPECT_GT(published.cells_size(), 0);
  DeliverMany(100, 40);
  EXPECT_EQ(Public().SerializeAsString(), published.SerializeAsString());
  StopService();
  StartService();
  EXPECT_EQ(Public().SerializeAsString(), published.SerializeAsString());
}

TEST_F(Publish, AClockThatWasAYearAheadDoesNotHoldTheNextSnapshotBackAYear) {
  const common::Instant right = clock_.Now();
  clock_.Set(right + std::chrono::hours(24 * 365));
  StartService();
  DeliverMany(0, 40);
  clock_.Set(right);
  ASSERT_TRUE(service_->Tick().ok());
  EXPECT_GT(Public().cells_size(), 0);
  EXPECT_EQ(Public().provenance().computed_at().seconds(), right.time_since_epoch().count() / 1'000'000);
  const auto shown = Public();
  DeliverMany(100, 40);
  ASSERT_TRUE(service_->Tick().ok());
  EXPECT_EQ(Public().SerializeAsString(), shown.SerializeAsString()) << "and then the interval counts again";
}

TEST_F(Publish, AClockThatIsSetBackOverADayGoesOnCounting) {
  StartService();
  DeliverMany(0, 40);
  const std::int64_t before = Live().at("K1").denominator();
  for (const int days : {-1, 3, -400, 800, 0}) {
    clock_.Set(*common::ParseInstant("2026-02-01T12:00:00Z") + std::chrono::hours(24) * days);
    ASSERT_TRUE(service_->Tick().ok()) << days;
  }
  DeliverMany(100, 40);
  EXPECT_EQ(Live().at("K1").denominator(), 2 * before);
}

TEST_F(Publish, ANewSnapshotComesByItselfWhenItIsTime) {
  StartService();
  DeliverMany(0, 40);
  clock_.Advance(std::chrono::hours(24 * 31));
  ASSERT_TRUE(service_->Tick().ok());
  EXPECT_GT(Public().cells_size(), 0);
}

TEST_F(Publish, OneOrTwoCitizensAreHiddenFromThePublic) {
  StartService();
  DeliverCourses({CourseReport{}, CourseReport{.key = "course-2", .cpr = SyntheticCpr(2)},
                  CourseReport{.key = "course-3", .cpr = SyntheticCpr(3), .status = "stopped"}});
  ASSERT_TRUE(PublishNow().ok());
  const v1::GetResultsResponse published = Public();
  EXPECT_GT(published.cells_size(), 0);
  const auto small = [](std::int64_t count) { return count == 1 || count == 2; };
  for (const v1::Cell& cell : published.cells()) {
    EXPECT_FALSE(small(cell.numerator()) || small(cell.denominator()) || small(cell.unknown())) << cell.DebugString();
    for (const v1::ExclusionCount& exclusion : cell.exclusions()) EXPECT_FALSE(small(exclusion.count()));
    if (cell.indicator() != "K1") continue;
    EXPECT_TRUE(cell.masked());
    EXPECT_TRUE(cell.percent().empty() && cell.ci_low().empty() && cell.ci_high().empty()) << cell.DebugString();
  }
  EXPECT_EQ(Live().at("K1").numerator(), 2);
}

// What differs between two snapshots is about three citizens or more.
TEST_F(Publish, AQuarterStaysAsItWasUntilThreeOfItsCoursesHaveChanged) {
  StartService();
  const auto nation = [this] {
    const auto response = Public();
    for (const v1::Cell& cell : response.cells()) {
      if (cell.indicator() == "K2") return cell.denominator();
    }
    return std::int64_t{0};
  };
  DeliverMany(0, 2);
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(Public().cells_size(), 0);
  DeliverMany(2, 38);
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(nation(), 40);
  DeliverMany(40, 2);
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(nation(), 40);
  DeliverMany(42, 1);
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(nation(), 43);
}

TEST_F(Publish, OnlyTheFixedGridIsPublic) {
  StartService();
  v1::GetResultsRequest request = YearOf("2025", false);
  request.set_period_kind(v1::PERIOD_KIND_MONTH);
  v1::GetResultsResponse response;
  EXPECT_EQ(GetResults("reader-public", request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_period_kind(v1::PERIOD_KIND_OWN);
  EXPECT_EQ(GetResults("reader-public", request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Publish, WatchersAreToldOfLiveChanges) {
  StartService();
  Watch watch(ChannelOf("registry-dhrd"), YearOf("2025", true));
  v1::WatchResultsResponse response;
  ASSERT_TRUE(watch.Read(&response));
  EXPECT_EQ(response.results().cells_size(), 0);
  DeliverCourses({CourseReport{}});
  ASSERT_TRUE(watch.Read(&response));
  ASSERT_GT(response.results().cells_size(), 0);
  EXPECT_EQ(response.results().cells(0).denominator(), 1);
}

TEST_F(Publish, WatchersOfPublishedFiguresAreToldWhatChangesWithASnapshotAndNothingElse) {
  StartService();
  v1::GetResultsRequest query = YearOf("2025", false);
  query.clear_indicators();
  Watch watch(ChannelOf("reader-public"), query);
  v1::WatchResultsResponse told;
  ASSERT_TRUE(watch.Read(&told));
  EXPECT_EQ(told.results().cells_size(), 0);
  for (const int first : {0, 100}) {
    const v1::GetResultsResponse before = Public();
    DeliverMany(first, 40);
    ASSERT_TRUE(PublishNow().ok());
    ASSERT_TRUE(watch.Read(&told));
    const v1::GetResultsResponse after = Public();
    std::map<std::string, int> changed;
    for (const v1::Cell& cell : before.cells()) --changed[cell.SerializeAsString()];
    for (const v1::Cell& cell : after.cells()) ++changed[cell.SerializeAsString()];
    for (const v1::Cell& cell : told.results().cells()) --changed[cell.SerializeAsString()];
    for (const auto& [cell, count] : changed) EXPECT_LE(count, 0);
    EXPECT_GT(told.results().cells_size(), 0);
    EXPECT_EQ(told.results().provenance().SerializeAsString(), after.provenance().SerializeAsString());
    EXPECT_EQ(told.results().provenance().commit_seq(), 0);
  }
}

TEST_F(Publish, WatchersAreToldOfWhatIsNoLongerThere) {
  StartService();
  DeliverCourses({CourseReport{}});
  Watch watch(ChannelOf("registry-dhrd"), YearOf("2025", true));
  v1::WatchResultsResponse first;
  ASSERT_TRUE(watch.Read(&first));
  ASSERT_GT(first.results().cells_size(), 0);
  DeliverCourses({CourseReport{.stamp = "2026-01-11T10:00:00Z", .end = "2026-01-05"}});
  v1::WatchResultsResponse told;
  ASSERT_TRUE(watch.Read(&told));
  ASSERT_EQ(told.removed_size(), first.results().cells_size());
  EXPECT_EQ(told.removed(0).unit().id(), first.results().cells(0).unit().id());
  EXPECT_FALSE(told.removed(0).has_denominator());
}

TEST_F(Publish, FreshnessTellsOfDeliveriesRefusalsAndCourses) {
  StartService();
  DeliverMany(0, 5);
  Deliver({Request("{")});
  // The refusal is counted behind the answer; a look at a later commit finds it.
  DeliverMany(5, 1);
  grpc::ClientContext context;
  v1::GetFreshnessRequest request;
  request.add_authorities("0751");
  v1::GetFreshnessResponse response;
  ASSERT_TRUE(
      v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"))->GetFreshness(&context, request, &response).ok());
  ASSERT_EQ(response.municipalities_size(), 1);
  EXPECT_EQ(response.municipalities(0).courses(), 6);
  EXPECT_EQ(response.municipalities(0).refused(), 1);
  EXPECT_TRUE(response.municipalities(0).has_last_delivery());
  EXPECT_EQ(response.municipalities(0).newest_event(), "2025-06-01");
}

// Between two snapshots as many courses have changed at most as there were reports: with three, no other number of
// changes is possible. What tells how many came would tell what is hidden.
TEST_F(Publish, ThePublicCannotCountTheReportsBetweenTwoSnapshots) {
  StartService();
  const auto seen = [this](const std::string& who) {
    std::string text;
    v1::GetResultsResponse figures;
    EXPECT_TRUE(GetResults(who, YearOf("2025", false), figures).ok());
    text += std::to_string(figures.provenance().commit_seq());
    grpc::ClientContext context;
    v1::GetFreshnessResponse freshness;
    EXPECT_TRUE(v1::IndicatorService::NewStub(ChannelOf(who))->GetFreshness(&context, {}, &freshness).ok());
    for (const v1::Freshness& of : freshness.municipalities()) text += of.last_delivery().ShortDebugString();
    return text;
  };
  DeliverMany(0, 12);
  ASSERT_TRUE(PublishNow().ok());
  const std::string before = seen("reader-public");
  const std::string before_of_registry = seen("registry-dhrd");
  clock_.Advance(std::chrono::seconds(1));
  DeliverMany(12, 1);
  clock_.Advance(std::chrono::seconds(1));
  DeliverMany(13, 3);
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(seen("reader-public"), before);
  EXPECT_NE(seen("registry-dhrd"), before_of_registry) << "who may read every record may know";
}

// The newest event of all is one citizen's.
TEST_F(Publish, ThePublicIsToldOfNoEventOfOneOrTwoCitizens) {
  StartService();
  DeliverMany(0, 3);
  DeliverCourses({CourseReport{.key = "course-8", .cpr = SyntheticCpr(8), .end = "2025-07-01"},
                  CourseReport{.key = "course-9", .cpr = SyntheticCpr(9), .end = "2025-08-01"}});
  EXPECT_EQ(NewestEventFor("registry-dhrd"), "2025-08-01");
  EXPECT_EQ(NewestEventFor("reader-public"), "2025-06-01");
  DeliverCourses({CourseReport{.key = "course-10", .cpr = SyntheticCpr(10), .end = "2025-09-01"}});
  EXPECT_EQ(NewestEventFor("reader-public"), "2025-07-01");
}

// The day of the third newest event is one citizen's, too, and moves with every course that has a newer one: who looks
// again and again would learn the days one by one, and count the courses between two snapshots.
TEST_F(Publish, ThePublicIsToldNoDayOfAnEventAndCannotCountCoursesByThem) {
  StartService();
  DeliverMany(0, 3);
  const auto deliver = [this](int i, const std::string& end) {
    DeliverCourses({CourseReport{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i), .end = end}});
  };
  deliver(3, "2025-07-03");
  deliver(4, "2025-07-10");
  deliver(5, "2025-07-14");
  EXPECT_EQ(NewestEventFor("reader-public"), "2025-07-01");
  deliver(6, "2025-07-21");
  deliver(7, "2025-07-24");
  EXPECT_EQ(NewestEventFor("reader-public"), "2025-07-01");
  EXPECT_EQ(NewestEventFor("registry-dhrd"), "2025-07-24") << "who may read every record may know";
}

// The only course of its legal basis waits for two more of its municipality. What proves the hidden counts of others
// may name that basis, and is to be read again for every later snapshot.
TEST_F(Publish, GoesOnThoughTheOnlyCourseOfAStratumWaits) {
  StartService();
  std::vector<CourseReport> courses;
  for (int i = 0; courses.size() < 12; ++i) {
    if (SyntheticCpr(i).back() % 2 == 0) continue;  // All are men, so that no other sum is small.
    const std::size_t number = courses.size();
    courses.push_back({.key = "course-" + std::to_string(number), .cpr = SyntheticCpr(i)});
    courses.back().end = number < 6 ? "2025-08-01" : "2025-11-01";
    if (number < 2 || number == 6) courses.back().sessions_attended = 2;
  }
  CourseReport waiting{.key = "waiting", .cpr = SyntheticCpr(50), .municipality = "0101", .legal_basis = "s119"};
  courses.push_back(waiting);
  DeliverCourses(courses);
  ASSERT_TRUE(PublishNow().ok());
  const auto cells = [this] {
    v1::GetResultsResponse response = Public();
    response.clear_provenance();
    return response.SerializeAsString();
  };
  const std::string published = cells();
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(cells(), published);
  waiting.stamp = "2026-01-11T10:00:00Z";
  waiting.entered_in_error = true;
  DeliverCourses({waiting});
  ASSERT_TRUE(PublishNow().ok());
  EXPECT_EQ(cells(), published);
  ASSERT_TRUE(PublishNow().ok());
}

// Live counts beside a snapshot would give away what it hides: the snapshot before and after one more course, less
// that.
TEST_F(Publish, ThePublicSeesNoLiveCountOfCoursesOrAnswers) {
  StartService();
  DeliverMany(0, 12);
  grpc::ClientContext context;
  v1::GetFreshnessRequest request;
  request.add_authorities("0751");
  v1::GetFreshnessResponse response;
  ASSERT_TRUE(
      v1::IndicatorService::NewStub(ChannelOf("reader-public"))->GetFreshness(&context, request, &response).ok());
  ASSERT_EQ(response.municipalities_size(), 1);
  EXPECT_FALSE(response.municipalities(0).has_courses());
  EXPECT_EQ(response.municipalities(0).unknown_percent(), "");
  EXPECT_TRUE(response.municipalities(0).has_last_delivery());
}

// Where indicators become others, what was published and what will be are two series: whoever keeps both may compare.
class NewSeries : public Publish {
 protected:
  void ShowSomething() {
    std::filesystem::copy(config_.content, folder_ / "content", std::filesystem::copy_options::recursive);
    config_.content = folder_ / "content";
    StartService();
    DeliverMany(0, 40);
    ASSERT_TRUE(PublishNow().ok());
    StopService();
  }
  void ChangeIndicators() {
    const std::filesystem::path file = folder_ / "content/indicators/municipal-2017.yaml";
    std::string text = tests::ReadFile(file);
    const std::string version = "version: 1.0.0-draft";
    config_.rebuild = true;
    std::ofstream(file) << text.replace(text.find(version), version.size(), "version: 1.1.0-draft");
  }
  grpc::Status PublishAfter(const google::protobuf::Timestamp& shown, const std::string& reason = "agreed") {
    v1::PublishSnapshotRequest request;
    request.set_reason(reason);
    *request.mutable_new_series_after() = shown;
    return PublishNow(request);
  }
};

TEST_F(NewSeries, IsBegunByNobodyWhoDoesNotSayThatItIsMeant) {
  ShowSomething();
  ChangeIndicators();
  StartService();
  const auto shown = Public();
  EXPECT_GT(shown.cells_size(), 0);
  const grpc::Status refused = PublishNow();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("--new-series-after"));
  clock_.Advance(std::chrono::hours(24 * 31));
  ASSERT_TRUE(service_->Tick().ok());
  EXPECT_EQ(Public().SerializeAsString(), shown.SerializeAsString());
  EXPECT_THAT(log_->Lines(), Contains(HasSubstr("publishing-waits")));
}

TEST_F(NewSeries, BeginsWithAReasonAndTheMomentOfWhatWasPublishedLast) {
  ShowSomething();
  ChangeIndicators();
  StartService();
  const auto shown = Public().provenance().computed_at();
  google::protobuf::Timestamp other = shown;
  other.set_seconds(other.seconds() - 1);
  EXPECT_EQ(PublishAfter(other).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(PublishAfter(shown, "").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(PublishAfter(shown).ok());
  EXPECT_THAT(Public().provenance().indicator_set(), HasSubstr("1.1.0"));
  EXPECT_TRUE(PublishNow().ok()) << "the new series goes on";
  EXPECT_EQ(PublishAfter(Public().provenance().computed_at()).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace hjerte::indicator::testing
