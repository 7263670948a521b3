// The shipped CSV configuration from files to what reaches the gateway.
#include <filesystem>

#include "adapters/state/delivery_trouble.h"
#include "services/common/time_text.h"
#include "tests/adapters/adapter_fixture.h"

namespace hjerte::adapters {
namespace {

using testing::AdapterHouse;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kCourseHeader =
    "ForløbsID;CPR;Kommunekode;Leverandør SOR;Lovgrundlag;Henvisningsdato;Henvist fra;Diagnosekode;Procedurekode;"
    "Startdato;Slutdato;Status;Afslutningsårsag;Overflyttet til;Dødsdato;Træning;Diætbehandling;Rygestoptilbud;"
    "Patientuddannelse;Psykosocialt tilbud;Bemærkning;Ændret\r\n";
constexpr const char* kSessionHeader = "SessionsID;ForløbsID;Dato;Status;Aflyst af;Ændret\r\n";
constexpr const char* kMeasurementHeader = "MålingsID;ForløbsID;Dato;Tidspunkt;Type;Værdi;Enhed;Ændret\r\n";

// One course as a row; a test changes what it is about.
struct Course {
  std::string id;
  std::string cpr = "1502604389";
  std::string municipality = "0751";
  std::string referred = "02-01-2025";
  std::string diagnosis = "DI214";
  std::string start = "10-01-2025";
  std::string status = "I gang";
  std::string reason = "";
  std::string changed = "10-01-2025 10:00:00";

  std::string Row() const {
    return id + ";" + cpr + ";" + municipality + ";325421000016001;§119;" + referred + ";Hospital;" + diagnosis + ";;" +
           start + ";;" + status + ";" + reason + ";;;Ja;;;;;\"fortrolig; note\";" + changed + "\r\n";
  }
};

class CsvAdapterTest : public ::testing::Test {
 protected:
  void Export(const std::vector<Course>& courses, const std::string& sessions = "",
              const std::string& measurements = "") {
    std::string text = kCourseHeader;
    for (const Course& course : courses) text += course.Row();
    house_.Put("sessioner.csv", kSessionHeader + sessions);
    house_.Put("maalinger.csv", kMeasurementHeader + measurements);
    house_.Put("forloeb.csv", text);
  }
  void Deliver(const std::vector<Course>& courses, const std::string& sessions = "",
               const std::string& measurements = "") {
    Export(courses, sessions, measurements);
    house_.Run();
  }

