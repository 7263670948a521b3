#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/tool/simulation/course.h"
#include "services/tool/simulation/geography.h"

namespace hjerte::tool {

// What to simulate.
struct SimulationOptions {
  int municipalities = 6;
  // Over all municipalities.
  int courses = 3000;
  uint64_t seed = 1;
  // Years of closure, both included.
  int first_year = 2020;
  int last_year = 2024;
  // How many times the care systems export, with corrections in between.
  int waves = 3;
  std::vector<Format> formats = {Format::kCsv, Format::kJson, Format::kKl};
  std::filesystem::path out{};
};

// What was simulated.
struct SimulationSummary {
  int64_t courses = 0;
  int64_t sessions = 0;
  int64_t measurements = 0;
  // Courses that count in the truth.
  int64_t population = 0;
};

// Writes OUT/<municipality>/… as care systems export, and OUT/truth.csv, courses_truth.csv (how each course counts),
// sources.csv (code, name, format, what it carries) and citizens.txt (every CPR number, to search for leaks with).
// Memory does not grow with the sessions. OUT must be empty or not be there. `progress` is told the courses done.
absl::StatusOr<SimulationSummary> Simulate(const SimulationOptions& options, const Geography& geography,
                                           const std::function<void(int64_t)>& progress);

}  // namespace hjerte::tool
