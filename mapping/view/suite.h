#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/json/value.h"
#include "mapping/view/view.h"

namespace hjerte::view {

// How many tests of a file passed.
struct SuiteResult {
  size_t passed = 0;
  size_t failed = 0;
};

// Runs a file of the published SQL on FHIR suite (title, resources, tests) and adds its results to `report` under
// `name`, in the suite's own report form: {"name": {"tests": [{"name", "result": {"passed", "error"}}]}}. Rows are
// compared as a set with repetitions, numbers by value, as the suite leaves their order open. Errors: InvalidArgument
// for a file that is no suite.
absl::StatusOr<SuiteResult> RunSuite(const json::Value& suite, std::string_view name, const ViewOptions& options,
                                     json::Arena& arena, json::Value report);

}  // namespace hjerte::view
