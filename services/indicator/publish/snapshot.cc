#include "services/indicator/publish/snapshot.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "mapping/registry/indicators/interval.h"
#include "services/indicator/publish/packing.h"

namespace hjerte::indicator {
namespace {

constexpr std::string_view kMagic = "HGS3";
constexpr std::array<std::string_view, 2> kMagicsBefore = {"HGS1", "HGS2"};
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

// Counts, verdict and mask of one cell, as ReadCell reads them.
void PackCell(Packer& out, const registry::Publication& publication, std::uint32_t slot, std::uint32_t indicator) {
  const registry::GridCounts& counts = publication.counts;
  const std::size_t parts = publication.axes.parts(indicator);
  for (std::uint32_t part = 0; part < parts; ++part) out.Number(static_cast<std::uint64_t>(counts.count(slot, part)));
  const std::int64_t numerator = counts.count(slot, registry::kYes);
  out.Number(static_cast<std::uint64_t>(registry::Judge(publication.axes.set().indicators[indicator].standard,
                                                        numerator, numerator + counts.count(slot, registry::kNo))));
  out.Number(publication.mask.hidden(slot));
}

// The cells of one unit, and how many they are.
std::pair<std::string, std::uint64_t> PackUnit(const registry::Publication& publication, std::uint32_t unit) {
  const registry::GridAxes& axes = publication.axes;
  Packer out;
  std::uint64_t cells = 0;
  for (std::uint32_t period = 0; period < axes.periods(); ++period) {
    for (std::uint32_t stratum = 0; stratum < axes.strata(); ++stratum) {
      const std::uint32_t base = axes.Base(unit, period, stratum);
      for (std::uint32_t indicator = 0; indicator < axes.indicators(); ++indicator) {
        if (!publication.counts.present(base + indicator)) continue;
        ++cells;
        out.Number(period);
        out.Number(stratum);
        out.Number(indicator);
        PackCell(out, publication, base + indicator, indicator);
      }
    }
  }
  return {std::move(out.bytes()), cells};
}

void PackTables(Packer& out, const registry::GridAxes& axes) {
  out.Number(axes.periods());
  for (std::uint32_t i = 0; i < axes.periods(); ++i) {
    const registry::Period& period = axes.period(i);
    out.Number(static_cast<std::uint64_t>(period.kind));
    out.Number(Days(period.from));
    out.Number(Days(period.to));
    out.Text(period.label);
  }
  out.Number(axes.strata());
  for (std::uint32_t i = 0; i < axes.strata(); ++i) {
    out.Number(static_cast<std::uint64_t>(axes.stratum(i).first));
    out.Text(axes.stratum(i).second);
  }
  out.Number(axes.indicators());
  for (std::uint32_t i = 0; i < axes.indicators(); ++i) {
    out.Text(axes.set().indicators[i].id);
    const std::vector<std::string> exclusions = axes.ExclusionsOf(i);
    out.Number(exclusions.size());
    for (const std::string& exclusion : exclusions) out.Text(exclusion);
  }
}

// A number and a sign in one; and a leaf that may be none.
std::uint64_t Signed(std::uint32_t number, int sign) { return std::uint64_t{number} << 1 | (sign < 0 ? 1 : 0); }
int SignOf(std::uint64_t packed) { return (packed & 1) != 0 ? -1 : 1; }
std::uint64_t Leaf(std::uint32_t leaf) { return leaf == registry::Change::kNoLeaf ? 0 : std::uint64_t{leaf} + 1; }

void PackParts(Packer& out, const std::vector<registry::PartMove>& parts) {
  out.Number(parts.size());
  for (const registry::PartMove& move : parts) {
    out.Number(move.indicator);
    out.Number(Signed(move.part, move.sign));
  }
}

void PackWitness(Packer& out, const registry::Witness& witness) {
  out.Number(witness.gain_unit);
  out.Number(Leaf(witness.loss_unit));
  out.Number(witness.gain_period);
  out.Number(Leaf(witness.loss_period));
  out.Number(witness.strata.size());
  for (const registry::Witness::StratumMove& move : witness.strata) out.Number(Signed(move.stratum, move.sign));
  PackParts(out, witness.parts);
  out.Number(witness.exchanges.size());
  for (const registry::Exchange& exchange : witness.exchanges) {
    for (const std::uint32_t number :
         {exchange.unit, exchange.gain_period, exchange.loss_period, exchange.gain_stratum, exchange.loss_stratum}) {
      out.Number(number);
    }
    PackParts(out, exchange.parts);
  }
  out.Number((witness.up ? 1U : 0U) | (witness.down ? 2U : 0U));
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

// Takes out what the mask hides.
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
}

}  // namespace

const registry::CellMask& Results::MaskOf(std::size_t index) const {
  static const registry::CellMask kNothingHidden;
  return index < masks.size() ? masks[index] : kNothingHidden;
}

// Rebuilds what was packed on axes of its own.
class Snapshot::Loader {
 public:
  Loader(const Snapshot& snapshot, const registry::Content& content, const registry::IndicatorSet& set)
      : snapshot_(snapshot), tables_(snapshot.tables_), content_(content), set_(set) {}

