#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/portal/language.h"
#include "services/portal/published_cell.h"

namespace hjerte::portal {

// A standard (target) of an indicator.
struct StandardView {
  bool at_least = true;  // false: the result should be below it
  std::string percent;   // decimal text
  std::string source;    // where it is published
};

// A result of the unit itself or of one it is compared with.
struct BenchmarkRow {
  UnitRef unit;
  Cell cell;
};

// A result over time.
struct TrendPoint {
  PeriodRef period;
  Cell cell;
};

// A reason for exclusion, for its label.
struct ReasonView {
  std::string id;
  LocalText label;
};

// One indicator on a municipality's page.
struct IndicatorView {
  std::string id;  // "K1"
  LocalText label;
  LocalText sentence;  // what is measured
  bool draft = true;
  std::optional<StandardView> standard;
  std::vector<ReasonView> reasons;
  Cell cell;                            // the municipality in the chosen period
  std::vector<BenchmarkRow> benchmark;  // cluster, region, nation in the chosen period
  std::vector<TrendPoint> trend;        // the municipality, oldest first, of the chosen kind of period
};

// How fresh and complete a municipality's data is. Counts are absent when hidden.
struct FreshnessView {
  std::optional<common::Instant> last_delivery;  // absent: never delivered
  std::string newest_event;                      // YYYY-MM-DD or empty
  std::optional<common::Instant> next_expected;
  std::optional<int64_t> courses;
  std::optional<int64_t> refused;
  std::string unknown_percent;
};

// What figures were computed with.
struct ProvenanceView {
  int64_t commit_seq = 0;
  std::optional<common::Instant> computed_at;
  std::string variable_set;
  std::string indicator_set;
  std::string geography;
  std::string engine;
  std::string content_sha256;
  bool draft = true;
};

// All that one municipality's page shows: published (masked) figures only.
struct MunicipalityView {
  UnitRef unit;
  std::string cluster;
  std::string region;
  LocalText set_label;
  PeriodRef period;                // the chosen one
  std::vector<PeriodRef> periods;  // all that are published, newest first within each kind
  std::vector<IndicatorView> indicators;
  FreshnessView freshness;
  ProvenanceView provenance;
};

}  // namespace hjerte::portal
