// One record of every kind of fault in CSV extracts, through the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "services/tool/simulation/citizen.h"
#include "tests/e2e/fault_expectations.h"

namespace hjerte::tests {
namespace {

constexpr const char* kCode = "0751";
constexpr const char* kMark = "\xEF\xBB\xBF";

using Changes = std::vector<std::pair<std::string, std::string>>;

// A course that was completed, as it stands in forloeb.csv.
const Changes kCourse = {{"ForløbsID", ""},
                         {"CPR", ""},
                         {"Kommunekode", "0751"},
                         {"Leverandør SOR", "325421000016001"},
                         {"Lovgrundlag", "§119"},
                         {"Henvisningsdato", "02-01-2025"},
                         {"Henvist fra", "Hospital"},
                         {"Diagnosekode", "DI214"},
                         {"Procedurekode", ""},
                         {"Startdato", "10-01-2025"},
                         {"Slutdato", "20-03-2025"},
                         {"Status", "Afsluttet"},
                         {"Afslutningsårsag", "Gennemført"},
                         {"Overflyttet til", ""},
                         {"Dødsdato", ""},
                         {"Træning", "Ja"},
                         {"Diætbehandling", "Ja"},
                         {"Rygestoptilbud", "Nej"},
                         {"Patientuddannelse", "Ja"},
                         {"Psykosocialt tilbud", "Nej"},
                         {"Bemærkning", ""},
                         {"Ændret", "21-03-2025 10:00:00"}};
const Changes kSession = {{"SessionsID", ""},       {"ForløbsID", ""}, {"Dato", "20-01-2025"},
                          {"Status", "Gennemført"}, {"Aflyst af", ""}, {"Ændret", "21-03-2025 10:00:00"}};
const Changes kMeasurement = {
    {"MålingsID", ""}, {"ForløbsID", ""}, {"Dato", "10-01-2025"}, {"Tidspunkt", "Start"},
    {"Type", "6MWT"},  {"Værdi", "400"},  {"Enhed", "m"},         {"Ændret", "21-03-2025 10:00:00"}};

std::string Header(const Changes& columns) {
  std::string text = kMark;
  for (const auto& [name, value] : columns) text += name + (name == columns.back().first ? "\r\n" : ";");
  return text;
}

std::string Row(const Changes& columns, const Changes& changes) {
  std::string text;
  for (const auto& [name, value] : columns) {
    std::string shown = value;
    for (const auto& [changed, to] : changes) {
      if (changed == name) shown = to;
    }
    text += shown + (name == columns.back().first ? "\r\n" : ";");
  }
  return text;
}

// Ten digits that nobody has, since they fail the modulus-11 check.
std::string SomebodysCpr(int number) {
  std::string cpr = std::to_string(1502604000 + 10 * number);
  while (tool::PassesModulus11(cpr)) ++cpr.back();
  return cpr;
}

// An extract under construction.
class Extract {
 public:
  void Course(const std::string& id, Changes changes = {}) {
    changes.insert(changes.begin(), {{"ForløbsID", id}, {"CPR", SomebodysCpr(++citizens_)}});
    courses_ += Row(kCourse, changes);
  }
  void Session(const std::string& id, const std::string& course, Changes changes = {}) {
    changes.insert(changes.begin(), {{"SessionsID", id}, {"ForløbsID", course}});
    sessions_ += Row(kSession, changes);
  }
  // A measurement of a course of its own.
  void Measured(const std::string& course, Changes changes) {
    Course(course);
    changes.insert(changes.begin(), {{"MålingsID", "M-" + course}, {"ForløbsID", course}});
    measurements_ += Row(kMeasurement, changes);
  }
  void Line(const std::string& row) { courses_ += row + "\r\n"; }

  std::string courses() const { return Header(kCourse) + courses_; }
  void Drop(const Installation& house, const std::string& folder, const std::string& courses) const {
    house.Drop(kCode, folder + "/sessioner.csv", Header(kSession) + sessions_);
    house.Drop(kCode, folder + "/maalinger.csv", Header(kMeasurement) + measurements_);
    house.Drop(kCode, folder + "/forloeb.csv", courses);
  }
  void Drop(const Installation& house, const std::string& folder) const { Drop(house, folder, courses()); }

