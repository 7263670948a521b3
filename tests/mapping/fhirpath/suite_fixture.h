#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mapping/fhirpath/expression.h"
#include "mapping/json/document.h"

namespace hjerte::tests {

// One case of a file in the published suite's form.
struct SuiteCase {
  std::string name;
  std::string expression;
  std::string input;  // File name; empty for none.
  std::string input_json;
  std::vector<std::string> covers;  // Marks of our own cases, such as "count() empty".
  std::string invalid;              // syntax, semantic, execution, or empty.
  bool predicate = false;
  bool strict = false;
  bool loaded = false;  // Value sets and definitions are at hand.
  struct Output {
    std::string type;  // Empty where any will do.
    std::string value;
  };
  std::vector<Output> outputs;
};

// The cases of a file; `input` objects may stand in the case itself (`"document": {…}`).
std::vector<SuiteCase> ReadCases(const std::filesystem::path& file);

// Runs one case; empty if it passes, else what was found instead.
std::string RunCase(const SuiteCase& test, const std::filesystem::path& input_dir, const fhirpath::TypeModel* model);

// A file's content.
std::string ReadFile(const std::filesystem::path& path);

}  // namespace hjerte::tests
