#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content.h"
#include "services/indicator/results.h"

namespace hjerte::indicator {

// One published snapshot: the whole fixed grid of one indicator set, masked as a whole, packed (about 20 bytes a cell).
// Immutable and thread-safe. The packed form also is what the store keeps (services/README.md describes it).
class Snapshot {
 public:
  // Packs a grid whose cells are ordered by unit.
  static std::string Pack(const std::vector<registry::Cell>& cells, const std::vector<registry::CellMask>& masks,
                          const Provenance& provenance);
  // DataLoss when the bytes are not those of Pack.
  static absl::StatusOr<std::shared_ptr<const Snapshot>> Open(std::string packed);

  const Provenance& provenance() const { return provenance_; }
  // The cells asked for with what the masks hide taken out. Of the query the units, period kind, from, to, strata and
  // indicators count.
  absl::StatusOr<Results> Select(const registry::Query& query) const;
  // Everything with its true counts, for masking the next snapshot against this one.
  absl::StatusOr<Results> All() const;

 private:
  struct Tables {
    std::vector<registry::Period> periods;
    std::vector<std::pair<registry::StratumKind, std::string>> strata;
    struct IndicatorReasons {
      std::string id;
      std::vector<std::string> exclusions;
      std::vector<std::string> unknown;
    };
    std::vector<IndicatorReasons> indicators;
    struct UnitPlace {
      registry::UnitKind kind;
      std::string id;
      std::string name;
      std::size_t offset;  // of its cells in the packed bytes
      std::size_t cells;
    };
    std::vector<UnitPlace> units;
  };
  Snapshot() = default;
  absl::Status ReadCells(const Tables::UnitPlace& unit, const registry::Query* query, bool hide, Results& out) const;

  std::string packed_;
  Provenance provenance_;
  Tables tables_;
};

}  // namespace hjerte::indicator
