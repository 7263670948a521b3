#include "tests/e2e/fault_expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace hjerte::tests {
namespace {

using testing::HasSubstr;

// The entries of `quarantine list`, by key: what stands below it.
std::map<std::string, std::string> EntriesOf(const std::string& list) {
  std::map<std::string, std::string> entries;
  std::istringstream lines(list);
  std::string key;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ")) {
      entries[key] += line + "\n";
    } else if (const std::size_t end = line.find("  since "); end != std::string::npos) {
      key = line.substr(0, end);
      entries[key];
    }
  }
  return entries;
}

}  // namespace

void ExpectQuarantine(const Installation& house, const std::string& code, const std::vector<ExpectedFault>& faults) {
  const Outcome list = house.AskAdapter(code, {"quarantine", "list"});
  EXPECT_EQ(list.exit_code, 1) << list.err;
  const std::map<std::string, std::string> entries = EntriesOf(list.out);
  EXPECT_EQ(entries.size(), faults.size()) << list.out;
  const std::string log = ReadFile(house.adapter_log(code));
  for (const ExpectedFault& fault : faults) {
    SCOPED_TRACE(fault.key + ": " + fault.code);
    const auto entry = entries.find(fault.key);
    if (entry == entries.end()) {
      ADD_FAILURE() << "is not in quarantine";
      continue;
    }
    EXPECT_THAT(entry->second, HasSubstr("  error " + fault.code));
    EXPECT_THAT(entry->second, HasSubstr(fault.danish));
    const Outcome show = house.AskAdapter(code, {"quarantine", "show", fault.key, "--reason", "test"});
    EXPECT_EQ(show.exit_code, 0) << show.err;
    EXPECT_THAT(show.out, HasSubstr(fault.code));
    EXPECT_THAT(log, HasSubstr("code=" + fault.code));
  }
}

void ExpectCompleted(const Installation& house, const std::string& code, int year, int courses) {
  const std::string figures = house.Figures("year");
  const std::size_t begin = figures.find("K1,municipality," + code);
  ASSERT_NE(begin, std::string::npos) << figures;
  const std::string row = figures.substr(begin, figures.find('\n', begin) - begin);
  const std::string count = std::to_string(courses);
  EXPECT_THAT(row, HasSubstr("year," + std::to_string(year) + ",total,," + count + "," + count + ",100.0"));
}

}  // namespace hjerte::tests
