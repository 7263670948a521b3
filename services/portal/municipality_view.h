#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mapping/registry/content/indicator_set.h"
#include "mapping/registry/text.h"
#include "services/common/clock.h"
#include "services/portal/published_cell.h"

namespace hjerte::portal {

// A result of the unit itself or of one it is compared with.
struct BenchmarkRow {
  registry::Unit unit;
  Cell cell;
};

// A result over time.
struct TrendPoint {
  registry::Period period;
  Cell cell;
};

// A reason for exclusion, for its label.
struct ReasonView {
  std::string id;
  registry::Text label;
};

// One indicator on a municipality's page.
struct IndicatorView {
  std::string id;  // "K1"
  registry::Text label;
  registry::Text sentence;  // what is measured
  bool draft = true;
  std::optional<registry::Standard> standard;
  std::vector<ReasonView> reasons;
  Cell cell;                            // the municipality in the chosen period
  std::vector<BenchmarkRow> benchmark;  // cluster, region, nation in the chosen period
  std::vector<TrendPoint> trend;        // the municipality, oldest first, of the chosen kind of period
};

// How fresh and complete a municipality's data is. The count is absent when hidden.
struct FreshnessView {
  std::optional<common::Instant> last_delivery;  // absent: never delivered
  std::optional<registry::Date> newest_month;    // its first day
  std::optional<common::Instant> next_expected;
  std::optional<int64_t> refused;
  std::string unknown_percent;  // of the answers in the published figures of the chosen period; empty: none can be seen
};

// What figures were computed with.
struct ProvenanceView {
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
  registry::Unit unit;
  std::string cluster;
  std::string region;
  registry::Text set_label;
  registry::Period period;                // the chosen one
  std::vector<registry::Period> periods;  // all that are published, newest first within each kind
  std::vector<IndicatorView> indicators;
  FreshnessView freshness;
  ProvenanceView provenance;
};

}  // namespace hjerte::portal
