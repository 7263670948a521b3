#include "services/indicator/cube/live_query.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/copenhagen.h"
#include "services/indicator/engine_version.h"

namespace hjerte::indicator {

absl::StatusOr<const registry::IndicatorSet*> SetOf(const registry::Content& content, const registry::Query& query) {
  const registry::IndicatorSet* set =
      query.indicator_set.empty() ? content.indicator_set_for(query.to) : content.FindIndicatorSet(query.indicator_set);
  if (set == nullptr) {
    return absl::InvalidArgumentError("no such indicator set; ListIndicatorSets names those there are");
  }
  return set;
}

absl::StatusOr<const registry::IndicatorSet*> CompleteLiveQuery(
    const registry::Content& content, const std::optional<std::pair<registry::Date, registry::Date>>& span,
    registry::Date today, registry::Query& query) {
  if (query.to == registry::Date{}) query.to = today;
  if (query.from == registry::Date{}) query.from = span.has_value() ? std::min(span->first, query.to) : query.to;
  if (query.from > query.to) return absl::InvalidArgumentError("from lies after to");
  query.skip_empty = true;
  absl::StatusOr<const registry::IndicatorSet*> set = SetOf(content, query);
  if (set.ok()) query.indicator_set = (*set)->id;
  return set;
}

Provenance MakeProvenance(const registry::Content& content, const registry::IndicatorSet& set,
                          std::string_view geography, std::int64_t commit_seq, common::Instant at) {
  return {.commit_seq = commit_seq,
          .computed_at = at,
          .variable_set = content.variables_on(registry::Date(common::CopenhagenDate(at))).version,
          .indicator_set = absl::StrCat(set.id, " ", set.version),
          .geography = geography.empty() ? "at the date" : std::string(geography),
          .engine = std::string(EngineVersion()),
          .content_sha256 = content.sha256(),
          .draft = content.draft() || set.draft,
          .snapshot = false};
}

}  // namespace hjerte::indicator
