#include <gtest/gtest.h>

#include <iostream>

#include "mapping/fhirpath/definitions.h"
#include "tests/mapping/fhirpath/suite_fixture.h"
#include "tests/shared.h"

namespace hjerte::tests {
namespace {

TEST(PublishedSuite, AtLeastNinetyNinePercentPass) {
  HJERTE_REQUIRE_SHARED("suites/fhirpath-r4/tests.json");
  const auto folder = SharedDir() / "suites/fhirpath-r4";
  const std::vector<SuiteCase> cases = ReadCases(folder / "tests.json");
  ASSERT_FALSE(cases.empty());
  size_t passed = 0;
  for (const SuiteCase& test : cases) {
    const std::string problem = RunCase(test, folder / "input", fhirpath::R4Model());
    if (problem.empty()) {
      ++passed;
    } else {
      std::cout << test.name << ": " << test.expression << "\n    " << problem << "\n";
    }
  }
  std::cout << passed << " of " << cases.size() << " published cases pass\n";
  EXPECT_GE(passed * 100, cases.size() * 99);
}

}  // namespace
}  // namespace hjerte::tests
