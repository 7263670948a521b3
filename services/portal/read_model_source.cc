#include "services/portal/read_model_source.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/common/copenhagen.h"
#include "services/portal/danish_order.h"

namespace hjerte::portal {
namespace {

constexpr auto kFreshnessAge = std::chrono::seconds(30);
constexpr size_t kTrendPointsMax = 12;
constexpr registry::PeriodKind kPublishedKinds[] = {registry::PeriodKind::kYear, registry::PeriodKind::kHalfYear,
                                                    registry::PeriodKind::kQuarter};
// Far past and far future: everything there is.
constexpr registry::Date kFirstDay = std::chrono::year(1900) / 1 / 1;
constexpr registry::Date kLastDay = std::chrono::year(2999) / 12 / 31;

registry::Query TotalsOf(registry::PeriodKind kind, registry::Date from, registry::Date to) {
  registry::Query query;
  query.period_kind = kind;
  query.from = from;
  query.to = to;
  return query;
}

// A published cell without what its mask hides. Shares are computed only of what may be seen: an unknown share beside a
// hidden denominator would give the denominator away.
Cell SeenPart(const registry::Cell& from, const registry::CellMask& mask) {
  Cell cell;
  const bool all_seen = !mask.counts && !mask.unknown;
  const registry::CellFigures texts = mask.counts ? registry::CellFigures() : registry::Figures(from);
  if (!mask.counts) {
    cell.figures = Figures{from.numerator, from.denominator, texts.percent, texts.ci_low, texts.ci_high};
    cell.verdict = from.verdict;
  }
  if (!mask.unknown) cell.unknown = from.unknown;
  if (all_seen) cell.unknown_percent = texts.unknown_percent;
  for (size_t i = 0; i < from.exclusions.size(); ++i) {
    const bool hidden = i < mask.exclusions.size() && mask.exclusions[i];
    ReasonCount count{from.exclusions[i].reason, std::nullopt};
    if (!hidden) count.count = from.exclusions[i].count;
    cell.exclusions.push_back(std::move(count));
  }
  return cell;
}

// A cell the snapshot leaves out holds no course at all.
Cell EmptyCell(const registry::Indicator& indicator) {
  registry::Cell empty;
  empty.verdict = registry::Judge(indicator.standard, 0, 0);
  return SeenPart(empty, {});
}

using CellsByKey = std::map<std::string, Cell, std::less<>>;

std::string KeyOf(registry::UnitKind kind, std::string_view indicator, std::string_view period) {
  return absl::StrCat(static_cast<int>(kind), "|", std::string(indicator), "|", std::string(period));
}

CellsByKey ByKey(const indicator::Results& results) {
  CellsByKey cells;
  for (size_t i = 0; i < results.cells.size(); ++i) {
    const registry::Cell& cell = results.cells[i];
    if (cell.stratum_kind != registry::StratumKind::kTotal) continue;
    cells[KeyOf(cell.unit_kind, cell.indicator, cell.period.label)] = SeenPart(cell, results.MaskOf(i));
  }
  return cells;
}

Cell Take(const CellsByKey& cells, registry::UnitKind kind, const registry::Indicator& indicator,
          const registry::Period& period) {
  const auto found = cells.find(KeyOf(kind, indicator.id, period.label));
  return found == cells.end() ? EmptyCell(indicator) : found->second;
}

ProvenanceView ViewOf(const indicator::Provenance& from) {
  ProvenanceView view;
  view.computed_at = from.computed_at;
  view.variable_set = from.variable_set;
  view.indicator_set = from.indicator_set;
  view.geography = from.geography;
  view.engine = from.engine;
  view.content_sha256 = from.content_sha256;
  view.draft = from.draft;
  return view;
}

// The periods that the nation has results in, and those between them; newest first within each kind.
absl::StatusOr<std::vector<registry::Period>> PublishedPeriods(const indicator::Snapshot& snapshot) {
  std::vector<registry::Period> periods;
  for (const registry::PeriodKind kind : kPublishedKinds) {
    registry::Query query = TotalsOf(kind, kFirstDay, kLastDay);
    query.unit_kinds = {registry::UnitKind::kNation};
    const auto results = snapshot.Select(query);
    if (!results.ok()) return results.status();
    if (results->cells.empty()) continue;
    registry::Date from = kLastDay;
    registry::Date to = kFirstDay;
    for (const registry::Cell& cell : results->cells) {
      from = std::min(from, cell.period.from);
      to = std::max(to, cell.period.to);
    }
    std::vector<registry::Period> of_kind = registry::PeriodsBetween(kind, from, to);
    periods.insert(periods.end(), of_kind.rbegin(), of_kind.rend());
  }
  return periods;
}

// Whether the grouping is one that exists: a geography puts municipalities whose cluster or council is not known into a
// unit "unknown-…", which nobody can be compared with.
bool IsKnown(const registry::Unit& unit) { return !unit.id.empty() && !unit.id.starts_with("unknown"); }

// The unit and those it is compared with. A municipality without a known cluster has none.
std::vector<registry::Unit> ComparedWith(const registry::Geography& geography, std::string_view code) {
  std::vector<registry::Unit> units;
  for (const registry::UnitKind kind : {registry::UnitKind::kMunicipality, registry::UnitKind::kCluster,
                                        registry::UnitKind::kRegion, registry::UnitKind::kNation}) {
    const auto at = geography.UnitOf(kind, code);
    if (at && IsKnown(geography.units(kind)[*at])) units.push_back(geography.units(kind)[*at]);
  }
  return units;
}

std::vector<ReasonView> ReasonsOf(const registry::Indicator& indicator) {
  std::vector<ReasonView> reasons;
  for (const registry::Reason& reason : indicator.excluded) reasons.push_back({reason.id, reason.label});
  for (const registry::Reason& reason : indicator.unknown) {
    if (reason.apart) reasons.push_back({reason.id, reason.label});
  }
  return reasons;
}

// The indicator without results.
IndicatorView DefinitionOf(const registry::Indicator& indicator, const registry::IndicatorSet& set) {
  IndicatorView view;
  view.id = indicator.id;
  view.label = indicator.label;
  view.sentence = indicator.description;
  view.draft = indicator.draft || set.draft;
  view.standard = indicator.standard;
  view.reasons = ReasonsOf(indicator);
  return view;
}

// The share of unknown answers over the chosen period's results that can be seen.
std::string UnknownShare(const std::vector<IndicatorView>& indicators) {
  int64_t unknown = 0;
  int64_t answers = 0;
  for (const IndicatorView& indicator : indicators) {
    if (!indicator.cell.figures || !indicator.cell.unknown) continue;
    unknown += *indicator.cell.unknown;
    answers += *indicator.cell.unknown + indicator.cell.figures->denominator;
  }
  return answers == 0 ? "" : registry::FormatPercent(unknown, answers);
}

FreshnessView ViewOf(const indicator::Freshness& from) {
  FreshnessView view;
  view.last_delivery = from.last_delivery;
  view.newest_month = registry::ParseDate(from.newest_event);
  view.next_expected = from.next_expected;
  view.refused = from.refused;
  return view;
}

}  // namespace

struct ReadModelSource::State {
  std::shared_ptr<const indicator::Snapshot> snapshot;
  const registry::IndicatorSet* set = nullptr;
  std::vector<registry::Period> periods;
  std::map<std::string, FreshnessView, std::less<>> freshness;
  common::Instant freshness_read;
  // The how manyth snapshot this is that is shown since the start.
  uint64_t shown = 0;
  std::string version;

