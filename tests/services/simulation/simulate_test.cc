#include "services/tool/simulation/simulate.h"

#include <filesystem>
#include <set>
#include <sstream>

#include "services/tool/simulation/citizen.h"
#include "services/tool/simulation/compare.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::tool {
namespace {

// Every file below a folder with its content.
std::map<std::string, std::string> Files(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[std::filesystem::relative(entry.path(), folder).string()] = tests::ReadFile(entry.path());
  }
  return files;
}

class SimulateTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string text = "# id: test\nmunicipality;municipality_name;cluster;cluster_name;region;region_name\n";
    for (int i = 0; i < 8; ++i) {
      const std::string part = std::to_string(i / 2);
      text += "070" + std::to_string(i) + ";By " + std::to_string(i) + ";Klynge " + part + ";Klynge " + part +
              ";1082;Midt\n";
    }
    const auto geography = ReadGeography(folder_.Write("geography.csv", text).string());
    ASSERT_TRUE(geography.ok()) << geography.status();
    geography_ = *geography;
  }

  SimulationSummary Run(const std::string& name, SimulationOptions options) {
    options.out = folder_ / name;
    const auto summary = Simulate(options, geography_, [](int64_t) {});
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.value_or(SimulationSummary{});
  }

  // How often an indicator's answers are yes among yes and no, by courses_truth.csv.
  double YesPercent(const std::string& name, const std::string& indicator) {
    std::istringstream lines(tests::ReadFile(folder_ / (name + "/courses_truth.csv")));
    std::string line;
    std::getline(lines, line);
    const size_t column = static_cast<size_t>(indicator[1] - '1');
    double yes = 0;
    double no = 0;
    while (std::getline(lines, line)) {
      std::vector<std::string> fields;
      std::istringstream parts(line);
      for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
      const std::string& answer = fields[fields.size() - 6 + column];
      yes += answer == "yes";
      no += answer == "no";
    }
    return 100 * yes / (yes + no);
  }

  tests::TemporaryFolder folder_;
  Geography geography_;
};

TEST_F(SimulateTest, TheSameSeedWritesTheSameFiles) {
  Run("a", {.courses = 150, .seed = 7});
  Run("b", {.courses = 150, .seed = 7});
  Run("c", {.courses = 150, .seed = 8});
  EXPECT_EQ(Files(folder_ / "a"), Files(folder_ / "b"));
  EXPECT_NE(Files(folder_ / "a"), Files(folder_ / "c"));
}

TEST_F(SimulateTest, NoCitizenCanBeARealOne) {
  Run("a", {.courses = 3000});
  std::istringstream lines(tests::ReadFile(folder_ / "a/citizens.txt"));
  std::set<std::string> numbers;
  for (std::string cpr; std::getline(lines, cpr);) {
    ASSERT_EQ(cpr.size(), 10u);
    EXPECT_FALSE(PassesModulus11(cpr));
    EXPECT_NE(cpr.substr(0, 4), "0101");
    EXPECT_NE(cpr.substr(0, 4), "6101");
    numbers.insert(cpr);
  }
  // Some come again or move; most are one person.
  EXPECT_GT(numbers.size(), 2600u);
  EXPECT_LT(numbers.size(), 3000u);
}

TEST_F(SimulateTest, EveryIndicatorOccursInEveryState) {
  Run("a", {.courses = 3000});
  const std::string truth = (folder_ / "a/truth.csv").string();
  const auto comparison = CompareWithTruth(truth, {truth}, 5);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_THAT(comparison->missing_states, testing::IsEmpty());
  EXPECT_GE(comparison->cells, 1000);
  EXPECT_EQ(comparison->equal, comparison->cells);
}

TEST_F(SimulateTest, SharesLieWhereThePublishedOnesDo) {
  Run("a", {.courses = 8000, .waves = 1});
  EXPECT_NEAR(100 - YesPercent("a", "K1"), 28.8, 2.0);
  EXPECT_NEAR(YesPercent("a", "K4"), 30, 4.5);
  EXPECT_THAT(YesPercent("a", "K6"), testing::AllOf(testing::Ge(71), testing::Le(79)));
}

TEST_F(SimulateTest, ALaterWaveHoldsWhatAnEarlierHeldAndMore) {
  Run("a", {.municipalities = 1, .courses = 200, .waves = 3, .formats = {Format::kCsv}});
  uintmax_t before = 0;
  for (int wave = 1; wave <= 3; ++wave) {
    uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "a")) {
      if (entry.path().string().find("wave-" + std::to_string(wave)) != std::string::npos && entry.is_regular_file()) {
        bytes += entry.file_size();
      }
    }
    EXPECT_GT(bytes, before);
    before = bytes;
  }
}

TEST_F(SimulateTest, AFolderInUseIsNotOverwritten) {
  Run("a", {.courses = 6});
  SimulationOptions again{.courses = 6};
  again.out = folder_ / "a";
  EXPECT_EQ(Simulate(again, geography_, [](int64_t) {}).status().code(), absl::StatusCode::kAlreadyExists);
}

// What makes the truth a check is that it shares no code with what it checks.
TEST(Truth, IncludesNothingOfMapping) {
  for (const auto& entry : std::filesystem::directory_iterator(tests::SourceDir() / "services/tool/simulation")) {
    const std::string text = tests::ReadFile(entry.path());
    for (const char* room :
         {"\"mapping/", "\"services/indicator", "\"adapters/", "hjerte_registry", "hjerte_fhirpath"}) {
      EXPECT_EQ(text.find(room), std::string::npos) << entry.path() << " knows " << room;
    }
  }
}

}  // namespace
}  // namespace hjerte::tool
