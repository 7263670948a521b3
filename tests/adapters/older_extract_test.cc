// Extracts that come late: an older one dropped into the folder after a newer one.
#include <filesystem>

#include "services/common/time_text.h"
#include "tests/adapters/adapter_fixture.h"

namespace hjerte::adapters {
namespace {

using testing::AdapterHouse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;

struct Course {
  std::string id = "F1";
  std::string diagnosis = "DI214";
  std::string start = "2025-01-10";
  // Of one measurement; empty: there is none.
  std::string walk = "400";
  // Empty: the care system has no stamps.
  std::string changed = "2025-02-01T10:00:00Z";

  std::string Json() const {
    const std::string walked = R"({"id":"W-)" + id +
                               R"(","dato":"2025-01-10","punkt":"start","kode":"six_minute_walk","vaerdi":)" + walk +
                               R"(,"enhed":"m"})";
    return R"({"id":")" + id + R"(","borger":{"cpr":")" + (id == "F1" ? "1502604389" : "1602604389") +
           R"(","kommune":"0751"},"leverandoer":"451007511600571","lov":"119","henvisning":{"dato":"2025-01-02",)"
           R"("fra":"laege"},"diagnose":")" +
           diagnosis + R"(","forloeb":{"start":")" + start +
           R"(","tilstand":"aktiv"},"tilbud":{},"traeninger":[],"maalinger":[)" + (walk.empty() ? "" : walked) + "]" +
           (changed.empty() ? "" : R"(,"aendret":")" + changed + "\"") + "}";
  }
};

class OlderExtract : public ::testing::Test {
 protected:
  // A complete extract of that day of February 2025, in a file of any name.
  void Drop(const std::string& name, int day, const std::vector<Course>& courses) {
    DropTaken(name, (day < 10 ? "2025-02-0" : "2025-02-") + std::to_string(day) + "T22:00:00Z", courses);
  }
  void DropTaken(const std::string& name, const std::string& taken, const std::vector<Course>& courses,
                 bool complete = true) {
    house_.Put("forloeb-" + name + ".json", Extract(taken, courses, complete));
    house_.Run();
  }
  static std::string Extract(const std::string& taken, const std::vector<Course>& courses, bool complete = true) {
    std::string text =
        R"({"udtraek":")" + taken + R"(","komplet":)" + (complete ? "true" : "false") + R"(,"forloeb":[)";
    for (const Course& course : courses) text += (&course == courses.data() ? "" : ",") + course.Json();
    return text + "]}";
  }

  AdapterHouse house_{"json"};
};

