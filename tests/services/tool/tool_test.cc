#include <string>
#include <vector>

#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;

using Tool = ToolFixture;

TEST_F(Tool, HelpTellsWhatItsExitCodesMean) {
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("Exit codes: 0"));
  EXPECT_THAT(Out(), HasSubstr("certs"));
  EXPECT_EQ(Run({"certs", "issue", "--help"}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("Exit codes: 0"));
}

TEST_F(Tool, WrongArgumentsAreAUsageError) {
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_EQ(Run({"frobnicate"}), kExitUsage);
  EXPECT_EQ(Run({"certs", "list"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--dir is required"));
  EXPECT_EQ(Out(), "");
}

TEST_F(Tool, AMissingFolderIsAnErrorOfTheEnvironment) {
  EXPECT_EQ(Run({"certs", "list", "--dir", (folder_ / "none").string()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("`hjerte certs init` makes one"));
}

// Commands that read a document, without it.
std::vector<std::vector<std::string>> Readers() {
  return {{"fhirpath", "true"},
          {"map", "--map", (tests::SourceDir() / "mapping" / "dhrd" / "maps" / "course.map").string(), "--input"}};
}

TEST_F(Tool, AFileWithoutEndIsReadNoFurtherThanADocumentMayBe) {
  for (std::vector<std::string> command : Readers()) {
    command.emplace_back("/dev/zero");
    EXPECT_EQ(Run(command), kExitEnvironment) << command.front();
    EXPECT_THAT(Err(), HasSubstr("/dev/zero: larger than ")) << command.front();
  }
}

TEST_F(Tool, ALineWithoutEndIsNotTakenForTheEndOfTheLines) {
  const auto lines = folder_ / "zero.ndjson";
  std::filesystem::create_symlink("/dev/zero", lines);
  const auto view = folder_ / "view.json";
  std::ofstream(view) << R"({"resourceType":"ViewDefinition","resource":"Patient","status":"active",)"
                      << R"("select":[{"column":[{"name":"id","path":"id"}]}]})";
  EXPECT_EQ(Run({"fhirpath", "--batch", lines.string()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("zero.ndjson:1: a line larger than 16 MiB"));
  EXPECT_EQ(Run({"view", "--view", view.string(), lines.string()}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("zero.ndjson:1: a line larger than 16 MiB"));
  EXPECT_EQ(Run({"fhirpath", "--batch", folder_.path().string()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("could not be read to its end"));
}

TEST_F(Tool, AMapWithoutEndIsReadNoFurtherThanOneMayBe) {
  EXPECT_EQ(Run({"map", "--check", "/dev/zero"}), kExitFindings);
  EXPECT_THAT(Err(), HasSubstr("/dev/zero: larger than 16 MiB"));
}

TEST_F(Tool, AFolderIsNoDocument) {
  for (std::vector<std::string> command : Readers()) {
    command.push_back(tests::SourceDir().string());
    EXPECT_EQ(Run(command), kExitEnvironment) << command.front();
    EXPECT_THAT(Err(), HasSubstr("is a folder; name a file")) << command.front();
  }
}

}  // namespace
}  // namespace hjerte::tool
