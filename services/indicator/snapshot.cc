#include "services/indicator/snapshot.h"

#include <algorithm>
#include <map>
#include <utility>

#include "mapping/registry/published_grid.h"
#include "services/indicator/packing.h"

namespace hjerte::indicator {
namespace {

constexpr std::string_view kMagic = "HGS1";
// Bounds of what a file may claim, so that a damaged one costs nothing.
constexpr std::uint64_t kTableMax = 1'000'000;

std::uint64_t Days(registry::Date date) { return static_cast<std::uint64_t>(date.time_since_epoch().count()); }
registry::Date FromDays(std::uint64_t days) { return registry::Date(std::chrono::days(static_cast<int>(days))); }

void PackProvenance(Packer& out, const Provenance& provenance) {
  out.Number(static_cast<std::uint64_t>(provenance.commit_seq));
  out.Number(static_cast<std::uint64_t>(provenance.computed_at.time_since_epoch().count()));
  for (const std::string* text : {&provenance.variable_set, &provenance.indicator_set, &provenance.geography,
                                  &provenance.engine, &provenance.content_sha256}) {
    out.Text(*text);
  }
  out.Number(provenance.draft ? 1 : 0);
}

Provenance UnpackProvenance(Unpacker& in) {
  Provenance provenance;
  provenance.commit_seq = static_cast<std::int64_t>(in.Number());
  provenance.computed_at = common::Instant(std::chrono::microseconds(static_cast<std::int64_t>(in.Number())));
  for (std::string* text : {&provenance.variable_set, &provenance.indicator_set, &provenance.geography,
                            &provenance.engine, &provenance.content_sha256}) {
    *text = std::string(in.Text());
  }
  provenance.draft = in.Number() != 0;
  provenance.snapshot = true;
  return provenance;
}

// Numbers things in the order they are first seen.
template <typename Key>
class Numbering {
 public:
  std::uint64_t Of(const Key& key) {
    const auto [place, added] = numbers_.emplace(key, order_.size());
    if (added) order_.push_back(key);
    return place->second;
  }
  const std::vector<Key>& order() const { return order_; }

