// What somebody with access to a care system's drop folder, or to its database, may try against the adapter and whoever
// operates it: through the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "tests/e2e/fault_expectations.h"
#include "tests/e2e/json_course.h"
#include "tests/shared.h"

namespace hjerte::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kCode = "0751";

class HostileFiles : public testing::Test {
 protected:
  void SetUp() override {
    house_.Declare({{.code = kCode, .format = "json"}});
    house_.LayOut();
    house_.StartCentral();
  }
  void Drop(const std::string& name, const std::string& text) { house_.Drop(kCode, name, text); }
  std::filesystem::path InDrop(const std::string& name) { return house_.drop(kCode) / name; }

  Installation house_;
};

// Whoever may write to the folder must not have read what only the adapter may read, nor make it wait.
TEST_F(HostileFiles, LinksAndPipesInTheDropFolderAreLeftAlone) {
  std::filesystem::create_directories(house_.data() / "elsewhere");
  const std::filesystem::path secret = house_.data() / "elsewhere" / "forloeb-other.json";
  { Drop("../elsewhere/forloeb-other.json", JsonFile(JsonCourse("OTHER", 1))); }
  ASSERT_TRUE(std::filesystem::exists(secret));
  std::filesystem::create_symlink(secret, InDrop("forloeb-link.json"));
  std::filesystem::create_symlink("../elsewhere/forloeb-other.json", InDrop("forloeb-up.json"));
  std::filesystem::create_symlink("/dev/zero", InDrop("forloeb-zero.json"));
  std::filesystem::create_symlink(house_.state() / "keys", InDrop("keys"));
  ASSERT_EQ(::mkfifo(InDrop("forloeb-pipe.json").c_str(), 0600), 0);
  Drop("forloeb-sound.json", JsonFile(JsonCourse("SOUND", 2)));
  house_.Deliver({kCode});
  EXPECT_THAT(house_.Records(), HasSubstr("SOUND"));
  EXPECT_THAT(house_.Records(), Not(HasSubstr("OTHER")));
  EXPECT_EQ(house_.AskAdapter(kCode, {"quarantine", "list"}).exit_code, 0);
}

