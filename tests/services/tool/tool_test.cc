#include "tests/services/tool/tool_fixture.h"

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

}  // namespace
}  // namespace hjerte::tool
