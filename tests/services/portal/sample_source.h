#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/portal/published_source.h"

namespace hjerte::tests {

// Published figures made up for the pages' tests: municipality 0751 has every kind of cell, 0461 has never delivered.
class SampleSource final : public portal::PublishedSource {
 public:
  std::string Version() const override { return version; }
  absl::StatusOr<portal::CountryView> Country() const override;
  absl::StatusOr<portal::MunicipalityView> Municipality(std::string_view code, std::string_view period) const override;
  absl::StatusOr<std::vector<portal::PublishedCell>> Cells(std::string_view code) const override;

  std::string version = "1";
  // Appended to every name of a municipality, cluster and region.
  std::string hostile_suffix;
  // Makes Country and the others fail as before the first snapshot.
  bool nothing_published = false;
};

// A cell that can be seen: n of d, with an interval that is near enough for a picture.
portal::Cell SeenCell(int64_t n, int64_t d, int64_t unknown);
// A cell that is hidden, with everything about it hidden too.
portal::Cell HiddenCell();

}  // namespace hjerte::tests
