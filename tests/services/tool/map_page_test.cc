#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

#include "mapping/fhirpath/definitions.h"
#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

// Follows the page on writing a map as a new user would: every block with `file=` is written, every `hjerte` line is
// run.

namespace hjerte::tool {
namespace {

namespace fs = std::filesystem;

struct Block {
  std::string info;
  std::string text;
};

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Block> BlocksOf(const fs::path& page) {
  std::ifstream file(page);
  std::vector<Block> blocks;
  bool inside = false;
  size_t indent = 0;
  for (std::string line; std::getline(file, line);) {
    // A block within a list is indented as far as its fence.
    const size_t fence = line.find_first_not_of(' ');
    if (fence != std::string::npos && line.substr(fence).starts_with("```")) {
      if (!inside) blocks.push_back({line.substr(fence + 3), ""});
      inside = !inside;
      indent = fence;
    } else if (inside) {
      blocks.back().text += line.substr(std::min(indent, line.size())) + "\n";
    }
  }
  return blocks;
}

std::vector<std::string> Words(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

// As an entry of `indicators:`.
std::string Indented(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) out += "  " + line + "\n";
  return out;
}

class MapPage : public ToolFixture {
 protected:
  MapPage() : before_(fs::current_path()) {
    fs::create_directories(folder_ / "mapping");
    fs::copy(tests::SourceDir() / "mapping/dhrd", folder_ / "mapping/dhrd", fs::copy_options::recursive);
    fs::current_path(folder_.path());
  }
  ~MapPage() override { fs::current_path(before_); }

  // Runs one line of the page as a shell would; false for what is no command of ours.
  bool RunLine(const std::string& line) {
    std::vector<std::string> words = Words(line);
    if (words.empty() || words.front() != "hjerte") return false;
    words.erase(words.begin());
    std::optional<std::string> output;
    if (words.size() > 2 && words[words.size() - 2] == ">") {
      output = words.back();
      words.resize(words.size() - 2);
    }
    EXPECT_EQ(Run(words), kExitOk) << line << "\n" << Err();
    said_ += Out();
    if (output.has_value()) std::ofstream(*output) << Out();
    return true;
  }

  std::string said_;

 private:
  fs::path before_;
};

TEST_F(MapPage, EveryStepWorksAsWritten) {
  if (fhirpath::R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  std::ofstream("adapter.key") << std::string(64, 'a') << "\n";
  fs::permissions("adapter.key", fs::perms::owner_read | fs::perms::owner_write);
  size_t files = 0;
  size_t commands = 0;
  for (const Block& block : BlocksOf(tests::SourceDir() / "mapping/structuremap/README.md")) {
    if (const size_t at = block.info.find("file="); at != std::string::npos) {
      const fs::path path = block.info.substr(at + 5);
      if (path.has_parent_path()) fs::create_directories(path.parent_path());
      std::ofstream(path) << block.text;
      ++files;
    } else if (block.info == "sh") {
      std::istringstream lines(block.text);
      for (std::string line; std::getline(lines, line);) commands += RunLine(line) ? 1 : 0;
    }
  }
  EXPECT_EQ(files, 4U);
  EXPECT_EQ(commands, 8U);
  EXPECT_THAT(said_, testing::HasSubstr("\"Value\": 420.5"));
  EXPECT_THAT(said_, testing::HasSubstr("in order, 2 groups"));
  EXPECT_THAT(said_, testing::ContainsRegex("six_minute_walk +start +src\\.Tests\\.Value"));
  EXPECT_THAT(said_, testing::HasSubstr("report.json: would be accepted"));
  EXPECT_THAT(said_, testing::HasSubstr("urn:hjertegateway:adapter:0751"));
}

// The page on adding an indicator, done as it says: a set that follows the one in force, with the page's indicator in
// it.
TEST_F(MapPage, AnIndicatorIsAddedAsItsPageSays) {
  std::string indicator;
  std::string command;
  for (const Block& block : BlocksOf(tests::SourceDir() / "mapping/README.md")) {
    if (block.info == "yaml" && block.text.find("- id: K7") != std::string::npos) indicator = block.text;
    if (block.info == "sh") command = block.text;
  }
  ASSERT_NE(indicator, "");
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  const fs::path sets = "mapping/dhrd/indicators";
  const std::string old_set = ReadAll(sets / "municipal-2017.yaml");
  std::string new_set = replaced(old_set, "id: municipal-2017", "id: municipal-2027");
  new_set = replaced(new_set, "valid_from: 2007-01-01", "valid_from: 2027-01-01");
  std::ofstream(sets / "municipal-2027.yaml") << new_set << Indented(indicator);
  std::ofstream(sets / "municipal-2017.yaml")
      << replaced(old_set, "valid_from: 2007-01-01", "valid_from: 2007-01-01\nvalid_to: 2026-12-31");
  EXPECT_EQ(Run(Words(command.substr(command.find("validate")))), kExitOk) << Err();
  std::ofstream(sets / "municipal-2027.yaml")
      << new_set << Indented(replaced(indicator, "ldl.end < 1.8", "ldl.ende < 1.8"));
  EXPECT_NE(Run(Words(command.substr(command.find("validate")))), kExitOk);
  EXPECT_THAT(Err(), testing::ContainsRegex("municipal-2027\\.yaml:[0-9]+: in K7 numerator: .*ende"));
}

}  // namespace
}  // namespace hjerte::tool