 private:
  std::map<Key, std::uint64_t> numbers_;
  std::vector<Key> order_;
};

using PeriodKey = std::tuple<registry::PeriodKind, registry::Date, registry::Date, std::string>;
using StratumKey = std::pair<registry::StratumKind, std::string>;

PeriodKey KeyOf(const registry::Period& period) { return {period.kind, period.from, period.to, period.label}; }

void PackCell(Packer& out, const registry::Cell& cell, const registry::CellMask& mask) {
  out.Number(static_cast<std::uint64_t>(cell.numerator));
  out.Number(static_cast<std::uint64_t>(cell.denominator));
  out.Number(static_cast<std::uint64_t>(cell.unknown));
  for (const registry::ReasonCount& count : cell.exclusions) out.Number(static_cast<std::uint64_t>(count.count));
  for (const registry::ReasonCount& count : cell.unknown_by_reason) out.Number(static_cast<std::uint64_t>(count.count));
  out.Number(static_cast<std::uint64_t>(cell.verdict));
  std::uint64_t bits = (mask.counts ? 1 : 0) | (mask.unknown ? 2 : 0);
  for (std::size_t i = 0; i < mask.exclusions.size(); ++i) {
    if (mask.exclusions[i]) bits |= std::uint64_t{4} << i;
  }
  out.Number(bits);
}

template <typename Value>
bool AllowsAnyOr(const std::vector<Value>& wanted, const Value& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool WantsUnit(const registry::Query& query, registry::UnitKind kind, const std::string& id) {
  return AllowsAnyOr(query.unit_kinds, kind) && AllowsAnyOr(query.unit_ids, id);
}

bool WantsCell(const registry::Query& query, const registry::Period& period, registry::StratumKind stratum,
               const std::string& indicator) {
  if (!registry::IsPublished(period.kind, stratum)) return false;
  if (period.kind != query.period_kind || period.to < query.from || period.from > query.to) return false;
  if (stratum != registry::StratumKind::kTotal &&
      std::find(query.strata.begin(), query.strata.end(), stratum) == query.strata.end()) {
    return false;
  }
  return AllowsAnyOr(query.indicators, indicator);
}

// Takes out what the mask hides. Unknown reasons are shown only where the unknown count is.
void Hide(registry::Cell& cell, const registry::CellMask& mask) {
  if (mask.counts) {
    cell.numerator = 0;
    cell.denominator = 0;
    cell.verdict = registry::Verdict::kNotSet;
  }
  if (mask.unknown) cell.unknown = 0;
  for (std::size_t i = 0; i < cell.exclusions.size() && i < mask.exclusions.size(); ++i) {
    if (mask.exclusions[i]) cell.exclusions[i].count = 0;
  }
  // Not part of the masked grid: reasons of unknown are for those entitled to the records.
  cell.unknown_by_reason.clear();
}

}  // namespace

const registry::CellMask& Results::MaskOf(std::size_t index) const {
  static const registry::CellMask kNothingHidden;
  return index < masks.size() ? masks[index] : kNothingHidden;
}

std::string Snapshot::Pack(const std::vector<registry::Cell>& cells, const std::vector<registry::CellMask>& masks,
                           const Provenance& provenance) {
  Numbering<PeriodKey> periods;
  Numbering<StratumKey> strata;
  std::vector<const registry::Cell*> indicators;
  Packer units;
  std::uint64_t unit_count = 0;
  for (std::size_t begin = 0; begin < cells.size();) {
    std::size_t end = begin;
    Packer unit;
    for (; end < cells.size() && cells[end].unit_kind == cells[begin].unit_kind && cells[end].unit == cells[begin].unit;
         ++end) {
      const registry::Cell& cell = cells[end];
      auto indicator = std::find_if(indicators.begin(), indicators.end(),
                                    [&](const registry::Cell* known) { return known->indicator == cell.indicator; });
      if (indicator == indicators.end()) indicator = indicators.insert(indicator, &cell);
      unit.Number(periods.Of(KeyOf(cell.period)));
      unit.Number(strata.Of({cell.stratum_kind, cell.stratum}));
      unit.Number(static_cast<std::uint64_t>(indicator - indicators.begin()));
      PackCell(unit, cell, masks[end]);
    }
    units.Number(static_cast<std::uint64_t>(cells[begin].unit_kind));
    units.Text(cells[begin].unit);
    units.Text(cells[begin].unit_name);
    units.Number(end - begin);
    units.Text(unit.bytes());
    ++unit_count;
    begin = end;
  }

  Packer out;
  out.bytes() = kMagic;
  PackProvenance(out, provenance);
  out.Number(periods.order().size());
  for (const auto& [kind, from, to, label] : periods.order()) {
    out.Number(static_cast<std::uint64_t>(kind));
    out.Number(Days(from));
    out.Number(Days(to));
    out.Text(label);
  }
  out.Number(strata.order().size());
  for (const auto& [kind, id] : strata.order()) {
    out.Number(static_cast<std::uint64_t>(kind));
    out.Text(id);
  }
  out.Number(indicators.size());
  for (const registry::Cell* cell : indicators) {
    out.Text(cell->indicator);
    for (const auto* reasons : {&cell->exclusions, &cell->unknown_by_reason}) {
      out.Number(reasons->size());
      for (const registry::ReasonCount& reason : *reasons) out.Text(reason.reason);
    }
  }
  out.Number(unit_count);
  out.bytes() += units.bytes();
  return std::move(out.bytes());
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Snapshot::Open(std::string packed) {
  const absl::Status damaged = absl::DataLossError("a published snapshot cannot be read");
  if (packed.substr(0, kMagic.size()) != kMagic) return damaged;
  std::shared_ptr<Snapshot> snapshot(new Snapshot);  // NOLINT: the constructor is private
  snapshot->packed_ = std::move(packed);
  Unpacker in(snapshot->packed_, kMagic.size());
  snapshot->provenance_ = UnpackProvenance(in);
  Tables& tables = snapshot->tables_;
  for (std::uint64_t left = in.Number(); left > 0 && left < kTableMax && in.ok(); --left) {
    registry::Period period;
    period.kind = static_cast<registry::PeriodKind>(in.Number());
    period.from = FromDays(in.Number());
    period.to = FromDays(in.Number());
    period.label = std::string(in.Text());
    tables.periods.push_back(std::move(period));
  }
  for (std::uint64_t left = in.Number(); left > 0 && left < kTableMax && in.ok(); --left) {
    const auto kind = static_cast<registry::StratumKind>(in.Number());
    tables.strata.emplace_back(kind, std::string(in.Text()));
  }
  for (std::uint64_t left = in.Number(); left > 0 && left < kTableMax && in.ok(); --left) {
    Tables::IndicatorReasons indicator{.id = std::string(in.Text()), .exclusions = {}, .unknown = {}};
    for (auto* reasons : {&indicator.exclusions, &indicator.unknown}) {
      for (std::uint64_t more = in.Number(); more > 0 && more < kTableMax && in.ok(); --more) {
        reasons->emplace_back(in.Text());
      }
    }
    tables.indicators.push_back(std::move(indicator));
  }
  for (std::uint64_t left = in.Number(); left > 0 && left < kTableMax && in.ok(); --left) {
    Tables::UnitPlace unit{};
    unit.kind = static_cast<registry::UnitKind>(in.Number());
    unit.id = std::string(in.Text());
    unit.name = std::string(in.Text());
    unit.cells = in.Number();
    const std::string_view cells = in.Text();
    unit.offset = static_cast<std::size_t>(cells.data() - snapshot->packed_.data());
    tables.units.push_back(std::move(unit));
  }
  if (!in.ok()) return damaged;
  return snapshot;
}

absl::StatusOr<Results> Snapshot::Select(const registry::Query& query) const {
  Results results{.cells = {}, .masks = {}, .provenance = provenance_};
  for (const std::string& wanted : query.indicators) {
    if (std::none_of(tables_.indicators.begin(), tables_.indicators.end(),
                     [&](const Tables::IndicatorReasons& known) { return known.id == wanted; }) &&
        !tables_.indicators.empty()) {
      return absl::InvalidArgumentError("unknown indicator; ListIndicatorSets names those there are");
    }
  }
  for (const Tables::UnitPlace& unit : tables_.units) {
    if (!WantsUnit(query, unit.kind, unit.id)) continue;
    if (absl::Status status = ReadCells(unit, &query, true, results); !status.ok()) return status;
  }
  return results;
}

absl::StatusOr<Results> Snapshot::All() const {
  Results results{.cells = {}, .masks = {}, .provenance = provenance_};
  for (const Tables::UnitPlace& unit : tables_.units) {
    if (absl::Status status = ReadCells(unit, nullptr, false, results); !status.ok()) return status;
  }
  return results;
}

absl::Status Snapshot::ReadCells(const Tables::UnitPlace& unit, const registry::Query* query, bool hide,
                                 Results& out) const {
  Unpacker in(packed_, unit.offset);
  for (std::size_t left = unit.cells; left > 0; --left) {
    const std::uint64_t period = in.Number();
    const std::uint64_t stratum = in.Number();
    const std::uint64_t indicator = in.Number();
    if (!in.ok() || period >= tables_.periods.size() || stratum >= tables_.strata.size() ||
        indicator >= tables_.indicators.size()) {
      return absl::DataLossError("a published snapshot cannot be read");
    }
    const Tables::IndicatorReasons& reasons = tables_.indicators[indicator];
    if (query != nullptr && !WantsCell(*query, tables_.periods[period], tables_.strata[stratum].first, reasons.id)) {
      for (std::size_t skip = 5 + reasons.exclusions.size() + reasons.unknown.size(); skip > 0; --skip) in.Number();
      continue;
    }
    registry::Cell cell;
    cell.indicator = reasons.id;
    cell.unit_kind = unit.kind;
    cell.unit = unit.id;
    cell.unit_name = unit.name;
    cell.period = tables_.periods[period];
    cell.stratum_kind = tables_.strata[stratum].first;
    cell.stratum = tables_.strata[stratum].second;
    cell.numerator = static_cast<std::int64_t>(in.Number());
    cell.denominator = static_cast<std::int64_t>(in.Number());
    cell.unknown = static_cast<std::int64_t>(in.Number());
    for (const std::string& reason : reasons.exclusions) {
      cell.exclusions.push_back({reason, static_cast<std::int64_t>(in.Number())});
    }
    for (const std::string& reason : reasons.unknown) {
      cell.unknown_by_reason.push_back({reason, static_cast<std::int64_t>(in.Number())});
    }
    cell.verdict = static_cast<registry::Verdict>(in.Number());
    const std::uint64_t bits = in.Number();
    registry::CellMask mask{.counts = (bits & 1) != 0, .unknown = (bits & 2) != 0, .exclusions = {}};
    for (std::size_t i = 0; i < cell.exclusions.size(); ++i) mask.exclusions.push_back((bits >> (i + 2) & 1) != 0);
    if (hide) Hide(cell, mask);
    out.cells.push_back(std::move(cell));
    out.masks.push_back(std::move(mask));
  }
  return in.ok() ? absl::OkStatus() : absl::DataLossError("a published snapshot cannot be read");
}

}  // namespace hjerte::indicator
