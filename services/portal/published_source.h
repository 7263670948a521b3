#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/portal/country_view.h"
#include "services/portal/municipality_view.h"
#include "services/portal/published_cell.h"

namespace hjerte::portal {

// Where the pages get what they show: the published, masked snapshot and nothing else. Called from the server's
// threads; implementations answer from memory.
class PublishedSource {
 public:
  virtual ~PublishedSource() = default;

  // Changes whenever anything a page shows may have changed; becomes part of the ETag.
  virtual std::string Version() const = 0;
  // UNAVAILABLE until there is a snapshot.
  virtual absl::StatusOr<CountryView> Country() const = 0;
  // `period`: a label such as "2025-H1"; empty: the latest published year. NOT_FOUND for an unknown municipality or
  // period.
  virtual absl::StatusOr<MunicipalityView> Municipality(std::string_view code, std::string_view period) const = 0;
  // Every published cell (the total, no strata) of the municipality and the units it is compared with.
  virtual absl::StatusOr<std::vector<PublishedCell>> Cells(std::string_view code) const = 0;
};

}  // namespace hjerte::portal
