#include <algorithm>
#include <random>

#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

class Ingest : public CentralTest {};

TEST_F(Ingest, AReportBecomesAResult) {
  StartService();
  DeliverCourses({CourseReport{}});
  const auto cells = Live();
  ASSERT_TRUE(cells.contains("K1"));
  EXPECT_EQ(cells.at("K1").numerator(), 1);
  EXPECT_EQ(cells.at("K1").denominator(), 1);
  EXPECT_EQ(cells.at("K2").numerator(), 1);  // 8 of 10 is 80 per cent
  EXPECT_EQ(cells.at("K3").numerator(), 1);  // 400 → 460 metres
  EXPECT_EQ(cells.at("K6").numerator(), 1);
}

TEST_F(Ingest, EveryRequestGetsOneAnswerInTheOrderOfTheRequests) {
  StartService();
  std::vector<v1::DeliverRequest> requests;
  for (int i = 0; i < 200; ++i) {
    CourseReport course{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)};
    requests.push_back(Request(i % 7 == 3 ? "{" : course.Bundle()));
    requests.back().set_delivery_id("delivery-" + std::to_string(i));
  }
  const auto responses = Deliver(requests);
  ASSERT_EQ(responses.size(), requests.size());
  for (std::size_t i = 0; i < responses.size(); ++i) {
    EXPECT_EQ(responses[i].delivery_id(), requests[i].delivery_id());
    EXPECT_EQ(responses[i].has_receipt(), i % 7 != 3) << responses[i].DebugString();
  }
}

TEST_F(Ingest, TheSameReportAgainIsADuplicateAndASuccess) {
  StartService();
  const v1::DeliverRequest request = Request(CourseReport{}.Bundle());
  const auto responses = Deliver({request, request});
  ASSERT_EQ(responses.size(), 2U);
  std::vector<bool> duplicate = {responses[0].receipt().duplicate(), responses[1].receipt().duplicate()};
  std::sort(duplicate.begin(), duplicate.end());
  EXPECT_EQ(duplicate, (std::vector{false, true}));
  EXPECT_EQ(responses[0].receipt().commit_seq(), responses[1].receipt().commit_seq());
  EXPECT_EQ(Live().at("K1").denominator(), 1);
}

TEST_F(Ingest, ADeliveryIdWithOtherBytesIsAConflict) {
  StartService();
  v1::DeliverRequest first = Request(CourseReport{}.Bundle());
  v1::DeliverRequest other = Request(CourseReport{.walk_end = "500"}.Bundle());
  other.set_delivery_id(first.delivery_id());
  ASSERT_TRUE(Deliver({first}).at(0).has_receipt());
  const auto responses = Deliver({other});
  ASSERT_TRUE(responses.at(0).has_rejection());
  EXPECT_EQ(responses[0].rejection().kind(), v1::REJECTION_KIND_CONFLICT);
}

TEST_F(Ingest, ABundleIdWithTheSameBytesIsADuplicateAndWithOtherBytesAConflict) {
  StartService();
  v1::DeliverRequest first = Request(CourseReport{.bundle_id = "report-1"}.Bundle());
  v1::DeliverRequest again = first;
  again.set_delivery_id("again");
  v1::DeliverRequest other = Request(CourseReport{.walk_end = "500", .bundle_id = "report-1"}.Bundle());
  ASSERT_TRUE(Deliver({first}).at(0).has_receipt());
  EXPECT_TRUE(Deliver({again}).at(0).receipt().duplicate());
  EXPECT_EQ(Deliver({other}).at(0).rejection().kind(), v1::REJECTION_KIND_CONFLICT);
}

TEST_F(Ingest, AnAdapterDeliversForItsOwnAuthorityOnly) {
  StartService();
  const auto responses = Deliver({Request(CourseReport{}.Bundle(), "0101")});
  ASSERT_EQ(responses.size(), 1U);
  EXPECT_EQ(responses[0].rejection().kind(), v1::REJECTION_KIND_NOT_ALLOWED);
  EXPECT_TRUE(Live().empty());
}

TEST_F(Ingest, AnotherAuthorityWithTheSameIdsKeysAndCitizenChangesNothingOfIt) {
  StartService();
  const auto with_ids = [this](const CourseReport& course, const std::string& authority) {
    v1::DeliverRequest request = Request(course.Bundle(), authority);
    request.set_delivery_id("the-same");
    return request;
  };
  const CourseReport course{.bundle_id = "the-same"};
  ASSERT_TRUE(Deliver({with_ids(course, "0751")}).at(0).has_receipt());
  const std::string record = Fold(Export()).at("0751/course-1");
  CourseReport hostile = course;
  hostile.stamp = "2026-01-20T10:00:00Z";
  hostile.entered_in_error = true;
  const auto responses = Deliver({with_ids(hostile, "0101")}, "adapter-0101");
  ASSERT_TRUE(responses.at(0).has_receipt())
      << "the ids of another authority are no conflict, which would tell of them";
  EXPECT_FALSE(responses[0].receipt().duplicate());
  const auto records = Fold(Export());
  EXPECT_EQ(records.at("0751/course-1"), record);
  EXPECT_EQ(Live().at("K1").denominator(), 1);
}