  absl::StatusOr<registry::Publication> Load() {
    if (!SameIndicators()) return OtherContent();
    registry::Finest finest;
    if (!ReadCells([&](const Place& at, const std::vector<std::int32_t>& parts, std::uint64_t) {
          const Tables::UnitPlace& unit = tables_.units[at.unit];
          const registry::Period& period = tables_.periods[at.period];
          if (unit.kind != registry::UnitKind::kMunicipality || period.kind != registry::PeriodKind::kQuarter) return;
          const auto& [division, stratum] = tables_.strata[at.stratum];
          finest[{unit.id, period.from}].push_back({division, stratum, at.indicator, parts});
        })) {
      return Damaged();
    }
    KeepStrata(finest);
    registry::GridAxes axes(content_, set_, finest);
    if (!Find(axes)) return OtherContent();
    registry::GridCounts counts(axes);
    registry::GridMask mask(axes);
    bool found = true;
    ReadCells([&](const Place& at, const std::vector<std::int32_t>& parts, std::uint64_t hidden) {
      constexpr std::uint32_t kNowhere = registry::Change::kNoLeaf;
      found = found && periods_[at.period] != kNowhere && strata_[at.stratum] != kNowhere;
      if (!found) return;
      const std::uint32_t slot = axes.Base(units_[at.unit], periods_[at.period], strata_[at.stratum]) + at.indicator;
      for (std::uint32_t part = 0; part < parts.size(); ++part) {
        counts.Add(slot, part, parts[part]);
        if ((hidden >> registry::FigureOf(part) & 1) != 0) mask.Hide(slot, registry::FigureOf(part));
      }
    });
    if (!found) return OtherContent();
    registry::Publication publication{
        std::move(axes), std::move(finest), std::move(counts), std::move(mask), {}, {}, 0};
    if (!ReadWitnesses(publication.witnesses)) return Damaged();
    return publication;
  }

 private:
  struct Place {
    std::uint32_t unit, period, stratum, indicator;
  };

  // A witness may name a stratum whose only courses were not taken over. So that the axes hold it, a block is given the
  // stratum without a course.
  void KeepStrata(registry::Finest& finest) const {
    if (finest.empty()) return;
    std::set<std::pair<registry::StratumKind, std::string>> there;
    for (const auto& [block, cells] : finest) {
      for (const registry::FinestCell& cell : cells) there.emplace(cell.division, cell.stratum);
    }
    const std::size_t parts = registry::kFirstExclusion + tables_.indicators.front().exclusions.size();
    std::vector<registry::FinestCell>& cells = finest.begin()->second;
    for (const auto& [division, stratum] : tables_.strata) {
      if (there.contains({division, stratum})) continue;
      cells.push_back({division, stratum, 0, std::vector<std::int32_t>(parts, 0)});
    }
    std::sort(cells.begin(), cells.end(), [](const registry::FinestCell& left, const registry::FinestCell& right) {
      return std::tie(left.division, left.stratum, left.indicator) <
             std::tie(right.division, right.stratum, right.indicator);
    });
  }

  static absl::Status Damaged() { return absl::DataLossError("a published snapshot cannot be read"); }
  static absl::Status OtherContent() {
    return absl::FailedPreconditionError("the published snapshot is of other units or reasons than the content loaded");
  }