// The folder holds every extract there was, and an answer takes longer than reading them. How often the version of 400
// metres, which is in the middle, is refused until nothing moves.
int RefusalsOfTheOneInTheMiddle(AdapterHouse& house) {
  house.link.away = false;
  int refused = 0;
  bool later = false;
  house.link.judge = [&](const std::string& bundle) {
    if (bundle.find("\"value\":500") != std::string::npos) {
      later = !later;
      return later ? LinkEvent::Kind::kTryLater : LinkEvent::Kind::kReceived;
    }
    const bool wrong = bundle.find("\"value\":400") != std::string::npos;
    refused += wrong ? 1 : 0;
    return wrong ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  for (int i = 0; i < 10; ++i) {
    house.clock.Advance(std::chrono::minutes(10));
    house.Run();
  }
  house.link.judge = {};
  return refused;
}

TEST_F(OlderExtract, AVersionThatTheGatewayRefusesIsNotSentAgainAndAgainBeforeTheLaterOneThatMendsIt) {
  house_.link.away = true;
  Drop("1", 2, {{.walk = "500", .changed = ""}});
  Drop("2", 3, {{.walk = "400", .changed = ""}});
  Drop("3", 4, {{.walk = "410", .changed = ""}});
  ASSERT_EQ(house_.Status().outbox.reports, 3);
  EXPECT_EQ(RefusalsOfTheOneInTheMiddle(house_), 1);
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, ThatTellsNoTimeHoldsUpNoLaterOneThoughTheGatewayRefusesIt) {
  house_.link.away = true;
  DropTaken("1", "", {{.walk = "500", .changed = ""}});
  DropTaken("2", "", {{.walk = "400", .changed = ""}});
  DropTaken("3", "", {{.walk = "410", .changed = ""}});
  ASSERT_EQ(house_.Status().outbox.reports, 3);
  EXPECT_LE(RefusalsOfTheOneInTheMiddle(house_), 2);
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, AVersionThatWasRefusedAndComesBackLetterForLetterIsRefusedAgainAndKeptAside) {
  house_.link.judge = [](const std::string& bundle) {
    return bundle.find("\"value\":400") != std::string::npos ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  for (int i = 0; i < 2; ++i) {
    house_.link.away = true;
    DropTaken("all", "", {{.walk = "400", .changed = ""}});
    DropTaken("all", "", {{.walk = "410", .changed = ""}});
    ASSERT_EQ(house_.Status().outbox.reports, 2);
    house_.link.away = false;
    house_.clock.Advance(std::chrono::minutes(10));
    house_.Run();
    EXPECT_THAT(house_.Quarantined(), IsEmpty());
  }
  DropTaken("all", "", {{.walk = "400", .changed = ""}});
  EXPECT_THAT(house_.Quarantined(), ElementsAre(Key("F1")));
}

TEST_F(OlderExtract, ThatWasSentInThePlaceOfWhatTheGatewayRefusedGivesWayWhenThatIsTriedAgain) {
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  Drop("2", 3, {{.walk = "410", .changed = ""}});
  house_.link.judge = {};
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  ASSERT_THAT(house_.link.bundles.back(), HasSubstr("\"value\":400"));
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  house_.RequeueAll();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, ReleasesNoNewerOneThatTheGatewayRefusedWhenItWasTriedAgainToo) {
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  Drop("2", 3, {{.walk = "410", .changed = ""}});
  house_.RequeueAll();
  house_.Run();
  house_.link.judge = {};
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  house_.RequeueAll();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, ChangesNothingOfANewerOneThatTheGatewayTookWhenItWasTriedAgain) {
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  Drop("2", 3, {{.walk = "410", .changed = ""}});
  house_.link.judge = {};
  house_.RequeueAll();
  house_.Run();
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, ThatWasSentInThePlaceOfWhatIsDatedAheadAndGoneIsNotReadHourAfterHour) {
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  house_.link.code = "report-stamp-future";
  Drop("2", 3, {{.walk = "410", .changed = ""}});
  house_.link.judge = {};
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  house_.Remove("forloeb-2.json");
  const auto hour = [this] {
    house_.clock.Advance(std::chrono::minutes(61));
    const std::int64_t read = house_.Open().RecordsRead();
    house_.Run();
    return house_.Open().RecordsRead() - read;
  };
  EXPECT_EQ(hour(), 1) << "it might be in the folder still";
  EXPECT_EQ(hour(), 0);
  house_.RequeueAll();
  EXPECT_EQ(hour(), 1) << "as the operator wants";
  EXPECT_EQ(hour(), 0);
  EXPECT_THAT(house_.Quarantined(), ElementsAre(Key("F1")));
  Drop("2", 3, {{.walk = "410", .changed = ""}});
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, ThatIsRefusedTooTakesNotThePlaceOfTheLaterOneThatIsKeptAside) {
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  Drop("2", 3, {{.walk = "410", .changed = ""}});
  Drop("1", 2, {{.walk = "400", .changed = ""}});
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  house_.link.judge = {};
  house_.RequeueAll();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, WhatAWrongClockPutAsideIsSentWhenTheClockIsRightThoughALaterExtractGaveItOnceMoreMeanwhile) {
  const common::Instant right = house_.clock.Now();
  house_.clock.Set(*common::ParseInstant("2025-01-20T10:00:00Z"));
  Drop("1", 2, {{}});
  EXPECT_THAT(house_.Quarantined(), SizeIs(1)) << "it changed on a day that has not come by this clock";
  house_.clock.Set(right);
  Drop("2", 3, {{}});
  house_.clock.Advance(std::chrono::minutes(61));
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
}

TEST_F(OlderExtract, WhatAWrongClockPutAsideOfItLeavesQuarantineWhenTheClockIsRightAndHoldsUpNoOther) {
  const common::Instant right = house_.clock.Now();
  std::vector<Course> courses;
  for (int i = 1; i <= 70; ++i) courses.push_back({.id = "G" + std::to_string(i)});
  Drop("new", 3, courses);
  house_.clock.Set(*common::ParseInstant("2025-01-20T10:00:00Z"));
  for (Course& course : courses) course.walk = "410";
  Drop("old", 2, courses);
  ASSERT_THAT(house_.Quarantined(), SizeIs(70)) << "by this clock neither day has come";
  DropTaken("other", "2025-02-04T22:00:00Z", {{}}, false);
  house_.clock.Set(right);
  house_.clock.Advance(std::chrono::minutes(61));
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(71));
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("400"));
}