  AdapterHouse house_{"csv"};
};

TEST_F(CsvAdapterTest, ACourseArrivesOnceAndAnUnchangedExtractSendsNothing) {
  Deliver({{.id = "F1"}}, "S1;F1;12-01-2025;Gennemført;;\r\n", "M1;F1;10-01-2025;Start;6MWT;432,5;m;\r\n");
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
  EXPECT_THAT(house_.link.bundles[0], HasSubstr("432.5"));
  EXPECT_THAT(house_.link.bundles[0], Not(HasSubstr("fortrolig"))) << "a column nobody asked for stays in the house";
  Deliver({{.id = "F1"}}, "S1;F1;12-01-2025;Gennemført;;\r\n", "M1;F1;10-01-2025;Start;6MWT;432,5;m;\r\n");
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
}

TEST_F(CsvAdapterTest, OnlyWhatChangedTravelsWithItsCitizenAndReferral) {
  const std::string first = "S1;F1;12-01-2025;Gennemført;;12-01-2025 10:00:00\r\n";
  Deliver({{.id = "F1"}}, first);
  Deliver({{.id = "F1"}}, first + "S2;F1;14-01-2025;Planlagt;;13-01-2025 10:00:00\r\n");
  ASSERT_THAT(house_.link.bundles, SizeIs(2));
  EXPECT_THAT(house_.link.bundles[1], HasSubstr("2025-01-14"));
  EXPECT_THAT(house_.link.bundles[1], Not(HasSubstr("2025-01-12\"")));
  EXPECT_THAT(house_.link.bundles[1], HasSubstr("\"resourceType\":\"Patient\""));
  EXPECT_THAT(house_.link.bundles[1], HasSubstr("\"resourceType\":\"ServiceRequest\""));
}

TEST_F(CsvAdapterTest, AValueThatGoesForthAndBackIsThreeDeliveries) {
  for (const char* value : {"400", "420", "400"}) {
    Deliver({{.id = "F1"}}, "", "M1;F1;10-01-2025;Start;6MWT;" + std::string(value) + ";m;10-01-2025 10:00:00\r\n");
  }
  ASSERT_THAT(house_.link.bundles, SizeIs(3));
  EXPECT_THAT(std::set<std::string>(house_.link.delivery_ids.begin(), house_.link.delivery_ids.end()), SizeIs(3));
  const std::string observation = house_.link.Live("Observation").at(0);
  EXPECT_THAT(house_.link.Current().at(observation), HasSubstr("400")) << "although the source's stamp never moved";
}

TEST_F(CsvAdapterTest, OutOfScopeCoursesAreCountedAndStayInTheHouse) {
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389", .diagnosis = "DE119"}, {.id = "F3", .diagnosis = ""}});
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
  EXPECT_EQ(house_.Status().courses.out_of_scope, 1);
  EXPECT_EQ(house_.Status().courses.waiting, 1) << "without a diagnosis nobody can judge yet";
  Deliver({{.id = "F1"},
           {.id = "F2", .cpr = "1602604389", .diagnosis = "DE119"},
           {.id = "F3", .diagnosis = "DI251", .changed = "11-01-2025 10:00:00"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
}

TEST_F(CsvAdapterTest, WhatIsGoneSinceACourseStoodUnderAnotherNumberIsTakenBackUnderTheFirstOneToo) {
  Deliver({{.id = "F1"}}, "S1;F1;12-01-2025;Gennemført;;\r\n");
  const std::string session = house_.link.Live("Encounter").at(0);
  Deliver({{.id = "F1", .cpr = "1602604389", .changed = "11-01-2025 10:00:00"}});
  Deliver({{.id = "F1", .changed = "12-01-2025 10:00:00"}});
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr(session.substr(session.find('/') + 1)));
  EXPECT_THAT(house_.link.Live("Encounter"), IsEmpty());
  const std::size_t sent = house_.link.bundles.size();
  Deliver({{.id = "F1", .changed = "13-01-2025 10:00:00"}});
  EXPECT_THAT(house_.link.bundles, SizeIs(sent));
}

TEST_F(CsvAdapterTest, ACourseThatIsEnteredInErrorAndHasNoDiagnosisAnyMoreIsTakenBack) {
  Deliver({{.id = "F1"}});
  Deliver({{.id = "F1", .diagnosis = "", .status = "Fejlregistreret", .changed = "11-01-2025 10:00:00"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), IsEmpty());
  EXPECT_THAT(house_.link.Live("CarePlan"), IsEmpty());
  Deliver({{.id = "F1", .changed = "12-01-2025 10:00:00"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
}

TEST_F(CsvAdapterTest, ACourseWhoseDiagnosisIsCorrectedOutOfTheCohortIsTakenBack) {
  Deliver({{.id = "F1"}});
  Deliver({{.id = "F1", .diagnosis = "DE119", .changed = "11-01-2025 10:00:00"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), IsEmpty());
  EXPECT_THAT(house_.link.Live("CarePlan"), IsEmpty());
  EXPECT_THAT(house_.link.bundles.back(), Not(HasSubstr("DE119")));
}

TEST_F(CsvAdapterTest, ACourseTakenBackForItsDiagnosisIsToldOfOnceWithWhatDecided) {
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389", .diagnosis = "DE119"}});
  EXPECT_EQ(house_.Status().courses.left_cohort, 0) << "one that was never in scope is no event";
  EXPECT_THAT(house_.log->Lines(), Each(Not(HasSubstr("event=out_of_scope"))));
  for (const char* changed : {"11-01-2025 10:00:00", "12-01-2025 10:00:00"}) {
    Deliver({{.id = "F1", .diagnosis = "DE119", .changed = changed}, {.id = "F2", .cpr = "1602604389"}});
  }
  EXPECT_THAT(house_.log->Lines(), Contains(AllOf(HasSubstr("event=out_of_scope course="),
                                                  HasSubstr("decided_by=diagnosis_group"), Not(HasSubstr("DE119"))))
                                       .Times(1));
  EXPECT_EQ(house_.Status().pipeline.courses_left_cohort, 1);
  EXPECT_EQ(ToText(house_.Status().courses),
            "sent 1, out of scope 1 (1 of them sent before and taken back), cannot be judged yet 0, retracted 0");
}

TEST_F(CsvAdapterTest, HowManyRecordsCouldNotBeSentAnewAfterARestoreIsToldOnce) {
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}});
  for (const char* file : {"forloeb.csv", "sessioner.csv", "maalinger.csv"}) house_.Remove(file);
  house_.PutBack();
  for (int look = 0; look < 3; ++look) house_.Run();
  EXPECT_THAT(house_.log->Lines(), Contains(HasSubstr("event=not_sent_anew records=2 ")).Times(1));
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}});
  house_.PutBack();
  house_.Run();
  EXPECT_THAT(house_.log->Lines(), Contains(HasSubstr("event=not_sent_anew")).Times(1));
}

TEST_F(CsvAdapterTest, WhyReportsWaitIsKeptUntilTheGatewayReceivesOne) {
  house_.link.away = true;
  Export({{.id = "F1"}});
  const common::Instant began = house_.clock.Now();
  for (int second = 0; second < 60; ++second) {
    house_.clock.Advance(std::chrono::seconds(1));
    ASSERT_TRUE(house_.Step().ok());
  }
  const auto trouble = ReadTrouble(house_.Open().state());
  ASSERT_TRUE(trouble.ok());
  EXPECT_EQ(trouble->reason, "away");
  EXPECT_GT(trouble->attempts, 5);
  EXPECT_LT(trouble->since_us, trouble->last_us);
  EXPECT_GT(trouble->since_us, began.time_since_epoch().count());
  EXPECT_LE(trouble->next_us - trouble->last_us, 5'000'000);
  house_.Crash();
  house_.link.away = false;
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
  EXPECT_EQ(ReadTrouble(house_.Open().state())->attempts, 0);
}

TEST_F(CsvAdapterTest, WhatIsGoneFromACompleteExtractIsRetractedAndRevivesLater) {
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}}, "S1;F1;12-01-2025;Gennemført;;\r\n");
  Deliver({{.id = "F1"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house_.link.Live("Encounter"), IsEmpty());
  EXPECT_EQ(house_.Status().courses.retracted, 1);
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}}, "S1;F1;12-01-2025;Gennemført;;\r\n");
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
  EXPECT_THAT(house_.link.Live("Encounter"), SizeIs(1));
}

