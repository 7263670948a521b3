// KL's delivery reports and their second Bundles, from files to what reaches the gateway.
#include <algorithm>
#include <random>

#include "services/common/time_text.h"
#include "tests/adapters/adapter_fixture.h"
#include "tests/adapters/kl_reports.h"
#include "tests/shared.h"

namespace hjerte::adapters {
namespace {

using testing::AdapterHouse;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::k119;
using testing::kCardiac;
using ::testing::Not;
using testing::OtherReferral;
using testing::Plan;
using testing::Referral;
using testing::ReferralInError;
using testing::Report;
using ::testing::SizeIs;
using testing::Walk;

std::vector<std::string> SevenReports() {
  return {Report(1, k119, Referral()),
          Report(2, k119, Referral() + Plan("in-progress")),
          Report(3, kCardiac, Referral() + Walk("w1", "start", 400)),
          Report(4, kCardiac, Referral() + Walk("w1", "start", 410)),
          Report(5, k119, Referral() + Plan("completed", "2025-02-05")),
          Report(6, kCardiac, Referral() + Walk("w2", "end", 470)),
          Report(7, k119, Referral("completed") + Plan("completed", "2025-02-06"))};
}

std::map<std::string, std::string> Delivered(const std::vector<std::string>& reports, bool one_by_one) {
  AdapterHouse house("kl");
  for (std::size_t i = 0; i < reports.size(); ++i) {
    house.Put("file-" + std::to_string(10 + i) + ".json", reports[i]);
    if (one_by_one) house.Run();
  }
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
  std::map<std::string, std::string> current = house.link.Current();
  // Each house has a key of its own, so the citizen's id is another; it is the only one that may differ.
  std::map<std::string, std::string> comparable;
  for (auto& [ref, content] : current) {
    if (ref.starts_with("Patient/")) continue;
    std::string text = content;
    for (std::size_t at = text.find("Patient/"); at != std::string::npos; at = text.find("Patient/", at + 1)) {
      text.erase(at + 8, 36);
    }
    comparable[ref] = text;
  }
  return comparable;
}

TEST(KlAdapter, SevenReportsGiveTheSameStateInAnyOrderAndTwice) {
  std::vector<std::string> reports = SevenReports();
  const auto expected = Delivered(reports, /*one_by_one=*/true);
  EXPECT_THAT(expected.at("CarePlan/k1"), HasSubstr("2025-02-06"));
  EXPECT_THAT(expected.at("Observation/w1"), HasSubstr("410"));
  EXPECT_EQ(Delivered(reports, /*one_by_one=*/false), expected);
  std::vector<std::string> twice = reports;
  twice.insert(twice.end(), reports.begin(), reports.end());
  EXPECT_EQ(Delivered(twice, /*one_by_one=*/true), expected);
  std::reverse(reports.begin(), reports.end());
  EXPECT_EQ(Delivered(reports, /*one_by_one=*/true), expected);
  std::mt19937 random(4);
  for (int i = 0; i < 3; ++i) {
    std::shuffle(reports.begin(), reports.end(), random);
    EXPECT_EQ(Delivered(reports, /*one_by_one=*/true), expected);
  }
}

TEST(KlAdapter, TakesACourseBackAgainWithTheNextReportWhereTheGatewayRefusedThatFirst) {
  AdapterHouse house("kl");
  house.Put("a.json", Report(2, k119, Referral() + Plan("in-progress")));
  house.Run();
  ASSERT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
  const auto heart_failure = [](std::string report) { return report.replace(report.find("DI251"), 5, "DI500"); };
  house.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  house.Put("b.json", heart_failure(Report(3, k119, Referral() + Plan("in-progress"))));
  house.Run();
  house.link.judge = {};
  house.Put("c.json", heart_failure(Report(4, kCardiac, Referral() + Walk("w1", "start", 410))));
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty());
  EXPECT_THAT(house.Quarantined(), IsEmpty());
}

TEST(KlAdapter, ACourseThatTheGatewayRefusesKeepsNoOtherOfItsCitizenBack) {
  AdapterHouse house("kl");
  house.link.judge = [](const std::string& bundle) {
    return bundle.find("2025-01-28") != std::string::npos ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  house.Put("a.json", Report(2, k119, Referral() + OtherReferral()));
  house.Run();
  EXPECT_TRUE(house.Open().Idle()) << "what is refused is not sent again and again";
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house.Quarantined(), SizeIs(1));
}

TEST(KlAdapter, OfTwoCoursesOfACitizenThatTheGatewayRefusesBothAreKeptAsideAndSentAgain) {
  AdapterHouse house("kl");
  house.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  house.Put("a.json", Report(2, k119, Referral() + OtherReferral()));
  house.Run();
  house.link.judge = [](const std::string& bundle) {
    return bundle.find("2025-01-28") != std::string::npos ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  house.RequeueAll();
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1)) << "the other one is refused once more";
  EXPECT_THAT(house.Quarantined(), SizeIs(1));
  house.link.judge = {};
  house.RequeueAll();
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(2));
}

