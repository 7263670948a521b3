#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/date.h"

namespace hjerte::registry {

// Kind of a unit of comparison.
enum class UnitKind : uint8_t { kMunicipality, kCluster, kRegion, kNation };

// A unit of comparison: a municipality, a health cluster or council, a region, or the nation ("DK").
struct Unit {
  UnitKind kind = UnitKind::kNation;
  std::string id;         // Municipality or region code, cluster name, "DK".
  std::string name;       // For people.
  bool confirmed = true;  // False when the grouping is inferred, not read in a source.
};

// One dated division of the country: each municipality has one cluster and one region.
class Geography {
 public:
  static constexpr std::string_view kNation = "DK";

  struct Row {
    std::string municipality, municipality_name;
    std::string cluster, cluster_name;
    std::string region, region_name;
    bool cluster_confirmed = true;
  };

  Geography(std::string id, Validity validity, std::vector<Row> rows);

  const std::string& id() const { return id_; }  // E.g. "dk-2007".
  const Validity& validity() const { return validity_; }
  const std::vector<Row>& rows() const { return rows_; }
  // The units of one kind, ordered by id.
  const std::vector<Unit>& units(UnitKind kind) const { return units_[static_cast<size_t>(kind)]; }
  // Index in units(kind) of the unit the municipality belongs to; none for a code that is no municipality.
  std::optional<uint16_t> UnitOf(UnitKind kind, std::string_view municipality) const;
  // The unit with this id, or null.
  const Unit* Find(UnitKind kind, std::string_view id) const;

 private:
  std::string id_;
  Validity validity_;
  std::vector<Row> rows_;
  std::vector<Unit> units_[4];
  std::unordered_map<std::string, size_t> row_of_;
  std::vector<uint16_t> unit_of_row_[4];
};

// Reads one file of mapping/dhrd/geography: `# id: …`, `# valid_from: …`, `# valid_to: …` and then CSV with a header.
// Errors are "file:line: what, what to do".
absl::StatusOr<Geography> ParseGeography(std::string_view file_name, std::string_view text);

}  // namespace hjerte::registry