TEST_F(HostileFiles, JsonThatBreaksParsersIsSetAsideAndTheRestGoesOn) {
  struct Hostile {
    const char* name;
    std::string from;
    std::string to;
    const char* code;
    const char* danish;
  };
  const std::vector<Hostile> records = {
      {"SURROGATE", "laege", "\\ud800", "source-json", "ikke gyldig JSON"},
      {"PAIR", "laege", "\\udc00\\ud800", "source-json", "ikke gyldig JSON"},
      {"TWICE", R"("lov":"119")", R"("lov":"119","lov":"119")", "source-json", "ikke gyldig JSON"},
      {"DIGITS", "400", std::string(5000, '4'), "source-json", "ikke gyldig JSON"},
      {"HUGE", "400", "1e999999999", "", ""},
      {"ZERO", "400", "4\\u0000", "source-json", "ikke gyldig JSON"},
      {"LITERAL", "400", "NaN", "source-json", "ikke gyldig JSON"},
  };
  int citizen = 10;
  std::string text = JsonCourse("FIRST", 1);
  for (const Hostile& each : records) text += "," + Replaced(JsonCourse(each.name, ++citizen), each.from, each.to);
  Drop("forloeb-1.json", JsonFile(text + "," + JsonCourse("LAST", 2)));
  Drop("forloeb-2.json", std::string(200'000, '['));
  Drop("forloeb-4.json", JsonFile(Replaced(JsonCourse("DEEP", 4), R"("traeninger":[])",
                                           R"("traeninger":)" + std::string(100, '[') + std::string(100, ']'))));
  Drop("forloeb-3.json", JsonFile(Replaced(JsonCourse("LATIN", 3), "laege", "l\xC0\xAFge")));
  house_.Deliver({kCode});
  const std::string records_now = house_.Records();
  EXPECT_THAT(records_now, HasSubstr("FIRST"));
  EXPECT_THAT(records_now, HasSubstr("LAST"));
  for (const Hostile& each : records) EXPECT_THAT(records_now, Not(HasSubstr(each.name)));
  const Outcome list = house_.AskAdapter(kCode, {"quarantine", "list"});
  EXPECT_EQ(list.exit_code, 1);
  EXPECT_THAT(list.out, HasSubstr(std::to_string(records.size() + 3) + " in quarantine"));
}

// A key or a file's name reaches logs and the operator's screen.
TEST_F(HostileFiles, NoNameForgesALineOfTheLogOrSteersATerminal) {
  const std::string escape = "\\u001b]0;owned\\u0007\\u001b[2J";
  const std::string forged = "X\\n2026-01-01T00:00:00Z level=error component=adapter event=forged";
  Drop("forloeb-1.json", JsonFile(Replaced(JsonCourse("K1" + escape, 1), "laege", "nabo") + "," +
                                  Replaced(JsonCourse(forged, 2), "laege", "nabo")));
  Drop("forloeb-\x1b[2J\n.json", "{");
  house_.Deliver({kCode});
  const Outcome list = house_.AskAdapter(kCode, {"quarantine", "list"});
  EXPECT_EQ(list.exit_code, 1);
  EXPECT_THAT(list.out, HasSubstr("K1\\x1b]0;owned"));
  const std::string log = ReadFile(house_.adapter_log(kCode));
  for (const std::string& text : {list.out, list.err, log, ReadFile(house_.central_log())}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
  }
  EXPECT_THAT(log, Not(HasSubstr("\n2026-01-01T00:00:00Z level=error")));
  EXPECT_THAT(list.out, Not(HasSubstr("\n2026-01-01T00:00:00Z")));
}

// A text of a care system that ends in an analyst's spreadsheet.
TEST_F(HostileFiles, ATextIsNoFormulaInAnExportedTable) {
  const TemporaryFolder folder;
  const auto view =
      folder.Write("view.json", R"json({"resourceType":"ViewDefinition","resource":"Patient","status":"draft",
      "select":[{"column":[{"name":"id","path":"id"},{"name":"city","path":"address.city.first()"
}]
}]
})json");
  std::string patients;
  const std::vector<std::string> hostile = {"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\\t=1", "\\r=1"};
  for (const std::string& city : hostile) {
    patients += R"({"resourceType":"Patient","id":"p","address":[{"city":")" + city + "\"}]}\n";
  }
  const auto file = folder.Write("patients.ndjson", patients);
  const Outcome table = RunToEnd({"hjerte", "view", "--view", view.string(), file.string(), "--format", "csv"});
  ASSERT_EQ(table.exit_code, 0) << table.err;
  for (const char* sign : {"=", "+", "-", "@", "\t"}) {
    EXPECT_THAT(table.out, Not(HasSubstr(std::string("p,") + sign)));
    EXPECT_THAT(table.out, Not(HasSubstr(std::string("p,\"") + sign)));
    EXPECT_THAT(table.out, HasSubstr(std::string("'") + sign));
  }
  EXPECT_THAT(table.out, HasSubstr("\"'\r=1\""));
  const Outcome plain =
      RunToEnd({"hjerte", "view", "--view", view.string(), file.string(), "--format", "csv", "--no-guard-formulas"});
  EXPECT_THAT(plain.out, HasSubstr("p,+1+1"));
}

// Figures that were cut short by a full disk must not pass for all there are.
TEST(Output, ThatCannotBeWrittenToItsEndIsNoSuccess) {
  const std::string validate = "exec " + (BinaryDir() / "hjerte").string() + " validate --authority 0751 --content " +
                               (SourceDir() / "mapping/dhrd").string() + " " +
                               (SourceDir() / "mapping/dhrd/examples/course.json").string();
  EXPECT_EQ(RunToEnd({"/bin/sh", "-c", validate}).exit_code, 0);
  const Outcome full = RunToEnd({"/bin/sh", "-c", validate + " > /dev/full"});
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_THAT(full.err, HasSubstr("could not be written"));
}

}  // namespace
}  // namespace hjerte::tests