  // The period with the label; for an empty one the latest whole year, else the latest year.
  const registry::Period* FindPeriod(std::string_view label) const {
    const registry::Period* latest = nullptr;
    for (const registry::Period& period : periods) {
      if (!label.empty() && period.label == label) return &period;
      if (!label.empty() || period.kind != registry::PeriodKind::kYear) continue;
      const registry::Date today(common::CopenhagenDate(snapshot->provenance().computed_at));
      if (period.to < today) return &period;
      if (latest == nullptr) latest = &period;
    }
    return latest;
  }

  // The latest periods of a kind, oldest first.
  std::vector<registry::Period> Trend(registry::PeriodKind kind) const {
    std::vector<registry::Period> trend;
    for (const registry::Period& period : periods) {
      if (period.kind == kind && trend.size() < kTrendPointsMax) trend.push_back(period);
    }
    std::reverse(trend.begin(), trend.end());
    return trend;
  }
};

absl::StatusOr<std::shared_ptr<const ReadModelSource::State>> ReadModelSource::Current() const {
  const std::shared_ptr<const indicator::Snapshot> snapshot = read_model_.shown();
  if (snapshot == nullptr) return absl::UnavailableError("nothing is published yet");
  const std::lock_guard lock(mutex_);
  const common::Instant now = clock_.Now();
  const bool same_snapshot = state_ != nullptr && state_->snapshot == snapshot;
  // A clock that was set back makes the age negative: read again then, too.
  if (same_snapshot && now >= state_->freshness_read && now - state_->freshness_read < kFreshnessAge) return state_;

  auto state = same_snapshot ? std::make_shared<State>(*state_) : std::make_shared<State>();
  if (!same_snapshot) {
    state->snapshot = snapshot;
    state->shown = state_ != nullptr ? state_->shown + 1 : 1;
    const std::string& named = snapshot->provenance().indicator_set;  // "id version"
    state->set = read_model_.content().FindIndicatorSet(named.substr(0, named.find(' ')));
    if (state->set == nullptr) return absl::UnavailableError("the published indicator set is not in the content");
    auto periods = PublishedPeriods(*snapshot);
    if (!periods.ok()) return periods.status();
    state->periods = *std::move(periods);
  }
  const auto freshness = read_model_.GetFreshness({}, true);
  if (!freshness.ok()) return freshness.status();
  state->freshness.clear();
  // Made of what is shown and nothing else: who tries values out finds what goes into it.
  std::string stamp = absl::StrCat(snapshot->provenance().computed_at.time_since_epoch().count(), "|", state->shown);
  for (const indicator::Freshness& entry : *freshness) {
    state->freshness[entry.authority] = ViewOf(entry);
    absl::StrAppend(&stamp, entry.newest_event, "|", entry.refused.value_or(-1), "|",
                    entry.last_delivery ? entry.last_delivery->time_since_epoch().count() : 0);
  }
  state->freshness_read = now;
  uint64_t mark = 14695981039346656037U;  // FNV-1a
  for (const char c : stamp) mark = (mark ^ static_cast<unsigned char>(c)) * 1099511628211U;
  state->version = absl::StrCat(absl::Hex(mark));
  state_ = state;
  return state_;
}

std::string ReadModelSource::Version() const {
  const auto state = Current();
  return state.ok() ? (*state)->version : "none";
}

absl::StatusOr<CountryView> ReadModelSource::Country() const {
  const auto state = Current();
  if (!state.ok()) return state.status();
  CountryView view;
  view.set_label = (*state)->set->label;
  view.provenance = ViewOf((*state)->snapshot->provenance());
  const registry::Date today(common::CopenhagenDate(clock_.Now()));
  const registry::Geography& geography = read_model_.content().geography_on(today);
  for (const registry::Unit& region : geography.units(registry::UnitKind::kRegion)) {
    view.regions.push_back({region.name, {}});
    for (const registry::Geography::Row& row : geography.rows()) {
      if (row.region != region.id) continue;
      MunicipalityLine line{row.municipality, row.municipality_name, row.cluster_name, std::nullopt};
      const auto fresh = (*state)->freshness.find(row.municipality);
      if (fresh != (*state)->freshness.end()) line.last_delivery = fresh->second.last_delivery;
      view.regions.back().municipalities.push_back(std::move(line));
    }
    std::sort(view.regions.back().municipalities.begin(), view.regions.back().municipalities.end(),
              [](const MunicipalityLine& left, const MunicipalityLine& right) {
                return DanishSortKey(left.name) < DanishSortKey(right.name);
              });
  }
  return view;
}

absl::StatusOr<MunicipalityView> ReadModelSource::Municipality(std::string_view code, std::string_view period) const {
  const auto current = Current();
  if (!current.ok()) return current.status();
  const State& state = **current;
  if (state.periods.empty()) return absl::UnavailableError("nothing is published yet");
  const registry::Period* chosen = state.FindPeriod(period);
  if (chosen == nullptr) return absl::NotFoundError("no such period");
  // The units are those of the period, so that a comparison before a reform keeps its meaning.
  const std::vector<registry::Unit> units = ComparedWith(read_model_.content().geography_on(chosen->to), code);
  if (units.empty()) return absl::NotFoundError("no such municipality");

  const std::vector<registry::Period> trend = state.Trend(chosen->kind);
  registry::Query own = TotalsOf(chosen->kind, std::min(trend.front().from, chosen->from), trend.back().to);
  own.unit_kinds = {registry::UnitKind::kMunicipality};
  own.unit_ids = {std::string(code)};
  registry::Query others = TotalsOf(chosen->kind, chosen->from, chosen->to);
  for (size_t i = 1; i < units.size(); ++i) {
    others.unit_kinds.push_back(units[i].kind);
    others.unit_ids.push_back(units[i].id);
  }
  const auto own_results = state.snapshot->Select(own);
  if (!own_results.ok()) return own_results.status();
  const auto other_results = state.snapshot->Select(others);
  if (!other_results.ok()) return other_results.status();
  const CellsByKey own_cells = ByKey(*own_results);
  const CellsByKey other_cells = ByKey(*other_results);

  MunicipalityView view;
  view.unit = units.front();
  view.set_label = state.set->label;
  view.period = *chosen;
  view.periods = state.periods;
  view.provenance = ViewOf(state.snapshot->provenance());
  for (const registry::Indicator& indicator : state.set->indicators) {
    IndicatorView shown = DefinitionOf(indicator, *state.set);
    shown.cell = Take(own_cells, registry::UnitKind::kMunicipality, indicator, *chosen);
    for (size_t i = 1; i < units.size(); ++i) {
      shown.benchmark.push_back({units[i], Take(other_cells, units[i].kind, indicator, *chosen)});
    }
    for (const registry::Period& point : trend) {
      shown.trend.push_back({point, Take(own_cells, registry::UnitKind::kMunicipality, indicator, point)});
    }
    view.indicators.push_back(std::move(shown));
  }
  for (const registry::Unit& unit : units) {
    if (unit.kind == registry::UnitKind::kCluster) view.cluster = unit.name;
    if (unit.kind == registry::UnitKind::kRegion) view.region = unit.name;
  }
  const auto fresh = state.freshness.find(code);
  if (fresh != state.freshness.end()) view.freshness = fresh->second;
  view.freshness.unknown_percent = UnknownShare(view.indicators);
  return view;
}

absl::StatusOr<std::vector<PublishedCell>> ReadModelSource::Cells(std::string_view code) const {
  const auto state = Current();
  if (!state.ok()) return state.status();
  const registry::Date today(common::CopenhagenDate(clock_.Now()));
  const std::vector<registry::Unit> units = ComparedWith(read_model_.content().geography_on(today), code);
  if (units.empty()) return absl::NotFoundError("no such municipality");
  std::vector<PublishedCell> cells;
  for (const registry::Unit& unit : units) {
    for (const registry::PeriodKind kind : kPublishedKinds) {
      registry::Query query = TotalsOf(kind, kFirstDay, kLastDay);
      query.unit_kinds = {unit.kind};
      query.unit_ids = {unit.id};
      const auto results = (*state)->snapshot->Select(query);
      if (!results.ok()) return results.status();
      for (size_t i = 0; i < results->cells.size(); ++i) {
        const registry::Cell& cell = results->cells[i];
        if (cell.stratum_kind != registry::StratumKind::kTotal) continue;
        cells.push_back({cell.indicator, unit, cell.period, SeenPart(cell, results->MaskOf(i))});
      }
    }
  }
  return cells;
}

}  // namespace hjerte::portal