// The registry takes the day of the stamp for a closure without a date: the day it came back is not that day.
TEST_F(CsvAdapterTest, ACourseThatWasGoneForAWhileComesBackWithTheDayItWasClosed) {
  const Course closed{.id = "F2", .cpr = "1602604389", .status = "Afsluttet", .reason = "Gennemført"};
  const std::string own = R"("extension":[{"url":"http://hjertegateway.dk/fhir/StructureDefinition/own-last-updated",)"
                          R"("valueInstant":"2025-01-10T09:00:00Z"}],"lastUpdated":"2026-03-01T)";
  Deliver({{.id = "F1"}, closed});
  Deliver({{.id = "F1"}});
  EXPECT_THAT(house_.link.bundles, Each(Not(HasSubstr("own-last-updated"))));
  Deliver({{.id = "F1"}, closed});
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr(own));
  house_.PutBack();
  house_.Run();
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr(own));
}

TEST_F(CsvAdapterTest, WhatAnOlderExtractSaidCountsWhenALaterOneSaysItLetterForLetter) {
  const auto deliver = [this](const char* written, const std::string& start) {
    Export({{.id = "F1", .start = start, .changed = ""}});
    for (const char* file : {"forloeb.csv", "sessioner.csv", "maalinger.csv"}) {
      std::filesystem::last_write_time(
          house_.folder() / "drop" / file,
          std::filesystem::file_time_type::clock::from_sys(*common::ParseInstant(written)));
    }
    house_.Run();
  };
  deliver("2026-02-02T10:00:00Z", "11-01-2025");
  deliver("2026-02-01T10:00:00Z", "10-01-2025");
  ASSERT_THAT(house_.link.bundles, SizeIs(1)) << "it came late";
  deliver("2026-02-03T10:00:00Z", "10-01-2025");
  ASSERT_THAT(house_.link.bundles, SizeIs(2));
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr("2025-01-10"));
  deliver("2026-02-02T20:00:00Z", "12-01-2025");
  EXPECT_THAT(house_.link.bundles, SizeIs(2)) << "older than what was said again";
  deliver("2026-02-05T10:00:00Z", "10-01-2025");
  deliver("2026-02-06T10:00:00Z", "10-01-2025");
  deliver("2026-02-05T20:00:00Z", "12-01-2025");
  EXPECT_THAT(house_.link.bundles, SizeIs(2)) << "and said once more";
}

