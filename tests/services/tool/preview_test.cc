#include <filesystem>
#include <set>

#include "mapping/json/document.h"
#include "services/common/secret_key.h"
#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Preview : public ToolFixture {
 protected:
  std::string Content() const { return (tests::SourceDir() / "mapping/dhrd").string(); }

  // One simulated municipality whose care system exports the format; returns the folder of its files.
  std::string Simulate(const std::string& format, const std::string& courses = "120") {
    const int code = Run({"simulate", "--municipalities", "1", "--courses", courses, "--formats", format, "--geography",
                          Content() + "/geography/dk-2007.csv", "--out", (folder_ / "data").string()});
    EXPECT_EQ(code, kExitOk) << Err();
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "data")) {
      if (entry.is_directory()) return entry.path().string();
    }
    return "";
  }

  int RunPreview(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"preview", "--content", Content()});
    return Run(std::move(arguments));
  }

  std::set<std::string> FilesIn(const std::string& folder) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) names.insert(entry.path().string());
    return names;
  }
};

class PreviewOfAFormat : public Preview, public testing::WithParamInterface<const char*> {};

TEST_P(PreviewOfAFormat, EqualsTheTruthOfTheSimulatedMunicipality) {
  const std::string files = Simulate(GetParam());
  std::vector<std::string> compare = {"simulate", "--compare", (folder_ / "data/truth.csv").string()};
  for (const char* period : {"year", "month"}) {
    for (const char* stratum : {"total", "sex"}) {
      if (std::string_view(period) == "month" && std::string_view(stratum) == "sex") continue;
      const int code = RunPreview({files, "--format", "csv", "--period", period, "--stratum", stratum, "--unit-kind",
                                   "municipality", "cluster", "region", "nation"});
      ASSERT_LE(code, kExitFindings) << Err();
      compare.push_back(folder_.Write(std::string(period) + "-" + stratum + ".csv", Out()).string());
    }
  }
  EXPECT_EQ(Run(compare), kExitOk) << Out();
}

INSTANTIATE_TEST_SUITE_P(Shipped, PreviewOfAFormat, testing::Values("csv", "json", "kl"));

TEST_F(Preview, TellsWhatIsRefusedAndWhatIsOutOfScopeInBothLanguages) {
  const std::string files = Simulate("csv", "250");
  EXPECT_EQ(RunPreview({files, "--lang", "en"}), kExitFindings);
  EXPECT_THAT(Out(), AllOf(HasSubstr("are out of scope and not sent"), HasSubstr("In quarantine:"),
                           HasSubstr("Correct the"), HasSubstr("not set")));
  EXPECT_EQ(RunPreview({files}), kExitFindings);
  EXPECT_THAT(Out(), AllOf(HasSubstr("er uden for registret"), HasSubstr("I karantæne:"), HasSubstr("Uoplyst"),
                           HasSubstr("Fund på forløb"), HasSubstr("ikke fastsat")));
}

TEST_F(Preview, LeavesNothingBehindAndTellsNoCitizensNumber) {
  const std::string files = Simulate("csv");
  const std::set<std::string> before = FilesIn(folder_.path().string());
  EXPECT_LE(RunPreview({files, "--format", "json"}), kExitFindings) << Err();
  EXPECT_EQ(FilesIn(folder_.path().string()), before);
  const auto written = json::Parse(Out());
  ASSERT_TRUE(written.ok()) << Out();
  EXPECT_GT(written->root().Find("results")->Find("cells")->size(), 0U);
  std::istringstream citizens(tests::ReadFile(folder_ / "data/citizens.txt"));
  for (std::string number; std::getline(citizens, number);) {
    ASSERT_THAT(Out(), Not(HasSubstr(number)));
    ASSERT_THAT(Err(), Not(HasSubstr(number)));
  }
}

TEST_F(Preview, ReadsTheSourceOfAnAdaptersConfigurationWithoutItsCertificatesAndState) {
  const std::string files = Simulate("json");
  std::string config = tests::ReadFile(tests::SourceDir() / "deploy/config/adapter-json.yaml");
  config.replace(config.find("../../mapping/dhrd"), 18, Content());
  config.replace(config.find("path: drop"), 10, "path: " + files);
  const std::string file = folder_.Write("adapter.yaml", config).string();
  EXPECT_LE(Run({"preview", "--config", file}), kExitFindings) << Err();
  EXPECT_THAT(Out(), HasSubstr("Vedholdenhed"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "state"));
}

TEST_F(Preview, AFolderWithoutFilesOfAFormatIsToldTheFormatsThereAre) {
  std::filesystem::create_directory(folder_ / "empty");
  EXPECT_EQ(RunPreview({(folder_ / "empty").string()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("csv-forloeb, json-forloeb, kl-reports"));
  EXPECT_EQ(RunPreview({(folder_ / "empty").string(), "--map", "xls"}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("no such format: xls"));
}

TEST_F(Preview, WithoutTheRegistrysContentItSaysWhatWasExpected) {
  std::filesystem::create_directory(folder_ / "empty");
  EXPECT_EQ(Run({"preview", (folder_ / "empty").string(), "--content", (folder_ / "none").string()}), kExitEnvironment);
  EXPECT_EQ(Run({"validate", (tests::SourceDir() / "mapping/dhrd/examples/report.json").string(), "--content",
                 (folder_ / "none").string()}),
            kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("none: no such folder; a registry's content was expected"));
}

TEST_F(Preview, AnExtractThatLacksAFileIsToldInsteadOfCountedHalf) {
  const std::string files = Simulate("csv");
  for (const std::string& file : FilesIn(files)) {
    if (file.ends_with("maalinger.csv")) std::filesystem::remove(file);
  }
  EXPECT_EQ(RunPreview({files}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("maalinger.csv is missing"));
}

TEST_F(Preview, ReportsThatDoNotSayTheResidenceNeedTheMunicipality) {
  const std::filesystem::path files = Simulate("kl");
  std::filesystem::rename(files, folder_ / "reports");
  EXPECT_EQ(RunPreview({(folder_ / "reports").string()}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("--authority"));
  EXPECT_LE(RunPreview({(folder_ / "reports").string(), "--authority", "0751"}), kExitFindings) << Err();
}

}  // namespace
}  // namespace hjerte::tool
