// One record of every kind of fault in nested JSON and in KL's delivery reports, through the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/tool/simulation/calendar.h"
#include "services/tool/simulation/kl_reports.h"
#include "tests/e2e/fault_expectations.h"
#include "tests/e2e/json_course.h"

namespace hjerte::tests {
namespace {

// One replacement that makes a sound text faulty.
struct Fault {
  std::string id;
  std::string from{};
  std::string to{};
  std::string code{};
  std::string danish{};
};

void ExpectEmptyQuarantine(const Installation& house, const std::string& code) {
  const Outcome quarantine = house.AskAdapter(code, {"quarantine", "list"});
  EXPECT_EQ(quarantine.exit_code, 0) << quarantine.out;
}

const std::vector<Fault> kJsonRecords = {
    {"UNIT", R"("enhed":"m")", R"("enhed":"fod")", "dhrd-six_minute_walk-unit", "enhed"},
    {"RANGE", "400", "4000", "dhrd-six_minute_walk-range", "uden for det mulige"},
    {"DATE", "2025-01-10", "2025-02-31", "dhrd-start_date-format", "format"},
    {"FUTURE", "2025-01-02", "2199-01-02", "dhrd-referral_date-future", "fremtiden"},
    {"STATE", "afsluttet", "pauseret", "map-refused", "ikke kan oversættes"},
    {"CODE", "laege", "nabo", "map-unknown-code", "kendes ikke"},
    {"DIAGNOSIS", R"("cpr":")", R"("cprnr":")", "map-identity", "mangler borgerens CPR-nummer"},
};
const std::vector<Fault> kJsonUnplaced = {
    {"#1", R"("lov":"119")", R"("lov":"119","lov":"140")", "source-json", "ikke gyldig JSON"},
    {"#2", R"("id")", R"("nr")", "source-key-missing", "mangler, så posten kan ikke placeres"},
    {"#3", "laege", std::string(5000, 'x'), "source-row-too-long", "større end tilladt"},
};

TEST(JsonFaultBatch, EachFaultIsInQuarantineWithItsReasonEachSoundRecordIsCountedAndACorrectionReleases) {
  Installation house;
  house.Declare({{.code = "0751", .format = "json"}});
  house.LayOut();
  house.EditConfig("adapter-0751.yaml", "  format: json-forloeb",
                   "  limits: {file: 30000, record: 4000, records: 30}\n  format: json-forloeb");
  house.StartCentral();
  std::string faulty = JsonCourse("SOUND", 0);
  std::string mended = faulty;
  std::vector<ExpectedFault> expected;
  int citizen = 0;
  for (const Fault& fault : kJsonRecords) {
    const std::string sound = JsonCourse(fault.id, ++citizen);
    faulty += "," + Replaced(sound, fault.from, fault.to);
    mended += "," + sound;
    expected.push_back({fault.id, fault.code, fault.danish});
  }
  house.Drop("0751", "forloeb-1.json", JsonFile(faulty));
  std::string unplaced;
  std::string placed;
  for (const Fault& fault : kJsonUnplaced) {
    const std::string sound = JsonCourse("PLACED" + fault.id, ++citizen);
    unplaced += (unplaced.empty() ? "" : ",") + Replaced(sound, fault.from, fault.to);
    placed += (placed.empty() ? "" : ",") + sound;
    expected.push_back({"@forloeb-2.json/" + fault.id, fault.code, fault.danish});
  }
  house.Drop("0751", "forloeb-2.json", JsonFile(unplaced));
  const std::string whole = JsonFile(JsonCourse("WHOLE", ++citizen));
  std::string many;
  for (int i = 0; i < 40; ++i) many += i == 0 ? "{}" : ",{}";
  const std::vector<Fault> files = {
      {"3-half", whole.substr(whole.size() / 2), "", "source-truncated", "filen er ikke hel JSON"},
      {"4-latin", "laege", "l\xE6ge", "source-file-encoding", "Dan udtrækket igen i UTF-8"},
      {"5-list", R"("forloeb":[)", R"("poster":[)", "source-records-missing", "mangler i filen"},
      {"6-large", "laege", std::string(40000, 'x'), "source-file-too-large", "større end tilladt"},
      {"7-many", "[{", "[" + many + ",{", "source-limits", "flere poster"}};
  for (const Fault& fault : files) {
    house.Drop("0751", "forloeb-" + fault.id + ".json", Replaced(whole, fault.from, fault.to));
    expected.push_back({"@forloeb-" + fault.id + ".json/", fault.code, fault.danish});
  }
  house.Deliver({"0751"});
  ExpectQuarantine(house, "0751", expected);
  ExpectCompleted(house, "0751", 2025, 1);

  house.Drop("0751", "forloeb-1.json", JsonFile(mended));
  house.Drop("0751", "forloeb-2.json", JsonFile(placed));
  for (const Fault& fault : files) house.Drop("0751", "forloeb-" + fault.id + ".json", whole);
  house.Deliver({"0751"});
  ExpectEmptyQuarantine(house, "0751");
  ExpectCompleted(house, "0751", 2025, 2 + static_cast<int>(kJsonRecords.size() + kJsonUnplaced.size()));
}

tool::Municipality AMunicipality() {
  tool::Municipality municipality;
  municipality.code = "0751";
  municipality.format = tool::Format::kKl;
  municipality.second_bundle = true;
  municipality.sor = "451002301600403";
  return municipality;
}

// A completed course in one delivery report and one second Bundle, in this order.
std::vector<tool::KlFile> KlCourse(const std::string& id, int citizen) {
  tool::Course course;
  course.key = tool::NamedUuid("faults", id);
  course.cpr = SomebodysCpr(citizen);
  course.residence = "0751";
  course.provider_sor = "451002301600401";
  course.diagnosis = "DI214";
  course.referral = tool::DayOf(2025, 1, 2);
  course.start = tool::DayOf(2025, 1, 10);
  course.end = tool::DayOf(2025, 3, 20);
  course.closure = tool::Closure::kCompleted;
  course.status = tool::RowStatus::kClosed;
  course.offers.training = tool::Offer::kYes;
  tool::Measurement walk;
  walk.number = 1;
  walk.date = *course.start;
  walk.value = {400, 0};
  course.measurements.push_back(walk);
  const tool::Municipality municipality = AMunicipality();
  return tool::KlReports(municipality).On(tool::DayOf(2025, 3, 20), course);
}

constexpr const char* kReport = "klgateway-119-delivery-report";
constexpr const char* kCardiac = "cardiac-rehabilitation-report";

const std::vector<Fault> kReports = {
    {"PROFILE", kReport, "another-report", "report-profile", "Ret profilen"},
    {"BUNDLE", R"("type":"collection")", R"("type":"message")", "dhrd-report-type", "typen collection"},
    {"UNSTAMPED", R"("timestamp":"2025-03-20T20:25:00Z",)", "", "dhrd-stamp-required", "intet tidsstempel"},
    {"STAMP", "2025-03-20T20:25:00Z", "2025-03-20T20:25:00", "dhrd-stamp-format", "tidszone"},
    {"CLOCK", "2025-03-20T20:25:00Z", "2199-03-20T20:25:00Z", "dhrd-stamp-future", "Ret uret"},
    {"CITIZEN", R"("resourceType":"Patient")", R"("resourceType":"Person")", "dhrd-report-patient", "netop én borger"},
    {"EMPTY", R"("entry":[)", R"("entry":[],"entries":[)", "dhrd-report-empty", "Indberetningen er tom"},
    {"KEY", R"("resourceType":"ServiceRequest","id":)", R"("resourceType":"ServiceRequest","key":)",
     "dhrd-course_key-required", "forløbet kan ikke genkendes"},
    {"STATUS", R"("status":"active")", R"("status":"aktiv")", "dhrd-resource-status", "FHIR R4's koder"},
    {"ELEMENT", R"("intent":)", R"("intention":)", "dhrd-resource-element", "mangler, som FHIR R4 kræver"},
    {"ORDER", R"("end":"2025-03-20")", R"("end":"2025-01-05")", "dhrd-end_date-order", "slutter før start"},
    {"AUTHORITY", "451002301600403", "451001011600403", "report-authority", "en anden kommune"},
};
const std::vector<Fault> kSecondBundles = {
    {"UNIT", R"("code":"m")", R"("code":"[ft_i]")", "dhrd-six_minute_walk-unit", "enhed"},
    {"RANGE", R"("value":400)", R"("value":4000)", "dhrd-six_minute_walk-range", "uden for det mulige"},
    {"DAY", R"("effectiveDateTime":"2025-01-10)", R"("effectiveDateTime":"2025-02-31)", "dhrd-date-format",
     "ikke en hel, gyldig dato"},
    {"POINT", "measurement-point", "measured-at", "dhrd-six_minute_walk-point", "mangler et måletidspunkt"},
};

TEST(KlFaultBatch, EachFaultIsInQuarantineWithItsReasonEachSoundReportIsCountedAndACorrectionReleases) {
  Installation house;
  house.Declare({{.code = "0751", .format = "kl", .second_bundle = true}});
  house.LayOut();
  house.EditConfig("adapter-0751.yaml", R"({"451002301600403": "0751"})",
                   R"({"451002301600403": "0751", "451001011600403": "0101"})");
  house.StartCentral();
  std::vector<ExpectedFault> expected;
  int citizen = 0;
  int courses = 0;
  const auto drop = [&](const Fault& fault, bool second, bool mend) {
    const std::vector<tool::KlFile> files = KlCourse(fault.id + (second ? "2" : ""), ++citizen);
    ASSERT_EQ(files.size(), 2u);
    for (const bool is_second : {false, true}) {
      const tool::KlFile& file = files[is_second ? 1 : 0];
      const bool faulty = is_second == second && !mend && !fault.from.empty();
      const std::string name = fault.id + (second ? "2" : "") + (is_second ? "-b" : "-a") + ".json";
      house.Drop("0751", name, faulty ? Replaced(file.json, fault.from, fault.to) : file.json);
      const std::string profile = fault.id == "PROFILE" ? "another-report" : second ? kCardiac : kReport;
      if (faulty) expected.push_back({profile + "/" + file.id, fault.code, fault.danish});
    }
    ++courses;
  };
  const auto drop_all = [&](bool mend) {
    citizen = 0;
    courses = 0;
    drop({.id = "SOUND"}, false, mend);
    for (const Fault& fault : kReports) drop(fault, false, mend);
    for (const Fault& fault : kSecondBundles) drop(fault, true, mend);
  };
  drop_all(false);
  house.Drop("0751", "HALF.json", R"({"resourceType":"Bundle","id":")");
  expected.push_back({"@HALF.json/", "source-json", "ikke gyldig JSON"});
  house.Deliver({"0751"});
  ExpectQuarantine(house, "0751", expected);
  // What stands in sound reports is counted, though a second Bundle is in quarantine.
  ExpectCompleted(house, "0751", 2025, 1 + static_cast<int>(kSecondBundles.size()));

  drop_all(true);
  house.Drop("0751", "HALF.json", KlCourse("SOUND", 1).front().json);
  house.Deliver({"0751"});
  ExpectEmptyQuarantine(house, "0751");
  ExpectCompleted(house, "0751", 2025, courses);
}

}  // namespace
}  // namespace hjerte::tests
