#pragma once

#include <string>
#include <vector>

namespace hjerte::indicator::testing {

// A synthetic CPR number: fails modulus 11 and is not born on 1 January. The same number for the same n.
std::string SyntheticCpr(int n);

// One course as a test wants to report it; every field has a sound default.
struct CourseReport {
  std::string key = "course-1";
  std::string cpr = SyntheticCpr(1);
  std::string municipality = "0751";
  std::string stamp = "2026-01-10T10:00:00Z";
  std::string diagnosis = "DI214";  // SKS
  std::string legal_basis = "s140";
  std::string referred = "2025-01-05";
  std::string start = "2025-02-01";
  std::string end = "2025-06-01";    // empty: open
  std::string status = "completed";  // of the plan's detail; "in-progress" when open
  bool entered_in_error = false;     // the referral and the plan
  std::string walk_start = "400";    // metres; empty: not measured
  std::string walk_end = "460";
  int sessions_planned = 10;
  int sessions_attended = 8;
  bool hads = true;
  std::string bundle_id{};  // empty: none

  // The report as a Bundle of our profile, JSON.
  std::string Bundle() const;
  // The same in parts: the course and its plan, the sessions, the measurements; each with Patient and referral.
  std::vector<std::string> Parts() const;
};

// What the builder's source carries: all that it can hold.
std::vector<std::string> CarriedVariables();

}  // namespace hjerte::indicator::testing
