#pragma once

#include <string>
#include <vector>

#include "tests/e2e/installation.h"

namespace hjerte::tests {

// What the operator must find in quarantine for a faulty record.
struct ExpectedFault {
  // Key as `hjerte quarantine list` shows it.
  std::string key;
  // Stable code of the error.
  std::string code;
  // Part of the Danish reason.
  std::string danish;
};

// Expects that `hjerte quarantine list` and `show` tell exactly these, each with its reason in Danish, and that the log
// names the same codes.
void ExpectQuarantine(const Installation& house, const std::string& code, const std::vector<ExpectedFault>& faults);

// Expects that so many courses of that municipality ended in the year, each by completion (K1), at the centre.
void ExpectCompleted(const Installation& house, const std::string& code, int year, int courses);

}  // namespace hjerte::tests