TEST_F(OlderExtract, ASoundRecordOfItIsSentAndReleasesNoNewerWrongOne) {
  Drop("new", 3, {{.start = "2025-02-31"}});
  ASSERT_THAT(house_.Quarantined(), SizeIs(1));
  Drop("old", 2, {{}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.Quarantined(), SizeIs(1)) << "what the newer extract says has not come";
  Drop("newest", 4, {{}});
  EXPECT_THAT(house_.Quarantined(), IsEmpty()) << "the same text again, but newer: the care system took it back";
}

TEST_F(OlderExtract, ASoundRecordOfItReleasesNoNewerOneThatTheGatewayRefused) {
  house_.link.judge = [](const std::string& bundle) {
    return bundle.find("2025-01-11") != std::string::npos ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  Drop("new", 3, {{.start = "2025-01-11", .changed = "2025-02-03T10:00:00Z"}});
  ASSERT_THAT(house_.Quarantined(), SizeIs(1));
  Drop("old", 2, {{}});
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  Drop("newest", 4, {{.start = "2025-01-12", .changed = "2025-02-04T10:00:00Z"}});
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(OlderExtract, AWrongRecordOfItTakesTheNewerWrongOnesPlaceInQuarantineNot) {
  Drop("new", 3, {{.start = "2025-02-31"}});
  const std::string reason = house_.Quarantined().begin()->second;
  Drop("old", 2, {{.walk = "4000"}});
  EXPECT_EQ(house_.Quarantined().begin()->second, reason);
}

TEST_F(OlderExtract, AWrongRecordOfItIsNoMatterWhereANewerOneIsSound) {
  Drop("new", 3, {{}});
  Drop("old", 2, {{.start = "2025-02-31"}});
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(OlderExtract, TakesBackNothingThatCameSince) {
  Drop("new", 3, {{}, {.id = "F2"}});
  ASSERT_THAT(house_.link.Live("Observation"), SizeIs(2));
  Drop("old", 2, {{.walk = ""}});
  EXPECT_THAT(house_.link.Live("Observation"), SizeIs(2)) << "a measurement that was made later";
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
}

TEST_F(OlderExtract, TakesBackNoCourseThatANewerPartOfTheRecordsBrought) {
  const std::vector<Course> newer = {{.walk = "430", .changed = ""}, {.id = "F2"}, {.id = "F3", .start = "2025-02-31"}};
  DropTaken("new", "2025-02-03T22:00:00Z", newer, false);
  ASSERT_THAT(house_.Quarantined(), SizeIs(1));
  Drop("old", 2, {{.walk = "420", .changed = ""}, {.id = "F4"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(3)) << "one is in both, one came later, one is new";
  EXPECT_THAT(house_.Quarantined(), SizeIs(1)) << "what is wrong with a course that came later";
  Drop("newest", 4, {{.walk = "430", .changed = ""}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(OlderExtract, BringsNothingBackThatIsGoneSince) {
  Drop("1", 1, {{}, {.id = "F2"}});
  Drop("3", 3, {{}});
  ASSERT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  Drop("2", 2, {{}, {.id = "F2", .walk = "410"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
}

TEST_F(OlderExtract, BringsNoCourseThatANewerCompleteOneLacksThoughItIsReadForTheFirstTime) {
  Drop("3", 3, {{}});
  Drop("2", 2, {{}, {.id = "F2"}, {.id = "F3", .start = "2025-02-31"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  Drop("4", 4, {{}, {.id = "F2"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
}

TEST_F(OlderExtract, ChangesNoContentThoughTheCareSystemHasNoStamps) {
  Drop("new", 3, {{.walk = "430", .changed = ""}});
  Drop("old", 2, {{.walk = "420", .changed = ""}});
  const std::string walk = house_.link.Live("Observation").at(0);
  EXPECT_THAT(house_.link.Current().at(walk), HasSubstr("430"));
}

TEST_F(OlderExtract, OneThatSaysItIsOfTheFutureMakesNoLaterOneOld) {
  DropTaken("future", "2099-01-01T00:00:00Z", {{}, {.id = "F2"}});
  Drop("new", 3, {{.walk = "410", .changed = "2025-02-03T10:00:00Z"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("410"));
}

TEST_F(OlderExtract, BringsNothingBackThatIsGoneSinceThoughTheGatewayWasSetBack) {
  house_.link.store = "first";
  Drop("1", 1, {{}, {.id = "F2"}});
  Drop("3", 3, {{}});
  ASSERT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  house_.Remove("forloeb-3.json");
  house_.link.SetBack();
  house_.link.store = "second";
  DropTaken("other", "2025-02-04T22:00:00Z", {{.id = "F3"}}, false);
  for (int i = 0; i < 3; ++i) house_.Run();
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2)) << "one is new";
}

TEST_F(OlderExtract, EverythingIsGivenAgainThoughTheGatewayThatWasSetBackHadItFromSeveral) {
  house_.link.store = "first";
  Drop("1", 3, {{}, {.id = "F2"}});
  Drop("2", 2, {{.walk = "410"}});
  house_.link.SetBack();
  house_.link.store = "second";
  Drop("3", 4, {{.start = "2025-01-12", .changed = "2025-02-04T10:00:00Z"}, {.id = "F2"}});
  for (int i = 0; i < 3; ++i) house_.Run();
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
  EXPECT_THAT(house_.link.Live("Observation"), SizeIs(2));
}

// The same of CSV: folders in the order of their names, and files by when they were written.
class OlderCsvExtract : public ::testing::Test {
 protected:
  void Drop(const std::string& folder, const std::string& start, std::chrono::days age = std::chrono::days(0)) {
    const std::string at = folder.empty() ? "" : folder + "/";
    std::filesystem::create_directories(house_.folder() / "drop" / folder);
    house_.Put(at + "sessioner.csv", "SessionsID;ForløbsID;Dato;Status;Aflyst af;Ændret\r\n");
    house_.Put(at + "maalinger.csv", "MålingsID;ForløbsID;Dato;Tidspunkt;Type;Værdi;Enhed;Ændret\r\n");
    house_.Put(at + "forloeb.csv",
               "ForløbsID;CPR;Kommunekode;Leverandør SOR;Lovgrundlag;Henvisningsdato;Henvist fra;Diagnosekode;"
               "Procedurekode;Startdato;Slutdato;Status;Afslutningsårsag;Overflyttet til;Dødsdato;Træning;"
               "Diætbehandling;Rygestoptilbud;Patientuddannelse;Psykosocialt tilbud;Bemærkning;Ændret\r\n"
               "F1;1502604389;0751;325421000016001;§119;02-01-2025;Hospital;DI214;;" +
                   start + ";;I gang;;;;Ja;;;;;;\r\n");
    for (const char* name : {"sessioner.csv", "maalinger.csv", "forloeb.csv"}) {
      std::filesystem::last_write_time(house_.folder() / "drop" / (at + name), written_ - age);
    }
    house_.Run();
  }

  AdapterHouse house_{"csv"};
  // Before the house's day.
  std::filesystem::file_time_type written_ =
      std::chrono::file_clock::from_sys(house_.clock.Now() - std::chrono::days(1));
};

TEST_F(OlderCsvExtract, OfAFolderThatStandsBeforeANewerOneReleasesNothing) {
  Drop("2025-02-03", "31-02-2025");
  ASSERT_THAT(house_.Quarantined(), ElementsAre(Key("F1")));
  Drop("2025-02-02", "10-01-2025");
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  Drop("2025-02-04", "10-01-2025");
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(OlderCsvExtract, ThatWasWrittenEarlierReleasesNothingAndChangesNothing) {
  Drop("", "31-02-2025");
  Drop("", "10-01-2025", std::chrono::days(1));
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  Drop("", "11-01-2025");
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  Drop("", "12-01-2025", std::chrono::days(1));
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr("2025-01-11"));
}

// The later one says the same letter for letter, and its report is kept aside as the gateway refused it.
TEST_F(OlderExtract, ThatIsUnfitIsNotTakenForTheLaterOneWhenBothAreReadAgain) {
  const common::Instant right = house_.clock.Now();
  house_.clock.Set(right + std::chrono::hours(24 * 300));
  house_.link.away = true;
  Drop("1", 2, {{.changed = ""}});
  Drop("2", 3, {{.changed = ""}});
  house_.link.away = false;
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  house_.clock.Advance(std::chrono::minutes(10));
  house_.Run();
  house_.link.judge = {};
  house_.clock.Set(right);
  house_.Configure("  path:", "  carries: [six_minute_walk, smoking]\n  path:");
  house_.Run();
  ASSERT_THAT(house_.Quarantined(), SizeIs(1)) << "its stamp must follow the refused one, which lies ahead";
  house_.clock.Set(right + std::chrono::hours(24 * 301));
  house_.RequeueAll();
  for (int i = 0; i < 3; ++i) house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Carried(), ElementsAre("six_minute_walk", "smoking"));
}

TEST_F(OlderExtract, ThatIsTouchedWhileALaterOneIsReadTakesNothingBackOfWhatBothHold) {
  const std::vector<Course> courses = {{}, {.id = "F2"}, {.id = "F3"}};
  Drop("1", 2, courses);
  ASSERT_THAT(house_.link.Live("ServiceRequest"), SizeIs(3));
  house_.Configure("  poll: 1s", "  poll: 1s\n  batch: 1");
  house_.Put("forloeb-2.json", Extract("2025-02-03T22:00:00Z", courses));
  house_.clock.Advance(std::chrono::seconds(2));
  ASSERT_TRUE(house_.Step().ok());
  ASSERT_TRUE(house_.Step().ok());
  house_.Crash();
  Drop("1", 2, courses);
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(3));
}

TEST_F(OlderExtract, ThatIsReadAgainBeforeTheLaterOneLeavesNothingWithWhatItsSourceCarriedBefore) {
  DropTaken("1", "", {{.walk = "400"}});
  DropTaken("2", "", {{.walk = "410", .changed = "2025-02-03T10:00:00Z"}});
  house_.Configure("  path:", "  carries: [six_minute_walk, smoking]\n  path:");
  house_.Run();
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
  EXPECT_THAT(house_.link.Carried(), ElementsAre("six_minute_walk", "smoking"));
  const std::size_t sent = house_.link.bundles.size();
  house_.Crash();
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(sent));
}

// Each of the two is right by what is known at its time; which is later shows when the clock is right.
TEST_F(OlderExtract, ThatWasTakenForTheLaterOneByAClockThatIsBehindGivesWayWhenTheClockIsRight) {
  Drop("1", 2, {{.walk = "400"}});
  const common::Instant right = *common::ParseInstant("2026-03-01T12:00:00Z");
  house_.clock.Set(*common::ParseInstant("2025-02-02T12:00:00Z"));
  Drop("2", 3, {{.walk = "410", .changed = "2025-02-03T10:00:00Z"}, {.id = "F2"}});
  Drop("9", 1, {{.walk = "400"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1)) << "by this clock the one with two courses lies ahead";
  house_.clock.Set(right);
  house_.clock.Advance(std::chrono::minutes(61));
  house_.Run();
  house_.Run();
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
  EXPECT_THAT(house_.link.Current().at(house_.link.Live("Observation").at(0)), HasSubstr("\"value\":410"));
}

TEST_F(OlderExtract, IsNotReadAndSentForEverWhereTheClockOfTheCareSystemIsHoursAhead) {
  const auto ahead = [this] { return common::FormatInstant(house_.clock.Now() + std::chrono::minutes(150)); };
  const std::vector<Course> now = {{.walk = "410", .changed = ""}, {.id = "F2", .start = "2025-02-31"}};
  DropTaken("2", ahead(), now);
  DropTaken("1", "2026-02-01T10:00:00Z", {{.walk = "400", .changed = ""}, {.id = "F2", .start = "2025-02-30"}});
  std::vector<std::size_t> sent;
  for (int hour = 0; hour < 12; ++hour) {
    house_.clock.Advance(std::chrono::minutes(61));
    DropTaken("3", ahead(), now);
    house_.Run();
    sent.push_back(house_.link.bundles.size());
  }
  EXPECT_EQ(sent.back(), sent.at(4));
}

TEST_F(OlderExtract, ThatIsDatedAYearAheadByMistakeComesIntoForceOnNoLaterDay) {
  DropTaken("1", "2027-02-28T10:00:00Z", {{.walk = "400", .changed = ""}});
  DropTaken("2", "2026-02-28T10:00:00Z", {{.walk = "410", .changed = ""}, {.id = "F2"}});
  ASSERT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
  const std::size_t sent = house_.link.bundles.size();
  house_.clock.Advance(std::chrono::days(365));
  house_.Run();
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(sent));
}

}  // namespace
}  // namespace hjerte::adapters