TEST_F(Ingest, ALaterCorrectionWinsWhateverTheOrderOfArrival) {
  const CourseReport first{.walk_end = "410"};
  const CourseReport later{.stamp = "2026-01-11T10:00:00Z", .walk_end = "460"};
  StartService();
  DeliverCourses({later, first});
  EXPECT_EQ(Live().at("K3").numerator(), 1);
}

TEST_F(Ingest, ACourseEnteredInErrorIsExcludedWithItsReasonAndRetracted) {
  StartService();
  DeliverCourses({CourseReport{}});
  DeliverCourses({CourseReport{.stamp = "2026-01-12T10:00:00Z", .entered_in_error = true}});
  const auto cells = Live();
  ASSERT_TRUE(cells.contains("K1"));
  EXPECT_EQ(cells.at("K1").denominator(), 0);
  const auto& exclusions = cells.at("K1").exclusions();
  const auto reason = std::find_if(exclusions.begin(), exclusions.end(),
                                   [](const auto& count) { return count.reason() == "entered_in_error"; });
  ASSERT_NE(reason, exclusions.end());
  EXPECT_EQ(reason->count(), 1);
  const auto feed = Export();
  ASSERT_EQ(feed.size(), 2U);
  EXPECT_EQ(feed[1].kind(), v1::CHANGE_KIND_RETRACTION);
}

TEST_F(Ingest, ALaterStampRevivesACourseEnteredInError) {
  StartService();
  DeliverCourses({CourseReport{.stamp = "2026-01-12T10:00:00Z", .entered_in_error = true},
                  CourseReport{.stamp = "2026-01-13T10:00:00Z"}});
  EXPECT_EQ(Live().at("K1").denominator(), 1);
}

TEST_F(Ingest, ACorrectedCprMovesTheCourseToTheOtherCitizenInAnyOrder) {
  const CourseReport wrong{.cpr = SyntheticCpr(5)};
  const CourseReport right{.cpr = SyntheticCpr(6), .stamp = "2026-01-12T10:00:00Z"};
  StartService();
  DeliverCourses({wrong});
  DeliverCourses({right});
  EXPECT_EQ(Live().at("K1").denominator(), 1);
  const auto forward = Fold(Export());
  StopService();
  std::filesystem::remove(folder_ / "indicator.db");
  std::filesystem::remove(folder_ / "indicator.db-wal");
  std::filesystem::remove(folder_ / "indicator.db-shm");
  StartService();
  DeliverCourses({right});
  DeliverCourses({wrong});
  EXPECT_EQ(Live().at("K1").denominator(), 1);
  EXPECT_EQ(Fold(Export()), forward);
}

TEST_F(Ingest, ACourseKeyThatTwoSourcesUseForTwoCitizensIsToldWhicheverComesFirst) {
  const CourseReport one{.cpr = SyntheticCpr(5)};
  const CourseReport other{.cpr = SyntheticCpr(6), .stamp = "2026-01-12T10:00:00Z"};
  for (const bool forward : {true, false}) {
    StartService();
    v1::DeliverRequest first = Request((forward ? one : other).Bundle());
    v1::DeliverRequest second = Request((forward ? other : one).Bundle());
    second.mutable_source()->set_id("the system before");
    // Reports of two citizens that arrive together may be kept in either order.
    auto responses = Deliver({first});
    for (v1::DeliverResponse& response : Deliver({second})) responses.push_back(std::move(response));
    const auto told = [](const v1::DeliverResponse& response) {
      const auto& findings = response.receipt().findings();
      return std::any_of(findings.begin(), findings.end(),
                         [](const v1::Finding& finding) { return finding.code() == "course-key-of-another-source"; });
    };
    ASSERT_EQ(responses.size(), 2U);
    EXPECT_FALSE(told(responses[0]));
    EXPECT_TRUE(told(responses[1])) << responses[1].DebugString();
    const std::vector<std::string> lines = log_->Lines();
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("event=course-key-of-another-source authority=0751") != std::string::npos;
    }));
    StopService();
    for (const char* file : {"indicator.db", "indicator.db-wal", "indicator.db-shm"}) {
      std::filesystem::remove(folder_ / file);
    }
  }
}