  bool SameIndicators() const {
    const registry::GridAxes axes(content_, set_, {});
    if (tables_.indicators.size() != axes.indicators()) return false;
    for (std::uint32_t i = 0; i < axes.indicators(); ++i) {
      if (tables_.indicators[i].id != set_.indicators[i].id) return false;
      if (tables_.indicators[i].exclusions != axes.ExclusionsOf(i)) return false;
    }
    return true;
  }

  // False when the bytes are not those of a snapshot.
  template <typename Visit>
  bool ReadCells(Visit visit) const {
    std::vector<std::int32_t> parts;
    for (std::uint32_t unit = 0; unit < tables_.units.size(); ++unit) {
      Unpacker in(snapshot_.packed_, tables_.units[unit].offset);
      for (std::size_t left = tables_.units[unit].cells; left > 0; --left) {
        Place at{unit, Next(in), Next(in), Next(in)};
        if (!in.ok() || at.period >= tables_.periods.size() || at.stratum >= tables_.strata.size() ||
            at.indicator >= tables_.indicators.size()) {
          return false;
        }
        parts.resize(registry::kFirstExclusion + tables_.indicators[at.indicator].exclusions.size());
        for (std::int32_t& part : parts) part = static_cast<std::int32_t>(in.Number());
        in.Number();  // the verdict
        visit(at, parts, in.Number());
      }
      if (!in.ok()) return false;
    }
    return true;
  }

  static std::uint32_t Next(Unpacker& in) { return static_cast<std::uint32_t>(in.Number()); }

  // Where the tables' entries stand on the axes; false when one that has cells does not.
  bool Find(const registry::GridAxes& axes) {
    const auto find = [](std::vector<std::uint32_t>& numbers, const std::optional<std::uint32_t>& found) {
      numbers.push_back(found.value_or(registry::Change::kNoLeaf));
      return found.has_value();
    };
    bool all = true;
    for (const Tables::UnitPlace& unit : tables_.units) {
      all = (find(units_, axes.FindUnit(unit.kind, unit.id)) || unit.cells == 0) && all;
    }
    for (const registry::Period& period : tables_.periods) find(periods_, axes.FindPeriod(period.kind, period.from));
    for (const auto& [kind, id] : tables_.strata) find(strata_, axes.FindStratum(kind, id));
    return all;
  }

  // False when the bytes are not those of a snapshot.
  bool ReadParts(Unpacker& in, std::vector<registry::PartMove>& parts) const {
    for (std::uint64_t left = in.Number(); left > 0 && in.ok(); --left) {
      const std::uint32_t indicator = Next(in);
      const std::uint64_t move = in.Number();
      const auto part = static_cast<std::uint32_t>(move >> 1);
      if (indicator >= tables_.indicators.size() ||
          part >= registry::kFirstExclusion + tables_.indicators[indicator].exclusions.size()) {
        return false;
      }
      parts.push_back({indicator, part, SignOf(move)});
    }
    return in.ok();
  }

  // False when the bytes are not those of a snapshot.
  bool ReadWitnesses(std::vector<registry::Witness>& witnesses) const {
    Unpacker in(snapshot_.packed_, tables_.witnesses_offset);
    const auto at = [&in](const std::vector<std::uint32_t>& numbers, std::uint64_t number) {
      const std::uint32_t found = number < numbers.size() ? numbers[number] : registry::Change::kNoLeaf;
      if (found == registry::Change::kNoLeaf) in.Fail();
      return found;
    };
    const auto leaf = [&](const std::vector<std::uint32_t>& numbers) {
      const std::uint64_t packed = in.Number();
      return packed == 0 ? registry::Change::kNoLeaf : at(numbers, packed - 1);
    };
    for (std::uint64_t left = in.Number(); left > 0 && in.ok(); --left) {
      registry::Witness& witness = witnesses.emplace_back();
      witness.gain_unit = at(units_, in.Number());
      witness.loss_unit = leaf(units_);
      witness.gain_period = at(periods_, in.Number());
      witness.loss_period = leaf(periods_);
      for (std::uint64_t more = in.Number(); more > 0 && in.ok(); --more) {
        const std::uint64_t move = in.Number();
        witness.strata.push_back({at(strata_, move >> 1), SignOf(move)});
      }
      if (!ReadParts(in, witness.parts)) return false;
      for (std::uint64_t more = in.Number(); more > 0 && in.ok(); --more) {
        registry::Exchange& exchange = witness.exchanges.emplace_back();
        exchange.unit = at(units_, in.Number());
        exchange.gain_period = at(periods_, in.Number());
        exchange.loss_period = at(periods_, in.Number());
        exchange.gain_stratum = at(strata_, in.Number());
        exchange.loss_stratum = at(strata_, in.Number());
        if (!ReadParts(in, exchange.parts)) return false;
      }
      const std::uint64_t ways = in.Number();
      witness.up = (ways & 1) != 0;
      witness.down = (ways & 2) != 0;
    }
    return in.ok();
  }

