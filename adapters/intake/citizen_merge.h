#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/reports/resource_versions.h"
#include "adapters/state/state_file.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::adapters {

// The current version of every resource of every citizen that delivery reports have brought, kept sealed in the state
// file. Of two versions of a resource the later stamp wins, then the one entered in error, then the greater hash: the
// result depends on the set of reports, not on their order. Every change takes part in the
// transaction the caller holds.
class CitizenMerge {
 public:
  // `state` must outlive the merge.
  explicit CitizenMerge(StateFile& state) : state_(state) {}

  // Takes in the resources of one checked report whose identities are assigned; a resource without a stamp of its own
  // has that of the Bundle. `report` is the text they were read from. Returns true when anything changed.
  absl::StatusOr<bool> Add(std::string_view citizen, const json::Value& bundle, std::string_view report,
                           json::Arena& arena);

  // The maps are others: whatever is kept gives way to what its report is read as now, and to what another report has
  // of the same stamp, unless one of the two is entered in error.
  absl::Status GiveWayToSameVersions();

  // Every citizen with resources.
  absl::StatusOr<std::vector<std::string>> Citizens();

  // Everything current of a citizen as one Bundle, each resource with its stamp in meta.lastUpdated.
  absl::StatusOr<json::Value> Read(std::string_view citizen, json::Arena& arena);

 private:
  // `report`: of the hash that is kept with a version.
  absl::StatusOr<bool> IsNewer(std::string_view citizen, const ResourceVersion& version, std::string_view report);

  StateFile& state_;
};

// Puts a delivery report in the form the merge needs, in place: stamps every resource (meta.lastUpdated, else the
// Bundle's timestamp) and rewrites references by fullUrl or absolute address as "Type/id".
void NormaliseReport(json::Value& bundle, json::Arena& arena);

}  // namespace hjerte::adapters