TEST_F(CsvAdapterTest, AnEmptyExtractIsNotBelieved) {
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}});
  Deliver({});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
}

TEST_F(CsvAdapterTest, AFaultyExtractDeletesNothing) {
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}});
  Export({{.id = "F1"}});
  house_.Put("forloeb.csv", kCourseHeader + Course{.id = "F1"}.Row() + "F2;short\r\n");
  house_.Run();
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
}

TEST_F(CsvAdapterTest, ARecordWhoseKeyLooksLikeAPlaceIsKeptAsideAndNotTakenBack) {
  Deliver({{.id = "F1"}, {.id = "@/F2", .cpr = "1602604389"}});
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
  Deliver({{.id = "F1"}, {.id = "@/F2", .cpr = "1602604389", .start = "31-02-2025"}});
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2)) << "a faulty record is there all the same";
  Deliver({{.id = "F1", .changed = "11-01-2025 10:00:00"}, {.id = "@/F2", .cpr = "1602604389", .start = "31-02-2025"}});
  EXPECT_THAT(house_.Quarantined(), SizeIs(1)) << "it went with the faults of the extract before";
}

TEST_F(CsvAdapterTest, EveryKindOfFaultIsQuarantinedWithItsReasonAndReleasedWhenItIsMended) {
  const auto batch = [&](bool mended) {
    const std::string changed = mended ? "12-01-2025 10:00:00" : "10-01-2025 10:00:00";
    std::vector<Course> courses = {{.id = "SOUND"}};
    courses.push_back({.id = "CPR", .cpr = mended ? "1702604389" : "170260", .changed = changed});
    courses.push_back({.id = "DATE", .start = mended ? "10-01-2025" : "31-02-2025", .changed = changed});
    courses.push_back({.id = "FUTURE", .referred = mended ? "02-01-2025" : "02-01-2199", .changed = changed});
    courses.push_back({.id = "PLACE", .municipality = mended ? "0751" : "9999", .changed = changed});
    courses.push_back({.id = "STATUS", .status = mended ? "I gang" : "Pauseret", .changed = changed});
    courses.push_back(
        {.id = "REASON", .status = "Afbrudt", .reason = mended ? "Aktivt fravalg" : "Ved ikke", .changed = changed});
    courses.push_back({.id = "UNIT", .changed = changed});
    courses.push_back({.id = "RANGE", .changed = changed});
    const std::string m = ";10-01-2025;Start;6MWT;";
    Deliver(courses, "S1;" + std::string(mended ? "SOUND" : "NOBODY") + ";12-01-2025;Gennemført;;\r\n",
            "M1;UNIT" + m + "400;" + (mended ? "m" : "fod") + ";" + changed + "\r\nM2;RANGE" + m +
                (mended ? "400" : "4000") + ";m;" + changed + "\r\n");
  };
  batch(false);
  const std::map<std::string, std::string> reasons = house_.Quarantined();
  EXPECT_THAT(reasons, SizeIs(9));
  EXPECT_THAT(reasons.at("CPR"), HasSubstr("CPR-nummer"));
  EXPECT_THAT(reasons.at("DATE"), HasSubstr("række 4, kolonne Startdato: værdien er ikke en dato"));
  EXPECT_THAT(reasons.at("FUTURE"), HasSubstr("ikke ligge i fremtiden"));
  EXPECT_THAT(reasons.at("PLACE"), HasSubstr("kommunekode"));
  EXPECT_THAT(reasons.at("STATUS"), HasSubstr("ikke kan oversættes"));
  EXPECT_THAT(reasons.at("REASON"), HasSubstr("kan ikke oversættes"));
  EXPECT_THAT(reasons.at("UNIT"), HasSubstr("enhed"));
  EXPECT_THAT(reasons.at("RANGE"), HasSubstr("uden for det mulige"));
  EXPECT_THAT(reasons.at("@/sessioner.csv:2"), HasSubstr("henviser til et forløb, der ikke findes"));
  for (const auto& [key, reason] : reasons) EXPECT_THAT(reason, Not(HasSubstr("170260"))) << key;
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1)) << "the sound one is delivered";
  batch(true);
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(9));
}