 private:
  int citizens_ = 0;
  std::string courses_;
  std::string sessions_;
  std::string measurements_;
};

// One change of a course's row that must be refused.
struct RowFault {
  std::string id;
  Changes changes;
  std::string code;
  std::string danish;
};

const std::vector<RowFault> kCourseFaults = {
    {"FORMAT", {{"CPR", "150260"}}, "dhrd-cpr-format", "CPR-nummer"},
    {"DATE", {{"Startdato", "31-02-2025"}}, "source-date", "værdien er ikke en dato"},
    {"TIME", {{"Ændret", "21-03-2025 25:00:00"}}, "source-time", "værdien er ikke et tidspunkt"},
    {"FUTURE", {{"Henvisningsdato", "02-01-2199"}}, "dhrd-referral_date-future", "fremtiden"},
    {"STAMP", {{"Ændret", "21-03-2199 10:00:00"}}, "dhrd-stamp-future", "Ret uret i omsorgssystemet"},
    {"ORDER", {{"Slutdato", "05-01-2025"}}, "dhrd-end_date-order", "slutter før start"},
    {"BEFORE", {{"Henvisningsdato", "15-01-2025"}}, "dhrd-referral_date-order", "efter forløbets start"},
    {"DEATH", {{"Dødsdato", "05-01-2025"}}, "dhrd-start_date-order", "begynder efter borgerens død"},
    {"PLACE", {{"Kommunekode", "9999"}}, "dhrd-residence_municipality-code", "kommunekode"},
    {"STATUS", {{"Status", "Pauseret"}}, "map-refused", "ikke kan oversættes"},
    {"REASON", {{"Status", "Afbrudt"}, {"Afslutningsårsag", "Ved ikke"}}, "map-unknown-code", "kendes ikke"},
    {"QUOTE", {{"Henvist fra", "\"Hospital\"et"}}, "source-quote", "afsluttende anførselstegn"},
    {"ENCODING", {{"Leverandør SOR", "\xFF\xFE"}}, "source-encoding", "tegnsæt"},
    {"FIELD", {{"Overflyttet til", std::string(250, 'x')}}, "source-field-too-long", "længere end tilladt"},
};
const std::vector<RowFault> kMeasurementFaults = {
    {"UNIT", {{"Enhed", "fod"}}, "dhrd-six_minute_walk-unit", "enhed"},
    {"RANGE", {{"Værdi", "4000"}}, "dhrd-six_minute_walk-range", "uden for det mulige"},
    {"DECIMAL", {{"Værdi", "4.321,5"}}, "source-decimal", "decimalkomma"},
    {"TYPE", {{"Værdi", "langt"}}, "map-refused", "ikke kan oversættes"},
    {"POINT", {{"Tidspunkt", "Midtvejs"}}, "map-unknown-code", "kendes ikke"},
    {"CODE", {{"Type", "Rygning"}, {"Værdi", "Pibe"}, {"Enhed", ""}}, "map-unknown-code", "kendes ikke"},
    {"KIND", {{"Type", "Puls"}}, "map-refused", "ikke kan oversættes"},
};

// Extracts that are wrong as a whole, each in a folder of its own.
std::vector<ExpectedFault> DropFaultyExtracts(const Installation& house, const Extract& extract) {
  const std::string text = extract.courses();
  extract.Drop(house, "20-half", text.substr(0, text.size() - 40) + "\"");
  extract.Drop(house, "21-empty", "");
  extract.Drop(house, "22-utf16",
               std::string("\xFF\xFE"
                           "F\0o\0",
                           6));
  std::string other = text;
  extract.Drop(house, "23-column", other.replace(other.find(";Status;"), 8, ";Tilstand;"));
  other = text;
  extract.Drop(house, "24-twice", other.replace(other.find(";Bemærkning;"), 13, ";Status;"));
  extract.Drop(house, "25-large", text + std::string(70000, ' '));
  Extract rows;
  for (int i = 0; i < 70; ++i) rows.Line("R" + std::to_string(i) + ";;");
  rows.Drop(house, "26-rows");
  return {{"@20-half/forloeb.csv:4", "source-truncated", "Filen er ufuldstændig; dan udtrækket igen"},
          {"@21-empty/", "source-file-empty", "filen er tom"},
          {"@22-utf16/", "source-file-encoding", "Gem den som UTF-8"},
          {"@23-column/", "source-column-missing", "kolonne Status: kolonnen mangler"},
          {"@24-twice/", "source-column-twice", "kolonnen står to gange"},
          {"@25-large/", "source-file-too-large", "større end tilladt"},
          {"@26-rows/", "source-rows", "flere rækker end tilladt"}};
}

class CsvFaultBatch : public testing::Test {
 protected:
  void SetUp() override {
    house_.Declare({{.code = kCode, .format = "csv"}});
    house_.LayOut();
    house_.EditConfig(
        "adapter-0751.yaml", "  format: csv-forloeb",
        "  limits: {field: 200, row: 700, rows: 60, rows_of_a_record: 20, file: 60000}\n  format: csv-forloeb");
    house_.StartCentral();
  }

