#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/registry/text.h"
#include "services/common/clock.h"
#include "services/portal/municipality_view.h"

namespace hjerte::portal {

// One line of the list of municipalities.
struct MunicipalityLine {
  std::string code;
  std::string name;
  std::string cluster;
  std::optional<common::Instant> last_delivery;  // absent: never delivered
};

// Municipalities of one region, by name.
struct RegionGroup {
  std::string name;
  std::vector<MunicipalityLine> municipalities;
};

// All that the front page shows.
struct CountryView {
  registry::Text set_label;
  std::vector<RegionGroup> regions;
  ProvenanceView provenance;
};

}  // namespace hjerte::portal
