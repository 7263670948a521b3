#include <gtest/gtest.h>

#include <algorithm>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/function.h"
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

TEST(OurCases, NameEveryFunction) {
  std::string all;
  for (const auto& file : Files()) all += ReadFile(file);
  for (const auto family : {fhirpath::ExistenceFunctions(), fhirpath::SubsettingFunctions(),
                            fhirpath::FilteringFunctions(), fhirpath::ControlFunctions(), fhirpath::StringFunctions(),
                            fhirpath::RegexFunctions(), fhirpath::EncodingFunctions(), fhirpath::MathFunctions(),
                            fhirpath::ConversionFunctions(), fhirpath::TypeFunctions(), fhirpath::CalendarFunctions(),
                            fhirpath::BoundaryFunctions(), fhirpath::TreeFunctions(), fhirpath::FhirFunctions()}) {
    for (const fhirpath::FunctionInfo& function : family) {
      EXPECT_NE(all.find(std::string(function.name) + "("), std::string::npos) << function.name << " has no case";
    }
  }
}

}  // namespace
}  // namespace hjerte::tests
