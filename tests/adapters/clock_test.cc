// Clocks that are set while an adapter runs.
#include "tests/adapters/adapter_fixture.h"

namespace hjerte::adapters {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::AdapterHouse;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kYear = hours(24 * 365);

class ClockTest : public ::testing::Test {
 protected:
  // One course whose source has no stamps, so that the adapter gives them.
  void Deliver(const std::string& start, const std::string& sessions = "", const std::string& more = "") {
    house_.Put("sessioner.csv", "SessionsID;ForløbsID;Dato;Status;Aflyst af;Ændret\r\n" + sessions);
    house_.Put("maalinger.csv", "MålingsID;ForløbsID;Dato;Tidspunkt;Type;Værdi;Enhed;Ændret\r\n");
    house_.Put("forloeb.csv",
               "ForløbsID;CPR;Kommunekode;Leverandør SOR;Lovgrundlag;Henvisningsdato;Henvist fra;Diagnosekode;"
               "Procedurekode;Startdato;Slutdato;Status;Afslutningsårsag;Overflyttet til;Dødsdato;Træning;"
               "Diætbehandling;Rygestoptilbud;Patientuddannelse;Psykosocialt tilbud;Bemærkning;Ændret\r\n" +
                   Row("F1", start) + more);
    house_.Run();
  }
  static std::string Row(const std::string& course, const std::string& start) {
    return course + ";1502604389;0751;325421000016001;§119;02-01-2025;Hospital;DI214;;" + start +
           ";;I gang;;;;Ja;;;;;;\r\n";
  }
  void SetBy(std::chrono::hours by) { house_.clock.Set(house_.clock.Now() + by); }

  AdapterHouse house_{"csv"};
};

TEST_F(ClockTest, AConnectionIsTriedAgainSoonThoughTheClockWasSetBackAYear) {
  house_.link.away = true;
  Deliver("10-01-2025");
  EXPECT_THAT(house_.link.bundles, IsEmpty());
  SetBy(-kYear);
  house_.link.away = false;
  house_.clock.Advance(minutes(10));
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
}

TEST_F(ClockTest, APostponedReportLeavesSoonThoughTheClockWasSetBackAYearAndTheProgramStartedAnew) {
  house_.link.judge = [](const std::string&) { return LinkEvent::Kind::kTryLater; };
  Deliver("10-01-2025");
  EXPECT_THAT(house_.link.bundles, IsEmpty());
  house_.Crash();
  SetBy(-kYear);
  house_.link.judge = nullptr;
  house_.Run();
  house_.clock.Advance(minutes(10));
  house_.Run();
  EXPECT_THAT(house_.link.bundles, SizeIs(1));
}

TEST_F(ClockTest, StampsGoOnRisingWhenTheClockIsSetBackAFewMinutes) {
  Deliver("10-01-2025");
  house_.clock.Set(house_.clock.Now() - minutes(4));
  Deliver("11-01-2025");
  EXPECT_THAT(house_.link.bundles, SizeIs(2));
  EXPECT_NE(house_.link.Current().at(house_.link.Live("CarePlan").at(0)).find("2025-01-11"), std::string::npos);
}

TEST_F(ClockTest, WhatAWrongClockPutAsideIsTriedAgainByItselfWhenTheClockIsRight) {
  Deliver("10-01-2025");
  SetBy(-hours(72));
  Deliver("11-01-2025");
  EXPECT_THAT(house_.Quarantined(), SizeIs(1)) << "its stamp must follow the one before, which is days ahead now";
  SetBy(hours(72));
  house_.clock.Advance(minutes(61));
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.bundles, SizeIs(2));
  EXPECT_NE(house_.link.Current().at(house_.link.Live("CarePlan").at(0)).find("2025-01-11"), std::string::npos);
}

TEST_F(ClockTest, HoweverMuchAWrongClockPutAsideAllOfItIsTriedAgainAtOnce) {
  const auto deliver = [this](const std::string& start) {
    std::string rows;
    for (int i = 2; i <= 150; ++i) rows += Row("F" + std::to_string(i), start);
    Deliver(start, "", rows);
  };
  deliver("10-01-2025");
  SetBy(-hours(72));
  deliver("11-01-2025");
  EXPECT_THAT(house_.Quarantined(), SizeIs(150));
  SetBy(hours(72));
  house_.Crash();
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.bundles, SizeIs(300));
}

TEST_F(ClockTest, WhatIsGoneFromARecordAWrongClockPutAsideIsTakenBackWhenTheClockIsRight) {
  Deliver("10-01-2025", "S1;F1;12-01-2025;Gennemført;;\r\n");
  EXPECT_THAT(house_.link.Live("Encounter"), SizeIs(1));
  SetBy(-hours(72));
  Deliver("11-01-2025");
  EXPECT_THAT(house_.Quarantined(), SizeIs(1));
  SetBy(hours(72));
  house_.clock.Advance(minutes(61));
  house_.Run();
  EXPECT_THAT(house_.Quarantined(), IsEmpty());
  EXPECT_THAT(house_.link.Live("Encounter"), IsEmpty());
}

}  // namespace
}  // namespace hjerte::adapters
