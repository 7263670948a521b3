#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mapping/registry/finding.h"
#include "mapping/registry/indicators/cube.h"
#include "mapping/registry/indicators/indicator.h"
#include "mapping/registry/publication/masking.h"
#include "services/common/clock.h"

namespace hjerte::indicator {

// Versions and state that figures were computed from.
struct Provenance {
  std::int64_t commit_seq = 0;
  common::Instant computed_at;
  std::string variable_set;   // version
  std::string indicator_set;  // "id version"
  std::string geography;      // id, or "at the date"
  std::string engine;         // version of the gateway
  std::string content_sha256;
  bool draft = false;
  bool snapshot = false;  // the published snapshot, not live figures
};

// Results. In a published snapshot whatever a mask hides is zero in the cell as well: there is nothing to leak. Cells
// without a single course are left out.
struct Results {
  std::vector<registry::Cell> cells;
  std::vector<registry::CellMask> masks;  // parallel to cells; empty when nothing is masked (live figures)
  Provenance provenance;

  // The mask of a cell; of a live one a mask that hides nothing.
  const registry::CellMask& MaskOf(std::size_t index) const;
};

// How fresh and complete one municipality's data is. For those who see what is public there is no count of courses and
// no share of unknown answers: both are of this moment, and a published snapshot less the one is what it hides.
struct Freshness {
  std::string authority;
  std::optional<common::Instant> last_delivery;
  std::string newest_event;  // YYYY-MM-DD
  std::optional<common::Instant> next_expected;
  std::optional<std::int64_t> refused;
  std::optional<std::int64_t> courses;
  std::optional<std::int64_t> overlapping;  // courses that overlap one of the same citizen elsewhere
  std::string unknown_percent;              // one decimal; empty when hidden or nothing to divide by
};

// Why one course counts as it does.
struct CourseExplanation {
  std::vector<registry::Explanation> indicators;
  std::vector<registry::Finding> findings;
  Provenance provenance;
};

}  // namespace hjerte::indicator