  const Snapshot& snapshot_;
  const Tables& tables_;
  const registry::Content& content_;
  const registry::IndicatorSet& set_;
  std::vector<std::uint32_t> units_, periods_, strata_;  // On the axes, by place in the tables.
};

std::string Snapshot::Pack(const registry::Publication& publication, const Provenance& provenance) {
  Packer out;
  out.bytes() = kMagic;
  PackProvenance(out, provenance);
  PackTables(out, publication.axes);
  out.Number(publication.axes.units());
  for (std::uint32_t unit = 0; unit < publication.axes.units(); ++unit) {
    const auto [bytes, cells] = PackUnit(publication, unit);
    out.Number(static_cast<std::uint64_t>(publication.axes.unit(unit).kind));
    out.Text(publication.axes.unit(unit).id);
    out.Text(publication.axes.unit(unit).name);
    out.Number(cells);
    out.Text(bytes);
  }
  out.Number(publication.witnesses.size());
  for (const registry::Witness& witness : publication.witnesses) PackWitness(out, witness);
  return std::move(out.bytes());
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Snapshot::Open(std::string packed) {
  const absl::Status damaged = absl::DataLossError("a published snapshot cannot be read");
  if (std::any_of(kMagicsBefore.begin(), kMagicsBefore.end(),
                  [&packed](std::string_view magic) { return packed.starts_with(magic); })) {
    return absl::FailedPreconditionError(
        "the published snapshot is of an older version and holds no proof that could go on");
  }
  if (!packed.starts_with(kMagic)) return damaged;
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
    Tables::IndicatorReasons indicator{.id = std::string(in.Text()), .exclusions = {}};
    for (std::uint64_t more = in.Number(); more > 0 && more < kTableMax && in.ok(); --more) {
      indicator.exclusions.emplace_back(in.Text());
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
  tables.witnesses_offset = in.offset();
  if (!in.ok()) return damaged;
  return snapshot;
}

bool Snapshot::IsEmpty() const {
  return std::all_of(tables_.units.begin(), tables_.units.end(),
                     [](const Tables::UnitPlace& unit) { return unit.cells == 0; });
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
    if (absl::Status status = ReadCells(unit, query, results); !status.ok()) return status;
  }
  return results;
}

absl::StatusOr<registry::Publication> Snapshot::Unpack(const registry::Content& content,
                                                       const registry::IndicatorSet& set) const {
  return Loader(*this, content, set).Load();
}

absl::Status Snapshot::ReadCells(const Tables::UnitPlace& unit, const registry::Query& query, Results& out) const {
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
    if (!WantsCell(query, tables_.periods[period], tables_.strata[stratum].first, reasons.id)) {
      for (std::size_t skip = 5 + reasons.exclusions.size(); skip > 0; --skip) in.Number();
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
    cell.denominator = cell.numerator + static_cast<std::int64_t>(in.Number());
    cell.unknown = static_cast<std::int64_t>(in.Number());
    for (const std::string& reason : reasons.exclusions) {
      cell.exclusions.push_back({reason, static_cast<std::int64_t>(in.Number())});
    }
    cell.verdict = static_cast<registry::Verdict>(in.Number());
    const std::uint64_t bits = in.Number();
    registry::CellMask mask{.counts = (bits & 1) != 0, .unknown = (bits & 2) != 0, .exclusions = {}};
    for (std::size_t i = 0; i < cell.exclusions.size(); ++i) mask.exclusions.push_back((bits >> (i + 2) & 1) != 0);
    Hide(cell, mask);
    out.cells.push_back(std::move(cell));
    out.masks.push_back(std::move(mask));
  }
  return in.ok() ? absl::OkStatus() : absl::DataLossError("a published snapshot cannot be read");
}

}  // namespace hjerte::indicator
