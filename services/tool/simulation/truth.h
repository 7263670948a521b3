#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/tool/simulation/geography.h"
#include "services/tool/simulation/judge.h"

namespace hjerte::tool {

// Counts the judged courses into every cell of units × periods × strata. Beside the calendar's periods there are own
// ones (period_kind own, label FROM/TO), which begin and end on any day.
class Truth {
 public:
  Truth(const Geography& geography, int first_year, int last_year);

  // Adds one judged course of the population; others change nothing.
  void Add(const Judged& judged, const Course& course);

  // Writes truth.csv: a line for each cell of the units that hold a course, zero cells too. Months have no strata.
  absl::Status Write(const std::string& path) const;

 private:
  struct Counts {
    uint32_t numerator = 0;
    uint32_t denominator = 0;
    uint32_t unknown = 0;
    uint32_t excluded[kReasonCount] = {};
  };
  struct Label {
    std::string kind;
    std::string id;
  };
  struct OwnPeriod {
    Day from = 0;
    Day to = 0;
  };

  void AddOwnPeriod(Day from, Day to);
  size_t UnitIndex(const std::string& kind, const std::string& id);
  size_t CellIndex(size_t unit, size_t period, size_t stratum, int indicator) const;
  std::vector<size_t> PeriodsOf(Day day) const;
  static std::vector<size_t> StrataOf(const Judged& judged, const Course& course);

  const Geography& geography_;
  int first_year_;
  int last_year_;
  std::vector<Label> units_;
  std::map<std::string, size_t> unit_index_;
  // Those of the calendar, then the own ones.
  std::vector<Label> periods_;
  std::vector<OwnPeriod> own_periods_;
  std::vector<Label> strata_;
  std::vector<Counts> cells_;
};

// Id of the age band: "18-49", ….
std::string AgeBand(int age);
// Ids as the results name them: "ami", … and "s119", "s140".
std::string GroupId(DiagnosisGroup group);
std::string LegalBasisId(LegalBasis legal_basis);

}  // namespace hjerte::tool