TEST_F(Ingest, RubbishIsRefusedWithAFindingInBothLanguages) {
  StartService();
  const auto responses = Deliver({Request("{\"resourceType\": \"Bundle\", \"resourceType\": 1}"), Request("[]")});
  ASSERT_EQ(responses.size(), 2U);
  for (const auto& response : responses) {
    ASSERT_TRUE(response.has_rejection());
    EXPECT_EQ(response.rejection().kind(), v1::REJECTION_KIND_INVALID);
    ASSERT_GT(response.rejection().findings_size(), 0);
    EXPECT_FALSE(response.rejection().findings(0).code().empty());
    EXPECT_FALSE(response.rejection().findings(0).text().da().empty());
    EXPECT_FALSE(response.rejection().findings(0).text().en().empty());
  }
}

TEST_F(Ingest, ANumberOutsideItsPlaceRefusesTheReport) {
  StartService();
  const std::string cpr = CourseReport{}.cpr;
  const auto written_with = [&cpr](const std::string& between, const std::string& day) {
    return day + between + cpr.substr(6);
  };
  const std::string day = cpr.substr(0, 2);
  const std::string month = cpr.substr(2, 2);
  const std::string year = cpr.substr(4, 2);
  std::vector<std::string> all;
  for (const char* between : {"", "-", " ", "\xC2\xA0"}) all.push_back(written_with(between, day + month + year));
  for (const std::string& date : {year + month + day, "19" + year + month + day, "19" + year + "-" + month + "-" + day,
                                  day + month + "19" + year, day + "-" + month + "-" + year}) {
    all.push_back(written_with("-", date));
  }
  for (const std::string& written : all) {
    std::string bundle = CourseReport{}.Bundle();
    const std::string key = R"(/sid/course","value":"course-)";
    bundle.insert(bundle.find(key) + key.size(), written);
    const auto responses = Deliver({Request(bundle)});
    ASSERT_TRUE(responses.at(0).has_rejection()) << written;
    const auto& findings = responses[0].rejection().findings();
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const v1::Finding& finding) {
      return finding.code() == "report-citizen-number-elsewhere";
    })) << responses[0].DebugString();
    EXPECT_EQ(responses[0].DebugString().find(written), std::string::npos);
  }
}

// The state depends on the set of accepted reports only.
class Order : public CentralTest {
 protected:
  static std::vector<std::string> Reports() {
    std::vector<std::string> reports;
    for (int i = 0; i < 6; ++i) {
      CourseReport course{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i / 2)};
      course.sessions_attended = 4 + i;
      for (std::string& part : course.Parts()) reports.push_back(std::move(part));
      course.stamp = "2026-01-15T08:00:00Z";
      course.walk_end = std::to_string(400 + 20 * i);
      course.entered_in_error = i == 4;
      for (std::string& part : course.Parts()) reports.push_back(std::move(part));
    }
    return reports;
  }

  // The course records and figures after these reports in this order, in a store of their own.
  std::pair<std::map<std::string, std::string>, std::string> StateAfter(const std::vector<std::string>& reports) {
    StopService();
    config_.store_file = folder_ / ("store-" + std::to_string(++stores_) + ".db");
    StartService();
    std::vector<v1::DeliverRequest> requests;
    for (const std::string& report : reports) requests.push_back(Request(report));
    for (const auto& response : Deliver(requests)) EXPECT_TRUE(IsReceipt(response)) << response.DebugString();
    std::string figures;
    for (const auto& [id, cell] : Live()) figures += cell.DebugString();
    return {Fold(Export()), figures};
  }

  int stores_ = 0;
};

TEST_F(Order, ForwardReverseShuffledAndTwiceGiveTheSameStateAndFigures) {
  std::vector<std::string> reports = Reports();
  const auto forward = StateAfter(reports);
  EXPECT_EQ(forward.first.size(), 5U);
  std::reverse(reports.begin(), reports.end());
  EXPECT_EQ(StateAfter(reports), forward);
  std::mt19937 random(7);
  for (int round = 0; round < 3; ++round) {
    std::shuffle(reports.begin(), reports.end(), random);
    EXPECT_EQ(StateAfter(reports), forward) << "shuffle " << round;
  }
  const std::vector<std::string> once = reports;
  reports.insert(reports.end(), once.begin(), once.end());
  EXPECT_EQ(StateAfter(reports), forward);
}

TEST_F(Order, ARestartKeepsStateAndFigures) {
  const auto before = StateAfter(Reports());
  StopService();
  StartService();
  std::string figures;
  for (const auto& [id, cell] : Live()) figures += cell.DebugString();
  EXPECT_EQ(figures, before.second);
  EXPECT_EQ(Fold(Export()), before.first);
}

}  // namespace
}  // namespace hjerte::indicator::testing