TEST_F(CsvAdapterTest, ARecordThatCouldNotBeReadIsNotSentInPartWhenItIsTriedAgain) {
  Deliver({{.id = "F1"}});
  Deliver({{.id = "F1", .start = "31-02-2025", .changed = "11-01-2025 10:00:00"}});
  ASSERT_THAT(house_.Quarantined(), SizeIs(1));
  ASSERT_TRUE(Quarantine(house_.Open().state()).Requeue("F1").ok());
  house_.Run();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  EXPECT_THAT(house_.link.bundles, SizeIs(1)) << "a course without the start that could not be read";
  EXPECT_THAT(house_.link.Live("CarePlan"), SizeIs(2));
  Deliver({{.id = "F1", .start = "12-01-2025", .changed = "12-01-2025 10:00:00"}});
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(CsvAdapterTest, NothingIsLostOrDoubledWhateverTheMomentOfACrash) {
  std::vector<Course> courses;
  for (int i = 0; i < 200; ++i)
    courses.push_back({.id = "F" + std::to_string(i), .cpr = "1502604" + std::to_string(100 + i)});
  Export(courses);
  for (int round = 0; round < 400 && house_.link.Live("ServiceRequest").size() < courses.size(); ++round) {
    house_.clock.Advance(std::chrono::seconds(2));
    ASSERT_TRUE(house_.Step().ok());
    house_.Crash();
  }
  house_.Run();
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(200));
  EXPECT_THAT(std::set<std::string>(house_.link.bundles.begin(), house_.link.bundles.end()), SizeIs(200))
      << "a replay is the same bytes";
}

TEST_F(CsvAdapterTest, WhatTheSourceIsSaidToCarryIsCorrectedForWhatWasSentToo) {
  Deliver({{.id = "F1"}}, "S1;F1;12-01-2025;Gennemført;;\r\n", "M1;F1;10-01-2025;Start;6MWT;432,5;m;\r\n");
  const std::set<std::string> all = house_.link.Carried();
  EXPECT_THAT(all, AllOf(Contains("six_minute_walk"), Contains("weight")));
  const std::map<std::string, std::string> before = house_.link.Current();
  house_.Configure("  path:", "  carries: [six_minute_walk, smoking]\n  path:");
  house_.Run();
  EXPECT_THAT(house_.link.Carried(), ElementsAre("six_minute_walk", "smoking"))
      << "though the care system's files rest";
  house_.Configure("  carries: [six_minute_walk, smoking]\n", "");
  house_.Run();
  EXPECT_EQ(house_.link.Carried(), all);
  EXPECT_EQ(house_.link.Current(), before);
  EXPECT_THAT(house_.link.bundles, SizeIs(3));
  house_.Crash();
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(3)) << "once";
}

