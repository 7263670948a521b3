#include "services/tool/simulation/compare.h"

#include <filesystem>
#include <fstream>

namespace hjerte::tool {
namespace {

constexpr const char* kHeader =
    "indicator,unit_kind,unit_id,period_kind,period_label,stratum_kind,stratum,numerator,denominator,unknown,"
    "excluded_died\n";

class CompareTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(testing::TempDir()) / ("compare-" + name);
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
};

TEST_F(CompareTest, ColumnsAreMatchedByNameAndMissingCellsAreZeros) {
  const std::string truth = Write("truth.csv", std::string(kHeader).append("K1,nation,DK,year,2021,total,,3,4,1,0\n"
                                                                           "K1,nation,DK,year,2022,total,,0,0,0,0\n"));
  const std::string results =
      Write("results.csv",
            "unknown,indicator,unit_kind,unit_id,unit_name,period_kind,period_label,stratum_kind,stratum,percent,"
            "denominator,numerator,excluded_died\n"
            "1,K1,nation,DK,\"Danmark, hele\",year,2021,total,,\"75,0\",4,3,\n");
  const auto comparison = CompareWithTruth(truth, {results}, 5);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->cells, 2);
  EXPECT_EQ(comparison->equal, 2);
}

TEST_F(CompareTest, ACountThatDiffersAndACellTooManyAreToldApart) {
  const std::string truth = Write("truth2.csv", std::string(kHeader).append("K1,nation,DK,year,2021,total,,3,4,1,0\n"));
  const std::string results =
      Write("results2.csv", std::string(kHeader).append("K1,nation,DK,year,2021,total,,3,4,1,2\n"
                                                        "K2,nation,DK,year,2021,total,,1,1,0,0\n"));
  const auto comparison = CompareWithTruth(truth, {results}, 5);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->cells, 2);
  EXPECT_EQ(comparison->equal, 0);
  EXPECT_EQ(comparison->differences.size(), 2u);
}

TEST_F(CompareTest, MaskedFiguresAreNoFigures) {
  const std::string truth = Write("truth3.csv", std::string(kHeader).append("K1,nation,DK,year,2021,total,,3,4,1,0\n"));
  const std::string results =
      Write("results3.csv", std::string(kHeader).append("K1,nation,DK,year,2021,total,,#,#,#,#\n"));
  EXPECT_FALSE(CompareWithTruth(truth, {results}, 5).ok());
}

}  // namespace
}  // namespace hjerte::tool
