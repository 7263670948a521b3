#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/parser.h"
#include "tests/mapping/fhirpath/suite_fixture.h"
#include "tests/shared.h"

namespace hjerte::tests {
namespace {

const std::filesystem::path& Folder() {
  static const std::filesystem::path folder = SourceDir() / "tests/mapping/fhirpath";
  return folder;
}

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(Folder() / "cases")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(OurCases, AllPass) {
  if (fhirpath::R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  size_t count = 0;
  for (const auto& file : Files()) {
    for (SuiteCase& test : ReadCases(file)) {
      test.input = "observation.json";
      ++count;
      const std::string problem = RunCase(test, Folder() / "input", fhirpath::R4Model());
      EXPECT_EQ(problem, "") << test.name << ": " << test.expression;
    }
  }
  EXPECT_GT(count, 300u);
}

// A case says what it covers: "substring empty" is the empty case of substring(). Every function and operator the
// engine knows has a normal, an empty and an error case.
TEST(OurCases, CoverEveryFunctionAndOperator) {
  std::set<std::string> covered;
  for (const auto& file : Files()) {
    for (const SuiteCase& test : ReadCases(file)) covered.insert(test.covers.begin(), test.covers.end());
  }
  std::vector<std::string> names = {"[]", "unary -", "unary +", "."};
  for (const auto family : fhirpath::FunctionFamilies()) {
    for (const fhirpath::FunctionInfo& function : family) names.push_back(std::string(function.name) + "()");
  }
  for (const auto& each : fhirpath::BinaryOperators()) names.emplace_back(each.text);
  for (const std::string& name : names) {
    for (const char* kind : {" normal", " empty", " error"}) {
      EXPECT_EQ(covered.count(name + kind), 1u) << "no case is marked \"covers\": \"" << name << kind << "\"";
      covered.erase(name + kind);
    }
  }
  for (const std::string& mark : covered) ADD_FAILURE() << mark << " marks a case of nothing the engine has";
}

TEST(ReadmeExamples, AreTheProgramsThatAreCompiled) {
  for (const char* room : {"fhirpath", "structuremap"}) {
    const std::string page = ReadFile(SourceDir() / "mapping" / room / "README.md");
    const std::string program = ReadFile(SourceDir() / "tests/mapping" / room / "readme_example.cc");
    EXPECT_NE(page.find("```cpp\n" + program + "```\n"), std::string::npos) << room;
  }
}

}  // namespace
}  // namespace hjerte::tests