TEST_F(CsvAdapterTest, WhatTheSourceIsSaidToCarryIsCorrectedTooForWhatAFaultyExtractLacked) {
  const std::string sessions = "S1;F1;12-01-2025;Gennemført;;\r\n";
  Deliver({{.id = "F1"}}, sessions);
  house_.Configure("  path:", "  carries: [six_minute_walk, smoking]\n  path:");
  Deliver({{.id = "F1"}}, "S1;F1\r\n");
  Deliver({{.id = "F1"}}, sessions);
  ASSERT_THAT(house_.link.Live("Encounter"), SizeIs(1));
  EXPECT_THAT(house_.link.Carried(), ElementsAre("six_minute_walk", "smoking"));
}

TEST_F(CsvAdapterTest, AnExtractThatWasTooLargeIsReadWhenItMayBeAndIsAskedFor) {
  house_.Configure("  path:", "  limits: {rows: 1}\n  path:");
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}});
  EXPECT_THAT(house_.link.bundles, IsEmpty());
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  house_.RequeueAll();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), SizeIs(1)) << "it still may not";
  house_.Configure("  limits: {rows: 1}\n", "");
  house_.RequeueAll();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(2));
}

TEST_F(CsvAdapterTest, ReportsWaitWhileTheGatewayIsAwayAndArriveAfterwards) {
  house_.link.away = true;
  Deliver({{.id = "F1"}});
  EXPECT_EQ(house_.Status().outbox.reports, 1);
  house_.Crash();
  house_.link.away = false;
  for (int i = 0; i < 5; ++i) {
    house_.clock.Advance(std::chrono::minutes(10));
    house_.Run();
  }
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_EQ(house_.Status().outbox.reports, 0);
}

TEST_F(CsvAdapterTest, ReportsOfOneCitizenKeepTheirOrderWhileOthersRunAhead) {
  bool later = true;
  house_.link.judge = [&](const std::string& bundle) {
    const bool held = later && bundle.find("1502604389") != std::string::npos;
    return held ? LinkEvent::Kind::kTryLater : LinkEvent::Kind::kReceived;
  };
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}});
  EXPECT_THAT(house_.link.bundles, SizeIs(1)) << "the other citizen's report does not wait";
  Deliver({{.id = "F1", .start = "11-01-2025", .changed = "11-01-2025 10:00:00"}, {.id = "F2", .cpr = "1602604389"}});
  later = false;
  for (int i = 0; i < 5; ++i) {
    house_.clock.Advance(std::chrono::minutes(10));
    house_.Run();
  }
  ASSERT_THAT(house_.link.bundles, SizeIs(3));
  EXPECT_THAT(house_.link.bundles[1], HasSubstr("2025-01-10"));
  EXPECT_THAT(house_.link.bundles[2], HasSubstr("2025-01-11"));
}

TEST_F(CsvAdapterTest, ARefusedReportGoesToQuarantineAndItsNextVersionBringsEverything) {
  house_.link.judge = [](const std::string& bundle) {
    return bundle.find("\"400\"") != std::string::npos || bundle.find("\"value\":400") != std::string::npos
               ? LinkEvent::Kind::kRefused
               : LinkEvent::Kind::kReceived;
  };
  const std::string session = "S1;F1;12-01-2025;Gennemført;;12-01-2025 10:00:00\r\n";
  Deliver({{.id = "F1"}}, session, "M1;F1;10-01-2025;Start;6MWT;400;m;10-01-2025 10:00:00\r\n");
  EXPECT_THAT(house_.Quarantined(), ElementsAre(Pair("F1", "afvist")));
  Deliver({{.id = "F1"}}, session, "M1;F1;10-01-2025;Start;6MWT;410;m;11-01-2025 10:00:00\r\n");
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("Encounter"), SizeIs(1)) << "what had not changed since the refusal arrives too";
}