TEST(KlAdapter, SendsEveryCitizensCourseAnewWhenItsStateWasPutBack) {
  AdapterHouse house("kl");
  for (const std::string& report : SevenReports()) {
    house.Put("file.json", report);
    house.Run();
  }
  const auto before = house.link.Current();
  const common::Instant moment = house.clock.Now();
  house.PutBack();
  house.Run();
  EXPECT_EQ(house.link.Current(), before);
  EXPECT_GE(house.link.EarliestStamp(), moment);
}

TEST(KlAdapter, AWrongReportIsKeptAsideByItselfAndASoundOneOfTheSameResourcesReleasesIt) {
  AdapterHouse house("kl");
  house.Put("1.json", Report(1, k119, Referral() + Plan("in-progress")));
  house.Put("2.json", Report(2, kCardiac, Referral() + Walk("w1", "start", 4000)));
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(1));
  EXPECT_THAT(house.Quarantined().begin()->second, HasSubstr("uden for det mulige"));
  EXPECT_THAT(house.link.Live("CarePlan"), SizeIs(1));
  EXPECT_THAT(house.link.Live("Observation"), IsEmpty());
  house.Put("3.json", Report(3, kCardiac, Referral() + Walk("w1", "start", 400)));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Live("Observation"), SizeIs(1));
}

TEST(KlAdapter, AnOlderReportOfTheSameResourcesDoesNotReleaseALaterOneThatIsWrong) {
  AdapterHouse house("kl");
  const std::string sound = Report(1, k119, Referral());
  house.Put("1.json", sound);
  house.Put("3.json", Report(3, k119, Referral("unheard-of")));
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(1));
  house.Put("1-again.json", sound + " ");
  house.Put("2.json", Report(2, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.Quarantined(), SizeIs(1)) << "what the third report says has not come";
  house.Put("4.json", Report(4, k119, Referral("completed")));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
}

TEST(KlAdapter, AnOlderReportOfTheSameResourcesDoesNotReleaseALaterOneThatIsDatedAheadOfAWrongClock) {
  AdapterHouse house("kl");
  const common::Instant now = house.clock.Now();
  house.clock.Set(*common::ParseInstant("2025-02-02T20:00:00Z"));
  house.Put("3.json", Report(3, k119, Referral("completed")));
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(1));
  house.Put("2.json", Report(2, k119, Referral()));
  house.Run();
  house.clock.Set(now);
  house.clock.Advance(std::chrono::hours(1));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Current().at("ServiceRequest/s1"), HasSubstr("completed"));
}

