#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

// What an operator sees of the files a care system dropped, sound or not.
class Records : public ToolFixture {
 protected:
  void SetUp() override {
    ASSERT_EQ(Run({"simulate", "--municipalities", "1", "--courses", "5", "--formats", "csv", "--waves", "1",
                   "--geography", (tests::SourceDir() / "mapping/dhrd/geography/dk-2007.csv").string(), "--out",
                   (folder_ / "out").string()}),
              kExitOk)
        << Err();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "out")) {
      if (entry.path().filename() == "forloeb.csv") courses_ = entry.path();
    }
    ASSERT_FALSE(courses_.empty());
    Configure("csv-forloeb", courses_.parent_path());
  }
  void Configure(const std::string& format, const std::filesystem::path& drop) {
    std::ofstream(folder_ / "adapter.yaml", std::ios::trunc)
        << "authority: \"0751\"\nstate: state.db\nkey_file: state.key\nregistry: "
        << (tests::SourceDir() / "mapping/dhrd").string()
        << "\ngateway: {address: \"localhost:8443\", tls: {authority: ca.pem, certificate: c.pem, key: c.key}}\n"
        << "source: {id: drop, format: " << format << ", path: " << drop.string() << "}\n";
  }
  // A drop of KL's reports with one file in it.
  void DropReport(const std::string& name, const std::string& text) {
    std::filesystem::create_directory(folder_ / "drop");
    std::ofstream(folder_ / "drop" / name) << text;
    Configure("kl-reports", folder_ / "drop");
  }
  int Show() { return Run({"records", (folder_ / "adapter.yaml").string(), "--limit", "1000"}); }

  std::filesystem::path courses_;
};

TEST_F(Records, EachIsShownOnce) {
  EXPECT_EQ(Show(), kExitOk) << Err();
  const std::string shown = Out();
  std::ifstream file(courses_);
  const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), lines - 1) << "but the header";
}

TEST_F(Records, AFileThatCannotBeReadIsToldOnceAndTheEndComes) {
  std::ofstream(courses_, std::ios::trunc);
  EXPECT_EQ(Show(), kExitFindings);
  const std::string told = Err();
  const std::size_t first = told.find("source-file-empty");
  ASSERT_NE(first, std::string::npos) << told;
  EXPECT_EQ(told.find("source-file-empty", first + 1), std::string::npos) << told;
}

TEST_F(Records, TheNameOfAFileForgesNoLine) {
  DropReport("a\nhjerte: all is well.json", "{");
  EXPECT_EQ(Show(), kExitFindings);
  const std::string told = Err();
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
}

}  // namespace
}  // namespace hjerte::tool
