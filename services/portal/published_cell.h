#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hjerte::portal {

// Levels a result is compared at, smallest first.
enum class UnitLevel { kMunicipality, kCluster, kRegion, kNation };

// A unit of comparison.
struct UnitRef {
  UnitLevel level = UnitLevel::kMunicipality;
  std::string id;    // municipality or region code, cluster name, "DK"
  std::string name;  // as people call it
};

// How the published grid divides time.
enum class PeriodKind { kYear, kHalfYear, kQuarter };

// A period of closure dates.
struct PeriodRef {
  PeriodKind kind = PeriodKind::kYear;
  std::string label;  // "2025", "2025-H1", "2025-Q3"
  std::string from;   // first day, YYYY-MM-DD
  std::string to;     // last day, included
};

// A result against its standard.
enum class Verdict { kNotJudged, kNotSet, kMet, kNotMet, kUndecided };

// The figures of a result that may be seen. Percentages are decimal text with a point and one decimal, rounded by the
// registry; empty when the denominator is 0.
struct Figures {
  int64_t numerator = 0;
  int64_t denominator = 0;
  std::string percent;
  std::string low;  // exact 95 % interval
  std::string high;
};

// How many courses one reason excluded.
struct ExclusionCount {
  std::string reason;            // id of the reason
  std::optional<int64_t> count;  // absent when hidden
};

// One published result. A hidden one has no figures at all, so nothing downstream can show them by mistake.
struct Cell {
  std::optional<Figures> figures;  // absent: hidden ("#")
  std::optional<int64_t> unknown;  // absent: hidden
  std::string unknown_percent;     // of denominator and unknown; empty: hidden or nothing to divide by
  std::vector<ExclusionCount> exclusions;
  Verdict verdict = Verdict::kNotJudged;
};

// A cell and what it is about.
struct PublishedCell {
  std::string indicator;
  UnitRef unit;
  PeriodRef period;
  Cell cell;
};

}  // namespace hjerte::portal
