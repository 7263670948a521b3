// Courses that KL's delivery reports tell of under one number and then under another.
#include "tests/adapters/adapter_fixture.h"
#include "tests/adapters/kl_reports.h"

namespace hjerte::adapters {
namespace {

using testing::AdapterHouse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::k119;
using ::testing::Not;
using testing::OfAnother;
using testing::OfNoCohort;
using testing::OtherReferral;
using testing::Plan;
using testing::Referral;
using testing::ReferralInError;
using testing::Report;
using ::testing::SizeIs;

TEST(KlNumbers, AnOlderReportUnderAnotherNumberThatComesLateTakesNoCourseFromTheOneItWasToldUnderSince) {
  AdapterHouse house("kl");
  for (const std::string& report : {OfAnother(Report(1, k119, Referral())), Report(2, k119, Referral())}) {
    house.Put("file.json", report);
    house.Run();
  }
  const std::string before = house.link.Current().at("ServiceRequest/s1");
  for (const std::string& report : {Report(5, k119, Referral()), OfAnother(Report(3, k119, Referral())),
                                    OfAnother(Report(4, k119, Referral("completed")))}) {
    house.Put("file.json", report);
    house.Run();
    EXPECT_EQ(house.link.Current().at("ServiceRequest/s1"), before);
  }
  house.Put("file.json", OfAnother(Report(6, k119, Referral())));
  house.Run();
  EXPECT_NE(house.link.Current().at("ServiceRequest/s1"), before) << "a later one does";
}

TEST(KlNumbers, AnOlderReportUnderAnotherNumberThatComesLateBringsNoCourseBackThatLeftTheCohortSince) {
  AdapterHouse house("kl");
  for (const std::string& report :
       {Report(1, k119, Referral()), OfNoCohort(Report(3, k119, Referral())), OfAnother(Report(2, k119, Referral()))}) {
    house.Put("file.json", report);
    house.Run();
  }
  EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty());
  house.Put("file.json", Report(4, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1)) << "a later one does";
}

TEST(KlNumbers, ACourseThatIsToldUnderAnotherNumberWithADiagnosisOutsideTheCohortIsTakenBackUnderTheFirst) {
  AdapterHouse house("kl");
  house.Put("1.json", OfAnother(Report(1, k119, Referral() + Plan("in-progress"))));
  house.Run();
  const std::string first = house.link.Live("Patient").front();
  house.Put("3.json", OfNoCohort(Report(3, k119, Referral())));
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty());
  EXPECT_THAT(house.link.Live("Patient"), ElementsAre(first)) << "nothing is told of whom it is none of ours";
  const std::size_t sent = house.link.bundles.size();
  house.Put("2.json", OfAnother(Report(2, k119, Referral("completed") + OtherReferral())));
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), ElementsAre("ServiceRequest/s2"))
      << "an older report brings it not back";
  EXPECT_THAT(house.link.bundles, SizeIs(sent + 1));
  house.Put("4.json", Report(4, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(2)) << "a later one does";
  EXPECT_THAT(house.link.Current().at("ServiceRequest/s1"), Not(HasSubstr(first)));
}

TEST(KlNumbers, ACourseIsToldOfNobodyWhereItsLatestReportIsOutsideTheCohortInWhateverOrderTheReportsCome) {
  for (const bool late : {false, true}) {
    for (const bool other_way : {false, true}) {
      AdapterHouse house("kl");
      std::vector<std::string> reports = {Report(1, k119, Referral()),
                                          OfAnother(OfNoCohort(Report(3, k119, Referral())))};
      if (other_way) reports = {OfAnother(Report(1, k119, Referral())), OfNoCohort(Report(3, k119, Referral()))};
      if (late) {
        house.Put("3.json", reports[1]);
        house.Run();
      }
      house.Put("1.json", reports[0]);
      house.Put("3.json", reports[1]);
      house.Run();
      EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty()) << late << other_way;
    }
  }
}

