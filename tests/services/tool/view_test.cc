#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "mapping/json/document.h"
#include "tests/services/tool/tool_fixture.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;

constexpr const char* kView = R"({"resourceType": "ViewDefinition", "name": "names", "status": "draft",
  "resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]},
    {"forEachOrNull": "name", "column": [{"name": "family", "path": "family"},
                                         {"name": "given", "path": "given", "collection": true}]}]})";
constexpr const char* kBundle = R"({"resourceType": "Bundle", "type": "collection", "entry": [
  {"resource": {"resourceType": "Patient", "id": "a", "name": [{"family": "Sørensen, Bo", "given": ["Bo", "P"]}]}},
  {"resource": {"resourceType": "Observation", "id": "o"}},
  {"resource": {"resourceType": "Patient", "id": "b"}}]})";

class ViewTool : public ToolFixture {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::ofstream(path) << content;
    return path.string();
  }
  std::string View() { return Write("view.json", kView); }
  static std::string ReadAll(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(ViewTool, MakesCsvOfABundle) {
  const std::string flat = R"({"resourceType": "ViewDefinition", "name": "names", "status": "draft",
    "resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"},
                                                  {"name": "family", "path": "name.family"}]}]})";
  EXPECT_EQ(Run({"view", "--view", Write("flat.json", flat), Write("b.json", kBundle)}), kExitOk) << Err();
  EXPECT_EQ(Out(), "id,family\r\na,\"Sørensen, Bo\"\r\nb,\r\n");
  EXPECT_EQ(Run({"view", "--view", Write("flat.json", flat), Write("b.json", kBundle), "--separator", ";"}), kExitOk);
  EXPECT_EQ(Out(), "id;family\r\na;Sørensen, Bo\r\nb;\r\n");
}

TEST_F(ViewTool, MakesNdjsonWithCollections) {
  EXPECT_EQ(Run({"view", "--view", View(), Write("b.json", kBundle), "--format", "ndjson"}), kExitOk) << Err();
  EXPECT_EQ(Out(),
            "{\"id\":\"a\",\"family\":\"Sørensen, Bo\",\"given\":[\"Bo\",\"P\"]}\n"
            "{\"id\":\"b\",\"family\":null,\"given\":null}\n");
}

TEST_F(ViewTool, ReadsFoldersListsAndNdjson) {
  std::filesystem::create_directory(folder_ / "in");
  Write("in/1.json", R"({"resourceType": "Patient", "id": "1"})");
  Write("in/2.json", R"([{"resourceType": "Patient", "id": "2"}, {"resourceType": "Patient", "id": "3"}])");
  Write("in/3.ndjson",
        "{\"resourceType\": \"Patient\", \"id\": \"4\"}\n\n{\"resourceType\": \"Patient\", \"id\": \"5\"}\n");
  Write("in/readme.txt", "not looked at");
  const std::string out = (folder_ / "out.csv").string();
  const std::string flat = R"({"resourceType": "ViewDefinition", "name": "ids", "status": "draft",
    "resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]}]})";
  EXPECT_EQ(Run({"view", "--view", Write("flat.json", flat), (folder_ / "in").string(), "--output", out}), kExitOk);
  EXPECT_EQ(Out(), "");
  EXPECT_EQ(ReadAll(out), "id\r\n1\r\n2\r\n3\r\n4\r\n5\r\n");
}

TEST_F(ViewTool, ATableOnTheDiskIsItsOwnersAlone) {
  const auto modes_of = [](const std::string& file) { return std::filesystem::status(file).permissions(); };
  constexpr auto kOwners = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  const std::string fresh = (folder_ / "fresh.csv").string();
  const std::string known = Write("known.csv", "of yesterday");
  std::filesystem::permissions(known, std::filesystem::perms::others_read | kOwners);
  const mode_t before = ::umask(0);
  for (const std::string& out : {fresh, known}) {
    EXPECT_EQ(Run({"view", "--view", View(), Write("b.json", kBundle), "--format", "ndjson", "--output", out}),
              kExitOk);
    EXPECT_EQ(modes_of(out), kOwners) << out;
    EXPECT_THAT(ReadAll(out), HasSubstr("Sørensen"));
  }
  ::umask(before);
}

TEST_F(ViewTool, SaysWhatIsWrongInAView) {
  std::string twice = kView;
  twice.replace(twice.find("\"family\", \"path\""), 8, "\"id\"    ");
  EXPECT_EQ(Run({"view", "--view", Write("twice.json", twice), Write("b.json", kBundle)}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("ViewDefinition.select[1].column[id]: expected a name that no other column"));
  std::string path = kView;
  path.replace(path.find("\"path\": \"id\""), 12, "\"path\": \"i(\"");
  EXPECT_EQ(Run({"view", "--view", Write("path.json", path), Write("b.json", kBundle)}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("line 1, column"));
}

TEST_F(ViewTool, ABadLineStopsTheTableAndNamesItself) {
  const std::string bad = Write("bad.ndjson", "{\"resourceType\": \"Patient\", \"id\": \"1\"}\n{\n");
  EXPECT_EQ(Run({"view", "--view", View(), bad, "--format", "ndjson"}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("bad.ndjson:2: "));
  EXPECT_EQ(Run({"view", "--view", View(), (folder_ / "none.json").string()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("none.json: cannot be read"));
}

TEST_F(ViewTool, ASuiteGivesItsReportAndFailsWithATest) {
  const std::string suite = Write("mine.json", std::string(R"({"title": "mine", "resources": [
    {"resourceType": "Patient", "id": "a"}], "tests": [
      {"title": "right", "view": )") + kView + R"(, "expect": [{"id": "a", "family": null, "given": null}]},
      {"title": "wrong", "view": )" + kView + R"(, "expect": [{"id": "b", "family": null, "given": null}]}]})");
  EXPECT_EQ(Run({"view", "--suite", suite}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("1 of 2 tests passed"));
  const auto report = json::Parse(Out());
  ASSERT_TRUE(report.ok()) << Out();
  const json::Value* tests = report->root().Find("mine.json")->Find("tests");
  ASSERT_EQ(tests->size(), 2U);
  EXPECT_TRUE(tests->elements()[0].Find("result")->Find("passed")->bool_value());
  EXPECT_FALSE(tests->elements()[1].Find("result")->Find("passed")->bool_value());
}

TEST_F(ViewTool, NeedsFilesOrTheCentralService) {
  EXPECT_EQ(Run({"view", "--view", View()}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--connect"));
  EXPECT_EQ(Run({"view", "--view", View(), "x.json", "--connect", "localhost:1"}), kExitUsage);
}

}  // namespace
}  // namespace hjerte::tool
