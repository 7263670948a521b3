#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hjerte::tool {

// How the figures of a service agree with the truth.
struct Comparison {
  // Cells of the truth, and of the results beyond it that are not zero.
  int64_t cells = 0;
  // Those whose numerator, denominator, unknown and every exclusion are the same.
  int64_t equal = 0;
  // The first differences, one line each.
  std::vector<std::string> differences;
  // "K2 excluded:no_planned_session", … with what never occurs in the truth.
  std::vector<std::string> missing_states;
};

// Compares truth.csv with the CSV that `hjerte results --unmasked --format csv` writes, in one file or several. Columns
// are matched by name; a cell that one side lacks counts as zeros. Only period and stratum kinds that the results hold
// are compared. Keeps at most `differences_max` differences.
absl::StatusOr<Comparison> CompareWithTruth(const std::string& truth_path, const std::vector<std::string>& result_paths,
                                            size_t differences_max);

}  // namespace hjerte::tool
