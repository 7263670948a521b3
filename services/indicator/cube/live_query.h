#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/indicators/cube.h"
#include "services/indicator/cube/results.h"

namespace hjerte::indicator {

// Fills in what a query for unmasked figures leaves open, by the closure dates there are and the day it is: from the
// first closure, to today, the set in force on `to`, no empty cells. InvalidArgument for a set that is none or a span
// that is empty; else the set.
absl::StatusOr<const registry::IndicatorSet*> CompleteLiveQuery(
    const registry::Content& content, const std::optional<std::pair<registry::Date, registry::Date>>& span,
    registry::Date today, registry::Query& query);

// The indicator set a query means: its own, else the one in force on `to`.
absl::StatusOr<const registry::IndicatorSet*> SetOf(const registry::Content& content, const registry::Query& query);

// Provenance of figures computed at an instant for a set.
Provenance MakeProvenance(const registry::Content& content, const registry::IndicatorSet& set,
                          std::string_view geography, std::int64_t commit_seq, common::Instant at);

}  // namespace hjerte::indicator