TEST(KlNumbers, AnOlderReportUnderAnotherNumberThatTheGatewayRefusedFirstTakesNoCourseWhenItIsSentAgain) {
  AdapterHouse house("kl");
  for (const int day : {1, 3}) {
    house.Put("file.json", Report(day, k119, Referral()));
    house.Run();
  }
  const std::string before = house.link.Current().at("ServiceRequest/s1");
  house.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  for (const std::string& report : {Report(2, k119, Referral()), Report(4, k119, OtherReferral())}) {
    house.Put("file.json", OfAnother(report));
    house.Run();
  }
  house.link.judge = {};
  house.Put("file.json", OfAnother(Report(5, k119, OtherReferral())));
  house.Run();
  EXPECT_EQ(house.link.Current().at("ServiceRequest/s1"), before);
}

TEST(KlNumbers, ACourseIsTakenBackWhereItsReferralIsEnteredInErrorUnderANumberThatItWasNeverSentWith) {
  for (const std::string authored_on : {"", R"("authoredOn":"2025-01-28",)"}) {
    for (const bool late : {false, true}) {
      AdapterHouse house("kl");
      if (!late) {
        house.Put("1.json", OfAnother(Report(1, k119, Referral() + Plan("in-progress"))));
        house.Run();
        ASSERT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
      }
      house.Put("3.json", Report(3, k119, ReferralInError(authored_on)));
      house.Run();
      EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty());
      house.Put("2.json", OfAnother(Report(2, k119, Referral("completed"))));
      house.Run();
      EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty()) << "an older report brings it not back";
      EXPECT_THAT(house.Quarantined(), IsEmpty());
      const std::size_t sent = house.link.bundles.size();
      house.Put("4.json", OfAnother(Report(4, k119, Referral())));
      house.Run();
      EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1)) << "a later one does";
      EXPECT_THAT(house.link.bundles, SizeIs(sent + 1));
    }
  }
}

TEST(KlNumbers, AnOlderReportOfANumberUnderWhichACourseWasTakenBackTakesItNotFromTheOneItWasToldUnderSince) {
  for (const std::string authored_on : {"", R"("authoredOn":"2025-01-28",)"}) {
    AdapterHouse house("kl");
    for (const std::string& report : {Report(1, k119, Referral()), Report(2, k119, ReferralInError(authored_on)),
                                      OfAnother(Report(4, k119, Referral()))}) {
      house.Put("file.json", report);
      house.Run();
    }
    const std::string before = house.link.Current().at("ServiceRequest/s1");
    house.Put("file.json", Report(3, k119, Referral("completed")));
    house.Run();
    EXPECT_EQ(house.link.Current().at("ServiceRequest/s1"), before);
    house.Put("file.json", Report(5, k119, Referral("completed")));
    house.Run();
    EXPECT_THAT(house.link.Current().at("ServiceRequest/s1"), HasSubstr("completed")) << "a later one does";
  }
}

TEST(KlNumbers, ACourseThatStoodUnderAnotherNumberForAWhileIsTheFirstOnesAgain) {
  AdapterHouse house("kl");
  const std::string moved = OfAnother(Report(2, k119, Referral()));
  house.Put("1.json", Report(1, k119, Referral()));
  house.Run();
  const std::string before = house.link.Current().at("ServiceRequest/s1");
  house.Put("2.json", moved);
  house.Run();
  EXPECT_NE(house.link.Current().at("ServiceRequest/s1"), before);
  house.Put("3.json", Report(3, k119, Referral()));
  house.Run();
  EXPECT_EQ(house.link.Current().at("ServiceRequest/s1"), before);
  house.Put("4.json", Report(4, k119, Referral()));
  house.Run();
  EXPECT_THAT(house.link.bundles, SizeIs(3)) << "and is told no more";
}

TEST(KlNumbers, KeepsACourseUnderItsCorrectedNumberWhenItsStateWasPutBack) {
  AdapterHouse house("kl");
  house.Put("1.json", Report(1, k119, Referral()));
  house.Put("2.json", OfAnother(Report(2, k119, OtherReferral())));
  house.Put("3.json", OfAnother(Report(3, k119, Referral())));
  house.Put("4.json", Report(4, k119, OtherReferral()));
  house.Run();
  const auto before = house.link.Current();
  house.PutBack();
  house.Run();
  EXPECT_EQ(house.link.Current(), before);
}

}  // namespace
}  // namespace hjerte::adapters