TEST_F(CsvAdapterTest, AReportThatIsTooLargeForTheGatewayGoesToQuarantineAndKeepsNoOtherBack) {
  house_.link.report_bytes_max = 30'000;
  std::string sessions;
  for (int i = 0; i < 100; ++i) sessions += "S" + std::to_string(i) + ";F1;12-01-2025;Gennemført;;\r\n";
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389"}}, sessions);
  // The first of them ended the connection: it was sent before the gateway had said how much it takes.
  house_.clock.Advance(std::chrono::seconds(5));
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
  EXPECT_EQ(house_.Status().outbox.reports, 0);
  EXPECT_THAT(house_.Quarantined(), ElementsAre(Pair("F1", HasSubstr("modtager højst 30000"))));
  EXPECT_EQ(Quarantine(house_.Open().state()).Of("F1")->front().findings.front().code, "report-too-large");
  house_.link.report_bytes_max = 300'000;
  house_.link.End("restarted with a higher limit");
  house_.Run();
  house_.clock.Advance(std::chrono::seconds(5));
  house_.RequeueAll();
  house_.Run();
  EXPECT_THAT(house_.link.Live("Encounter"), SizeIs(100));
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(CsvAdapterTest, AMeasurementThatIsGoneIsTakenBackAgainWhereTheGatewayRefusedThatFirst) {
  const std::string second = "M2;F1;10-01-2025;Start;6MWT;400;m;10-01-2025 10:00:00\r\n";
  Deliver({{.id = "F1"}}, "", "M1;F1;10-01-2025;Start;Vægt;80;kg;10-01-2025 10:00:00\r\n" + second);
  const std::size_t before = house_.link.Live("Observation").size();
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  Deliver({{.id = "F1"}}, "", second);
  house_.link.judge = {};
  Deliver({{.id = "F1", .changed = "12-01-2025 10:00:00"}}, "", second);
  EXPECT_THAT(house_.link.Live("Observation"), SizeIs(before - 1));
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(CsvAdapterTest, WhatFollowedARefusedReportArrivesWholeThoughItsFilesAreGone) {
  house_.link.away = true;
  const std::string session = "S1;F1;12-01-2025;Gennemført;;12-01-2025 10:00:00\r\n";
  Deliver({{.id = "F1"}}, session, "M1;F1;10-01-2025;Start;6MWT;400;m;10-01-2025 10:00:00\r\n");
  Deliver({{.id = "F1"}}, session, "M1;F1;10-01-2025;Start;6MWT;410;m;11-01-2025 10:00:00\r\n");
  ASSERT_EQ(house_.Status().outbox.reports, 2);
  for (const auto& file : std::filesystem::directory_iterator(house_.folder() / "drop")) {
    std::filesystem::remove(file.path());
  }
  house_.link.away = false;
  house_.link.judge = [](const std::string& bundle) {
    return bundle.find("\"value\":400") != std::string::npos ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  for (int i = 0; i < 5; ++i) {
    house_.clock.Advance(std::chrono::minutes(10));
    house_.Run();
    house_.Crash();
  }
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("Encounter"), SizeIs(1));
  EXPECT_THAT(house_.link.Live("Observation"), SizeIs(::testing::Ge(1U)));
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr("\"value\":410"));
}

TEST_F(CsvAdapterTest, WhatFollowedARefusedReportOfAnotherNumberIsOfTheCorrectedOneAlone) {
  house_.link.away = true;
  Deliver({{.id = "F1"}}, "", "M1;F1;10-01-2025;Start;6MWT;400;m;10-01-2025 10:00:00\r\n");
  Deliver({{.id = "F1", .cpr = "1602604389"}}, "", "M1;F1;10-01-2025;Start;6MWT;410;m;11-01-2025 10:00:00\r\n");
  ASSERT_EQ(house_.Status().outbox.reports, 2);
  house_.link.away = false;
  house_.link.judge = [](const std::string& bundle) {
    return bundle.find("\"value\":400") != std::string::npos ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
  };
  house_.clock.Advance(std::chrono::minutes(10));
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("Patient"), SizeIs(1));
  EXPECT_THAT(house_.link.bundles.back(), HasSubstr("\"value\":410"));
}

