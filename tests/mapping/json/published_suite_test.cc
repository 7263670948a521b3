// The published JSON parsing suite, JSONTestSuite: n_ must be rejected, y_ accepted, i_ is the parser's own choice.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mapping/json/document.h"
#include "tests/shared.h"

namespace hjerte::json {
namespace {

struct Case {
  std::string name;
  std::string text;
};

// Where the build has put the npm package's file: "export default", then the cases as one JSON array. Its texts are
// UTF-8: what was invalid in them stands there as U+FFFD, so reject_test.cc has invalid bytes of its own.
std::filesystem::path SuiteFile() { return tests::BinaryDir().parent_path() / "suites" / "json" / "parsing.js"; }

std::vector<Case> ReadSuite() {
  std::ifstream file(SuiteFile(), std::ios::binary);
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = script.find('[');
  const std::size_t end = script.rfind(']');
  std::vector<Case> cases;
  if (begin == std::string::npos || end == std::string::npos) return cases;
  const absl::StatusOr<Document> document = Parse(std::string_view(script).substr(begin, end + 1 - begin));
  EXPECT_TRUE(document.ok()) << document.status();
  if (!document.ok()) return cases;
  for (const Value& one : document->root().elements()) {
    cases.push_back({std::string(one.Find("name")->text()), std::string(one.Find("input")->text())});
  }
  return cases;
}

// What RFC 8259 lets pass and we refuse, each with its reason.
const std::map<std::string, std::string_view> kRefusedByUs = {
    {"y_number_double_close_to_zero.json", "a number of more than 64 characters: limits.h"},
    {"y_object_duplicated_key.json", "a name that occurs twice: readers disagree on which value counts"},
    {"y_object_duplicated_key_and_value.json", "the same"},
};

TEST(PublishedJsonSuite, IsParsedAsItsNamesSay) {
  if (!std::filesystem::exists(SuiteFile())) GTEST_SKIP() << "npm gave no " << SuiteFile();
  std::map<char, int> counts;
  for (const Case& one : ReadSuite()) {
    ++counts[one.name.at(0)];
    const bool accepted = Parse(one.text).ok();
    if (one.name.starts_with("i_")) continue;
    EXPECT_EQ(accepted, one.name.starts_with("y_") && !kRefusedByUs.contains(one.name)) << one.name;
  }
  EXPECT_EQ(counts, (std::map<char, int>{{'i', 35}, {'n', 188}, {'y', 95}}));
}

}  // namespace
}  // namespace hjerte::json
