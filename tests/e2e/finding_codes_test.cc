// A code that no test reaches is a promise nobody keeps: whoever adds one, adds the report that earns it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::tests {
namespace {

bool IsCodeLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

// The whole codes that begin with `prefix` where it stands after `before`.
void CollectCodes(const std::string& text, const std::string& before, const std::string& prefix,
                  std::set<std::string>& codes) {
  const std::string start = before + prefix;
  for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    std::size_t end = at + before.size();
    while (end < text.size() && IsCodeLetter(text[end])) ++end;
    const bool whole = before != "\"" || (end < text.size() && text[end] == '"');
    if (whole && text[end - 1] != '-') codes.insert(text.substr(at + before.size(), end - at - before.size()));
  }
}

std::set<std::string> CodesOfTheSources() {
  std::set<std::string> codes;
  for (const char* room : {"adapters", "services/indicator", "mapping/registry"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(SourceDir() / room)) {
      if (entry.path().extension() != ".cc") continue;
      const std::string text = ReadFile(entry.path());
      for (const char* prefix : {"dhrd-", "source-", "map-", "report-", "delivery-", "bundle-"}) {
        CollectCodes(text, "\"", prefix, codes);
      }
    }
  }
  CollectCodes(ReadFile(SourceDir() / "mapping/dhrd/variables.yaml"), "code: ", "dhrd-", codes);
  // An event of the log, a fact of the state file, and the purpose of a key.
  codes.erase("report-refused");
  codes.erase("delivery-trouble");
  codes.erase("delivery-integrity");
  return codes;
}

TEST(FindingCodes, EachIsReachedByATest) {
  std::string tests;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SourceDir() / "tests")) {
    if (entry.path().extension() == ".cc" && entry.path().filename() != "finding_codes_test.cc") {
      tests += ReadFile(entry.path());
    }
  }
  const std::set<std::string> codes = CodesOfTheSources();
  EXPECT_GT(codes.size(), 40U);
  for (const std::string& code : codes) {
    EXPECT_THAT(tests.find("\"" + code + "\"") != std::string::npos, testing::IsTrue()) << code << " is in no test";
  }
}

}  // namespace
}  // namespace hjerte::tests