  // A faulty record and what it becomes when it is corrected in the care system.
  void AddFaults() {
    faulty_.Line("SHORT;1502604389");
    expected_.push_back({"@10-records/forloeb.csv:2", "source-fields", "rækken har 2 felter, overskriften har 22"});
    faulty_.Course("");
    expected_.push_back({"@10-records/forloeb.csv:3", "source-key-missing", "Udfyld nøglen"});
    faulty_.Session("ORPHAN", "NOBODY");
    expected_.push_back({"@10-records/sessioner.csv:2", "source-orphan", "forløb, der ikke findes i forloeb.csv"});
    for (const RowFault& fault : kCourseFaults) {
      faulty_.Course(fault.id, fault.changes);
      mended_.Course(fault.id);
      expected_.push_back({fault.id, fault.code, fault.danish});
    }
    for (const RowFault& fault : kMeasurementFaults) {
      faulty_.Measured(fault.id, fault.changes);
      mended_.Measured(fault.id, {});
      expected_.push_back({fault.id, fault.code, fault.danish});
    }
    faulty_.Course("MANY");
    mended_.Course("MANY");
    for (int i = 0; i < 30; ++i) faulty_.Session("S" + std::to_string(i), "MANY");
    expected_.push_back({"MANY", "source-children", "flere end 20 rækker"});
  }

  Installation house_;
  Extract faulty_;
  Extract mended_;
  std::vector<ExpectedFault> expected_;
};

TEST_F(CsvFaultBatch, EachFaultIsInQuarantineWithItsReasonEachSoundRecordIsCountedAndACorrectionReleases) {
  Extract part;
  for (const char* id : {"PART-1", "PART-2", "PART-3"}) {
    part.Course(id);
    mended_.Course(id);
  }
  AddFaults();
  for (const char* id : {"SOUND-1", "SOUND-2", "SOUND-3"}) {
    faulty_.Course(id);
    mended_.Course(id);
  }
  faulty_.Drop(house_, "10-records");
  for (const ExpectedFault& fault : DropFaultyExtracts(house_, part)) expected_.push_back(fault);
  house_.Deliver({kCode});
  ExpectQuarantine(house_, kCode, expected_);
  ExpectCompleted(house_, kCode, 2025, 5);  // With the two rows that stand whole in half a file.

  for (const char* folder :
       {"10-records", "20-half", "21-empty", "22-utf16", "23-column", "24-twice", "25-large", "26-rows"}) {
    mended_.Drop(house_, folder);
  }
  house_.Deliver({kCode});
  const Outcome quarantine = house_.AskAdapter(kCode, {"quarantine", "list"});
  EXPECT_EQ(quarantine.exit_code, 0) << quarantine.out;
  ExpectCompleted(house_, kCode, 2025, 7 + static_cast<int>(kCourseFaults.size() + kMeasurementFaults.size()));
}

}  // namespace
}  // namespace hjerte::tests
