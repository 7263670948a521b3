#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;
using testing::Not;

class Examples : public ToolFixture {
 protected:
  int Validate(const std::string& name) {
    const std::filesystem::path content = tests::SourceDir() / "mapping" / "dhrd";
    return Run(
        {"validate", "--content", content.string(), "--authority", "0751", (content / "examples" / name).string()});
  }
};

TEST_F(Examples, TheBundleOfTheVendorPageIsAccepted) {
  EXPECT_EQ(Validate("report.json"), kExitOk) << Out() << Err();
  EXPECT_THAT(Out(), Not(HasSubstr("error")));
}

TEST_F(Examples, TheCourseOfTheSameCitizenIsAccepted) {
  EXPECT_EQ(Validate("course.json"), kExitOk) << Out() << Err();
  EXPECT_THAT(Out(), Not(HasSubstr("error")));
}

}  // namespace
}  // namespace hjerte::tool
