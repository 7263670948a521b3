#include "mapping/registry/publication/publication.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace hjerte::registry {
namespace {

// Each round holds more blocks back. After so many the snapshot before stays.
constexpr int kRoundsMax = 24;

// The publication before on other axes, which hold all of its own.
class Translation {
 public:
  Translation(const Publication& from, const GridAxes& to) : from_(from), to_(to) {
    for (uint32_t i = 0; i < from.axes.units(); ++i) {
      units_.push_back(*to.FindUnit(from.axes.unit(i).kind, from.axes.unit(i).id));
    }
    for (uint32_t i = 0; i < from.axes.periods(); ++i) {
      periods_.push_back(*to.FindPeriod(from.axes.period(i).kind, from.axes.period(i).from));
    }
    for (uint32_t i = 0; i < from.axes.strata(); ++i) {
      strata_.push_back(*to.FindStratum(from.axes.stratum(i).first, from.axes.stratum(i).second));
    }
  }

  MaskedBefore Translated() const {
    MaskedBefore out{GridCounts(to_), GridMask(to_), {}};
    for (uint32_t slot = 0; slot < from_.axes.slots(); ++slot) {
      if (!from_.counts.present(slot)) continue;
      const GridAxes::Place at = from_.axes.PlaceOf(slot);
      const uint32_t to = to_.Base(units_[at.unit], periods_[at.period], strata_[at.stratum]) + at.indicator;
      for (uint32_t part = 0; part < to_.parts(at.indicator); ++part) {
        out.counts.Add(to, part, from_.counts.count(slot, part));
        if (from_.mask.hidden(slot, FigureOf(part))) out.mask.Hide(to, FigureOf(part));
      }
    }
    const auto leaf = [](const std::vector<uint32_t>& numbers, uint32_t of) {
      return of == Change::kNoLeaf ? of : numbers[of];
    };
    out.witnesses.reserve(from_.witnesses.size());
    for (const Witness& witness : from_.witnesses) {
      Witness& copy = out.witnesses.emplace_back(witness);
      copy.gain_unit = leaf(units_, witness.gain_unit);
      copy.loss_unit = leaf(units_, witness.loss_unit);
      copy.gain_period = leaf(periods_, witness.gain_period);
      copy.loss_period = leaf(periods_, witness.loss_period);
      for (Witness::StratumMove& move : copy.strata) move.stratum = strata_[move.stratum];
      for (Exchange& exchange : copy.exchanges) {
        exchange.unit = units_[exchange.unit];
        exchange.gain_period = periods_[exchange.gain_period];
        exchange.loss_period = periods_[exchange.loss_period];
        exchange.gain_stratum = strata_[exchange.gain_stratum];
        exchange.loss_stratum = strata_[exchange.loss_stratum];
      }
    }
    return out;
  }

 private:
  const Publication& from_;
  const GridAxes& to_;
  std::vector<uint32_t> units_, periods_, strata_;
};

Block BlockOf(const GridAxes& axes, size_t block) {
  return {axes.unit(static_cast<uint32_t>(block / axes.periods())).id,
          axes.period(static_cast<uint32_t>(block % axes.periods())).from};
}

std::vector<bool> ChangedBlocks(const GridAxes& axes, const Finest& now, const Finest& before) {
  std::vector<bool> changed(axes.units() * axes.periods(), false);
  const auto mark = [&](const Block& block) {
    changed[*axes.FindUnit(UnitKind::kMunicipality, block.municipality) * axes.periods() +
            *axes.FindPeriod(PeriodKind::kQuarter, block.quarter)] = true;
  };
  for (const auto& [block, cells] : now) {
    const auto old = before.find(block);
    if (old == before.end() || old->second != cells) mark(block);
  }
  for (const auto& [block, cells] : before) {
    if (!now.contains(block)) mark(block);
  }
  return changed;
}

}  // namespace

Publication PublishNext(const Content& content, const IndicatorSet& set, const Finest& now, const Publication* before,
                        const Draw& draw) {
  static const Finest kNothing;
  const Finest& finest_before = before == nullptr ? kNothing : before->finest;
  GridAxes axes(content, set, now, finest_before);
  std::optional<MaskedBefore> masked_before;
  if (before != nullptr) masked_before = Translation(*before, axes).Translated();
  std::set<Block> held;
  for (int round = 0; round < kRoundsMax; ++round) {
    Finest finest = TakeOver(content, now, finest_before, held);
    GridCounts counts = SumUp(axes, finest);
    MaskedGrid masked = MaskGrid({.axes = axes,
                                  .counts = counts,
                                  .changed = ChangedBlocks(axes, finest, finest_before),
                                  .before = masked_before ? &*masked_before : nullptr,
                                  .draw = draw});
    if (masked.proved) {
      return {
          std::move(axes), std::move(finest), std::move(counts), std::move(masked.mask), std::move(masked.witnesses),
          masked.summary,  held.size()};
    }
    if (masked.held.empty()) break;
    for (const size_t block : masked.held) held.insert(BlockOf(axes, block));
  }
  if (before != nullptr) {
    const std::vector<bool> waiting = ChangedBlocks(axes, TakeOver(content, now, finest_before, {}), finest_before);
    Publication again = *before;
    again.held_back = static_cast<size_t>(std::count(waiting.begin(), waiting.end(), true));
    return again;
  }
  GridAxes none(content, set, kNothing);
  return {none, kNothing, GridCounts(none), GridMask(none), {}, {}, held.size()};
}

}  // namespace hjerte::registry
