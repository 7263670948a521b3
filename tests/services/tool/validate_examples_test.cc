#include <fstream>
#include <iterator>

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

TEST_F(Examples, ACourseOfAnotherAuthorityIsRefusedAsTheServiceDoes) {
  const std::filesystem::path content = tests::SourceDir() / "mapping" / "dhrd";
  const std::string course = (content / "examples" / "course.json").string();
  EXPECT_EQ(Run({"validate", "--content", content.string(), "--authority", "0101", course}), kExitFindings);
  EXPECT_THAT(Out(), HasSubstr("delivery-not-allowed"));
  EXPECT_EQ(Run({"validate", "--content", content.string(), course}), kExitOk) << Out();
}

TEST_F(Examples, AMisspelledVariableThatTheSourceCarriesIsAWarning) {
  const std::filesystem::path content = tests::SourceDir() / "mapping" / "dhrd";
  const std::string course = (content / "examples" / "course.json").string();
  EXPECT_EQ(Run({"validate", "--content", content.string(), "--carries", "wieght", course}), kExitOk) << Out();
  EXPECT_THAT(Out(), HasSubstr("source-carries-unknown"));
}

TEST_F(Examples, AReportOfMoreBytesThanTheServiceTakesIsRefused) {
  const std::filesystem::path content = tests::SourceDir() / "mapping" / "dhrd";
  constexpr std::size_t kMost = std::size_t{8} << 20;
  std::ifstream file(content / "examples" / "report.json");
  std::string report((std::istreambuf_iterator<char>(file)), {});
  report.resize(kMost, ' ');
  EXPECT_EQ(Run({"validate", "--content", content.string(), folder_.Write("report.json", report).string()}), kExitOk);
  report += ' ';
  EXPECT_EQ(Run({"validate", "--content", content.string(), folder_.Write("report.json", report).string()}),
            kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("larger than 8 MiB"));
}

TEST_F(Examples, ADateInAnotherFormIsToldTheFormItMustHave) {
  const std::filesystem::path content = tests::SourceDir() / "mapping" / "dhrd";
  std::ifstream file(content / "examples" / "report.json");
  std::string report((std::istreambuf_iterator<char>(file)), {});
  report.replace(report.find("\"2025-09-01\""), 12, "\"01-09-2025\"");
  const std::string changed = folder_.Write("report.json", report).string();
  EXPECT_EQ(Run({"validate", "--content", content.string(), changed}), kExitFindings);
  EXPECT_THAT(Out(), HasSubstr("(åååå-mm-dd)"));
}

TEST_F(Examples, AMisspelledFieldOfACourseIsNamed) {
  const std::filesystem::path content = tests::SourceDir() / "mapping" / "dhrd";
  const std::string file =
      folder_.Write("course.json", R"({"courseKey":"K1","values":[{"variabel":"weight"}]})").string();
  EXPECT_EQ(Run({"validate", "--content", content.string(), file}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("variabel: Cannot find field"));
}

}  // namespace
}  // namespace hjerte::tool