TEST(KlAdapter, OfReportsThatAWrongClockPutAsideTheEarlierOneDoesNotReleaseTheLaterWhenItsTimeHasCome) {
  for (const bool together : {false, true}) {
    AdapterHouse house("kl");
    const common::Instant now = house.clock.Now();
    house.clock.Set(*common::ParseInstant("2025-02-01T10:00:00Z"));
    house.Put("2.json", Report(2, k119, Referral()));
    if (!together) house.Run();
    house.Put("3.json", Report(3, k119, Referral("completed")));
    house.Run();
    ASSERT_THAT(house.Quarantined(), SizeIs(2));
    house.clock.Set(*common::ParseInstant("2025-02-02T20:00:00Z"));
    house.clock.Advance(std::chrono::hours(1));
    house.Run();
    EXPECT_THAT(house.Quarantined(), SizeIs(1));
    house.clock.Set(now);
    house.clock.Advance(std::chrono::hours(1));
    house.Run();
    EXPECT_THAT(house.Quarantined(), IsEmpty());
    EXPECT_THAT(house.link.Current().at("ServiceRequest/s1"), HasSubstr("completed"));
  }
}

TEST(KlAdapter, AReportThatWasDatedAheadByMistakeIsReleasedByTheOneThatCorrectsIt) {
  AdapterHouse house("kl");
  house.clock.Set(*common::ParseInstant("2025-02-02T20:00:00Z"));
  house.Put("2.json", Report(9, k119, Referral()));
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(1));
  house.clock.Advance(std::chrono::hours(24));
  house.Put("3.json", Report(3, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
}

TEST(KlAdapter, AReportThatWasDatedAheadByMistakeIsReleasedByTheOneThatCorrectsItThoughThatWasMadeBeforeItWasRead) {
  AdapterHouse house("kl");
  house.clock.Set(*common::ParseInstant("2025-02-04T20:00:00Z"));
  house.Put("2.json", Report(9, k119, Referral()));
  std::filesystem::last_write_time(house.folder() / "drop/2.json", std::filesystem::file_time_type::clock::from_sys(
                                                                       *common::ParseInstant("2025-02-02T20:00:00Z")));
  house.Put("3-late.json", Report(1, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.Quarantined(), SizeIs(1)) << "one that was made before it corrects nothing";
  house.clock.Advance(std::chrono::hours(2));
  house.Put("3.json", Report(3, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
}

TEST(KlAdapter, ASourceThatIsSaidToCarryMoreSaysSoOfTheCoursesThatWereSent) {
  AdapterHouse house("kl");
  house.Configure("kl-with-cardiac", "kl");
  house.Put("1.json", Report(1, k119, Referral() + Plan("in-progress")));
  house.Run();
  EXPECT_THAT(house.link.Carried(), AllOf(Contains("diet_treatment"), Not(Contains("smoking"))));
  house.Remove("1.json");
  house.Configure("carries_profile: kl", "carries_profile: kl-with-cardiac");
  house.Run();
  EXPECT_THAT(house.link.Carried(), Contains("smoking"));
}

TEST(KlAdapter, ASourceThatIsSaidToCarryLessWhileACourseWasTakenBackSaysSoWhenItIsToldAgain) {
  AdapterHouse house("kl");
  house.Put("1.json", Report(1, kCardiac, Referral() + Walk("w1", "start", 400)));
  house.Run();
  house.Put("2.json", Report(2, k119, ReferralInError()));
  house.Run();
  ASSERT_THAT(house.link.Live("ServiceRequest"), IsEmpty());
  house.Configure("carries_profile: kl-with-cardiac", "carries_profile: kl");
  house.Put("3.json", Report(3, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.link.Live("Observation"), SizeIs(1));
  EXPECT_THAT(house.link.Carried(), AllOf(Contains("diet_treatment"), Not(Contains("smoking"))));
}

TEST(KlAdapter, AnotherMapReachesWhatWasReadAndSent) {
  AdapterHouse house("kl");
  const std::filesystem::path content = house.folder() / "registry";
  std::filesystem::copy(tests::SourceDir() / "mapping/dhrd", content, std::filesystem::copy_options::recursive);
  house.Configure((tests::SourceDir() / "mapping/dhrd").string(), content.string());
  house.Put("1.json", Report(1, k119, Referral() + Plan("in-progress")));
  house.Put("3.json", Report(3, kCardiac, Referral() + Walk("w1", "start", 400)));
  house.Run();
  house.Put("4.json", Report(4, k119, Referral("completed") + Plan("completed", "2025-02-05")));
  house.Run();
  house.Remove("3.json");
  EXPECT_THAT(house.link.Current().at("ServiceRequest/s1"), HasSubstr("s119"));
  house.Crash();
  std::string map = tests::ReadFile(content / "maps/kl-report.map");
  const std::string basis = "coding.code = 's119'";
  house.folder().Write("registry/maps/kl-report.map",
                       map.replace(map.find(basis), basis.size(), "coding.code = 's140'"));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Current().at("ServiceRequest/s1"), AllOf(HasSubstr("s140"), HasSubstr("completed")));
  EXPECT_THAT(house.link.Live("Observation"), SizeIs(1)) << "its file is gone, not what it brought";
  const std::size_t sent = house.link.bundles.size();
  house.Crash();
  house.Run();
  EXPECT_THAT(house.link.bundles, SizeIs(sent)) << "once";
}

TEST(KlAdapter, AnotherMapBringsNothingBackThatWasEnteredInErrorUnderTheSameStamp) {
  AdapterHouse house("kl");
  const std::filesystem::path content = house.folder() / "registry";
  std::filesystem::copy(tests::SourceDir() / "mapping/dhrd", content, std::filesystem::copy_options::recursive);
  house.Configure((tests::SourceDir() / "mapping/dhrd").string(), content.string());
  const std::string walk = Walk("w1", "start", 400);
  std::string in_error = walk;
  in_error.replace(in_error.find("final"), 5, "entered-in-error");
  house.Put("1.json", Report(1, k119, Referral() + Plan("in-progress")));
  house.Put("2.json", Report(2, kCardiac, Referral() + walk));
  house.Run();
  ASSERT_THAT(house.link.Live("Observation"), SizeIs(1));
  house.Put("3.json", Report(2, kCardiac, Referral() + in_error));
  house.Run();
  ASSERT_THAT(house.link.Live("Observation"), IsEmpty());
  house.Remove("3.json");
  house.Crash();
  const std::string map = tests::ReadFile(content / "maps/kl-report.map");
  house.folder().Write("registry/maps/kl-report.map", map + "\n// Another one.\n");
  house.Run();
  EXPECT_THAT(house.link.Live("Observation"), IsEmpty());
}

// Section 140 has no codes for a diet treatment: that it is not there says nothing.
TEST(KlAdapter, ACourseWhoseLegalBasisIsCorrectedCarriesWhatItsNewOneHas) {
  AdapterHouse house("kl");
  const std::string opening = Report(1, k119, Referral() + Plan("in-progress"));
  house.Put("1.json", opening);
  house.Put("2.json", Report(3, kCardiac, Referral() + Walk("w1", "start", 400)));
  house.Run();
  EXPECT_THAT(house.link.Carried(), Contains("diet_treatment"));
  std::string corrected = Report(4, k119, Referral() + Plan("in-progress"));
  const std::string basis = "klgateway-119-servicerequest";
  house.Put("3.json", corrected.replace(corrected.find(basis), basis.size(), "klgateway-140-servicerequest"));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Carried(), AllOf(Contains("six_minute_walk"), Not(Contains("diet_treatment"))));
}

TEST(KlAdapter, AReportThatWasTooLargeIsReadWhenItMayBeAndIsAskedFor) {
  AdapterHouse house("kl");
  house.Configure("  path:", "  limits: {file: 1KiB}\n  path:");
  house.Put("1.json", Report(1, k119, Referral() + Plan("in-progress")));
  house.Run();
  EXPECT_THAT(house.Quarantined(), SizeIs(1));
  house.Configure("  limits: {file: 1KiB}\n", "");
  house.RequeueAll();
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
}

TEST(KlAdapter, AReportThatWasDatedAheadByMistakeIsReleasedThoughItWasTriedAgainSinceItsCorrectionWasMade) {
  AdapterHouse house("kl");
  house.clock.Set(*common::ParseInstant("2025-02-02T17:30:00Z"));
  house.Put("wrong.json", Report(9, k119, Referral()));
  std::filesystem::last_write_time(
      house.folder() / "drop/wrong.json",
      std::filesystem::file_time_type::clock::from_sys(*common::ParseInstant("2025-02-02T22:00:00Z")));
  house.Run();
  house.clock.Advance(std::chrono::minutes(61));
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(1));
  house.Put("right.json", Report(2, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty()) << "by the clock of a share that is ahead it was written later";
}

TEST(KlAdapter, WhatWasDatedAheadOfAWrongClockIsTakenUpWhenTheClockIsRightThoughALaterReportLetsAnOlderOneOut) {
  AdapterHouse house("kl");
  const common::Instant now = house.clock.Now();
  house.clock.Set(now - std::chrono::hours(3 * 365 * 24));
  house.Put("1.json", Report(1, k119, Referral()));
  house.Put("2.json", Report(2, kCardiac, Referral() + Walk("w1", "start", 400)));
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(2));
  house.clock.Set(now);
  house.clock.Advance(std::chrono::hours(1));
  house.Run();
  EXPECT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_THAT(house.link.Live("Observation"), SizeIs(1));
}

TEST(KlAdapter, WhatWaitsForItsReferralFollowsWhenItComes) {
  AdapterHouse house("kl");
  house.Put("2.json", Report(2, kCardiac, Walk("w1", "start", 400)));
  house.Run();
  EXPECT_THAT(house.link.bundles, IsEmpty());
  house.Put("1.json", Report(1, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.link.Live("Observation"), SizeIs(1));
  EXPECT_THAT(house.link.bundles.back(), Not(HasSubstr("Hemmelig"))) << "names stay in the house";
}

TEST(KlAdapter, OfKlsOwnExamplesOnlyTheHeartCaseIsSent) {
  HJERTE_REQUIRE_SHARED("data/kl-gateway");
  AdapterHouse house("kl");
  const auto examples = tests::SharedDir() / "data/kl-gateway";
  for (const auto& file : std::filesystem::recursive_directory_iterator(examples)) {
    if (!file.is_regular_file()) continue;
    house.Put(file.path().parent_path().filename().string() + "-" + file.path().filename().string(),
              tests::ReadFile(file.path()));
  }
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), ::testing::ElementsAre("ServiceRequest/BrunoRequestInformation"));
  EXPECT_EQ(house.Status().courses.sent, 1);
  for (const std::string& bundle : house.link.bundles) {
    for (const char* other : {"DE11", "DJ44", "DS72"}) EXPECT_THAT(bundle, Not(HasSubstr(other)));
  }
  const std::string referral = house.link.Current().at("ServiceRequest/BrunoRequestInformation");
  EXPECT_THAT(referral, HasSubstr("2022-05-29"));
  EXPECT_THAT(referral, HasSubstr("s119"));
}

// Of two reports that cannot be read, the one that is put right must not take the other out of quarantine.
TEST(KlAdapter, ReportsInFilesThatAreNamedByCitizensNumbersAreKeptApart) {
  AdapterHouse house("kl");
  house.Put("rapport0101701234.json", "{");
  house.Put("rapport0202701234.json", "{");
  house.Run();
  ASSERT_THAT(house.Quarantined(), SizeIs(2));
  for (const auto& [key, reason] : house.Quarantined()) EXPECT_THAT(key + reason, Not(HasSubstr("701234")));
  house.Put("rapport0101701234.json", Report(1, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.Quarantined(), SizeIs(1));
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
}

}  // namespace
}  // namespace hjerte::adapters
