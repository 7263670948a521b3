#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/publication/publication.h"
#include "services/indicator/cube/results.h"

namespace hjerte::indicator {

// One published snapshot: the whole fixed grid of one indicator set, masked as a whole, packed (about 20 bytes a cell).
// Immutable and thread-safe. The packed form also is what the store keeps (services/README.md describes it).
class Snapshot {
 public:
  static std::string Pack(const registry::Publication& publication, const Provenance& provenance);
  // DataLoss when the bytes are not those of Pack; FailedPrecondition when they are an older version's, which holds no
  // witnesses.
  static absl::StatusOr<std::shared_ptr<const Snapshot>> Open(std::string packed);

  const Provenance& provenance() const { return provenance_; }
  // Whether there is no cell in it.
  bool IsEmpty() const;
  // The cells asked for with what the masks hide taken out. Of the query the units, period kind, from, to, strata and
  // indicators count.
  absl::StatusOr<Results> Select(const registry::Query& query) const;
  // What was packed, true counts and witnesses too, for publishing the next one. FailedPrecondition when the content
  // has other units or reasons than it had then; the set must be the one it was made of.
  absl::StatusOr<registry::Publication> Unpack(const registry::Content& content,
                                               const registry::IndicatorSet& set) const;

 private:
  struct Tables {
    std::vector<registry::Period> periods;
    std::vector<std::pair<registry::StratumKind, std::string>> strata;
    struct IndicatorReasons {
      std::string id;
      std::vector<std::string> exclusions;
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
    std::size_t witnesses_offset = 0;
  };
  class Loader;
  Snapshot() = default;
  absl::Status ReadCells(const Tables::UnitPlace& unit, const registry::Query& query, Results& out) const;

  std::string packed_;
  Provenance provenance_;
  Tables tables_;
};

}  // namespace hjerte::indicator