TEST_F(CsvAdapterTest, ARefusedReportOfTheCorrectedNumberStaysTheLatestThoughAnEarlierOneWaitsStill) {
  house_.link.away = true;
  Deliver({{.id = "F1"}}, "", "M1;F1;10-01-2025;Start;6MWT;400;m;10-01-2025 10:00:00\r\n");
  Deliver({{.id = "F1", .cpr = "1602604389"}}, "", "M1;F1;10-01-2025;Start;6MWT;410;m;11-01-2025 10:00:00\r\n");
  ASSERT_EQ(house_.Status().outbox.reports, 2);
  house_.link.away = false;
  bool refused = false;
  house_.link.judge = [&](const std::string& bundle) {
    if (bundle.find("\"value\":400") != std::string::npos) return LinkEvent::Kind::kTryLater;
    return std::exchange(refused, true) ? LinkEvent::Kind::kReceived : LinkEvent::Kind::kRefused;
  };
  house_.clock.Advance(std::chrono::minutes(10));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(house_.Step().ok());
    house_.clock.Advance(std::chrono::minutes(1));
  }
  house_.Run();
  ASSERT_THAT(house_.link.bundles, SizeIs(1));
  EXPECT_THAT(house_.link.bundles[0], HasSubstr("\"value\":410"));
  EXPECT_THAT(house_.link.bundles[0], HasSubstr("1602604389"));
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
}

TEST_F(CsvAdapterTest, ReportsOfACourseUnderTwoNumbersThatAreBothRefusedAreKeptAsideAsOne) {
  house_.link.away = true;
  Deliver({{.id = "F1"}}, "", "M1;F1;10-01-2025;Start;6MWT;400;m;10-01-2025 10:00:00\r\n");
  Deliver({{.id = "F1", .cpr = "1602604389"}}, "", "M1;F1;10-01-2025;Start;6MWT;410;m;11-01-2025 10:00:00\r\n");
  house_.link.away = false;
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  house_.clock.Advance(std::chrono::minutes(10));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(house_.Step().ok());
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  EXPECT_EQ(house_.Status().outbox.reports, 0);
}

TEST_F(CsvAdapterTest, ASourceThatCannotBeReadIsNotTakenForOneThatIsDone) {
  Export({{.id = "F1"}});
  const auto drop = house_.folder() / "drop";
  std::filesystem::rename(drop, house_.folder() / "away");
  EXPECT_FALSE(house_.Step().ok());
  EXPECT_FALSE(house_.Open().Idle());
  std::filesystem::rename(house_.folder() / "away", drop);
  house_.Run();
  EXPECT_THAT(house_.link.Live("ServiceRequest"), SizeIs(1));
}

TEST_F(CsvAdapterTest, TheStateFileHoldsNoCitizensNumber) {
  house_.link.away = true;
  Deliver({{.id = "F1"}, {.id = "F2", .cpr = "1602604389", .start = "31-02-2025"}});
  for (const auto& file : std::filesystem::directory_iterator(house_.folder() / "state")) {
    EXPECT_THAT(tests::ReadFile(file.path()), Not(HasSubstr("02604389"))) << file.path();
  }
}

}  // namespace
}  // namespace hjerte::adapters
