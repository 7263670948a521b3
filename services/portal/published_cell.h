#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mapping/registry/content/geography.h"
#include "mapping/registry/indicators/cube.h"
#include "mapping/registry/indicators/interval.h"

namespace hjerte::portal {

// The figures of a result that may be seen. Percentages are decimal text with a point and one decimal, rounded by the
// registry; empty when the denominator is 0.
struct Figures {
  int64_t numerator = 0;
  int64_t denominator = 0;
  std::string percent;
  std::string low;  // exact 95 % interval
  std::string high;
};

// How many courses one reason took out.
struct ReasonCount {
  std::string reason;            // id of the reason
  std::optional<int64_t> count;  // absent when hidden
};

// One published result. A hidden one has no figures at all, so nothing downstream can show them by mistake; that is why
// the pages are not written from registry::Cell, which holds true counts.
struct Cell {
  std::optional<Figures> figures;  // absent: hidden ("#")
  std::optional<int64_t> unknown;  // absent: hidden
  std::string unknown_percent;     // of denominator and unknown; empty: hidden or nothing to divide by
  std::vector<ReasonCount> exclusions;
  std::optional<registry::Verdict> verdict;  // absent: hidden
};

// A cell and what it is about.
struct PublishedCell {
  std::string indicator;
  registry::Unit unit;
  registry::Period period;
  Cell cell;
};

}  // namespace hjerte::portal
