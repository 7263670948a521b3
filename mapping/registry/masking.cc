// How a published grid is masked, and why that suffices.
//
// A figure is sensitive when it is 1 or 2: numerator, denominator, denominator − numerator (hidden together as
// "counts"), the unknown count, an exclusion count. Hiding those is easy; the trouble is what the neighbours tell.
// Everything in the grid adds up: municipalities to clusters, regions and the nation, quarters to half-years and years,
// strata to totals, and the parts of a cell (yes, no, unknown, each exclusion) to a population that all indicators
// share.
//
// Instead of looking for attacks and closing them one by one, every hidden count is given a *witness*: another set of
// counts, nowhere negative, that agrees with every visible figure and every sum, and in which that count is another
// one. Whoever sees the grid can then not tell the two apart, whatever he computes. A witness is a small change of the
// true counts: one course moved or added, as a product of
//   a change of unit      (from one municipality to another: only what holds one of them and not the other is touched),
//   a change of period    (likewise),
//   a change of stratum   (to another stratum of one division; or the total and one stratum of each division),
//   a change of parts     (yes ↔ no; counts ↔ unknown or an exclusion; or one part of every indicator, when the
//                          population itself changes).
// It is valid when everything it touches is hidden and stays at 0 or above. Where no valid one exists yet, the cheapest
// is made valid by hiding what it touches; that is secondary masking, and it hides no more than the cheapest witness
// found needs. Hiding more never spoils a witness that was found before, so the search ends, and at its end every
// hidden count has one. One course added everywhere up to the nation is always possible, so there is always a last
// resort.
//
// Between two snapshots: a figure that was hidden stays hidden while its count has moved by less than 3, so that hiding
// a different neighbour the second time tells nothing; a figure that was visible and has moved by 1 or 2 is hidden,
// since the difference would be about one or two citizens.

#include "mapping/registry/masking.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "mapping/registry/masking_grid.h"

namespace hjerte::registry {
namespace {

// A count behind a figure. kDenominator is no part of its own: it is proved by a change that moves yes or no alone.
enum class PartKind : uint8_t { kYes, kNo, kUnknown, kExcluded, kDenominator };
struct Part {
  PartKind kind = PartKind::kYes;
  uint8_t exclusion = 0;
};

// A part of one indicator that a change moves, and in which direction.
struct PartTouch {
  uint32_t indicator = 0;
  Part part;
  int sign = 1;
};
using PartChange = std::vector<PartTouch>;

constexpr int64_t kInfinite = std::numeric_limits<int64_t>::max();
// Enough changes of unit and period are tried to find a cheap one; the last resort is always among them.
constexpr size_t kMaxUnitChanges = 12;
constexpr size_t kMaxPeriodChanges = 4;
constexpr size_t kFirstExclusionBit = 2;

bool IsSensitive(int64_t count) { return count == 1 || count == 2; }

int64_t ValueOf(const Parts& parts, Part part) {
  switch (part.kind) {
    case PartKind::kYes:
      return parts.yes;
    case PartKind::kNo:
      return parts.no;
    case PartKind::kUnknown:
      return parts.unknown;
    case PartKind::kExcluded:
      return parts.excluded[part.exclusion];
    case PartKind::kDenominator:
      break;
  }
  return parts.yes + parts.no;
}

// The figure a part is published in: bit 0 counts, bit 1 unknown, then the exclusions.
size_t FigureOf(Part part) {
  if (part.kind == PartKind::kUnknown) return 1;
  if (part.kind == PartKind::kExcluded) return kFirstExclusionBit + part.exclusion;
  return 0;
}

// Proofs are kept by count: yes, no, denominator, unknown, then the exclusions.
size_t ProofOf(Part part) {
  switch (part.kind) {
    case PartKind::kYes:
      return 0;
    case PartKind::kNo:
      return 1;
    case PartKind::kDenominator:
      return 2;
    case PartKind::kUnknown:
      return 3;
    case PartKind::kExcluded:
      break;
  }
  return 4 + part.exclusion;
}

class Masker {
 public:
  Masker(const Content& content, const std::vector<Cell>& cells)
      : grid_(content, cells), hidden_(cells.size(), 0), primary_(cells.size(), 0), proved_(cells.size(), 0) {}

  void MarkSensitive() {
    for (uint32_t cell = 0; cell < hidden_.size(); ++cell) {
      const Parts& parts = grid_.parts(cell);
      if (IsSensitive(parts.yes) || IsSensitive(parts.no) || IsSensitive(parts.yes + parts.no)) HideFirst(cell, 0);
      if (IsSensitive(parts.unknown)) HideFirst(cell, 1);
      for (size_t i = 0; i < parts.excluded.size(); ++i) {
        if (IsSensitive(parts.excluded[i])) HideFirst(cell, kFirstExclusionBit + i);
      }
    }
  }

  // What a snapshot published before adds to the figures to be hidden.
  void MarkPrevious(const std::vector<Cell>& cells, const PublishedGrid& previous) {
    using Key = std::tuple<std::string, UnitKind, std::string, Date, Date, StratumKind, std::string>;
    const auto key = [](const Cell& cell) {
      return Key(cell.indicator, cell.unit_kind, cell.unit, cell.period.from, cell.period.to, cell.stratum_kind,
                 cell.stratum);
    };
    std::map<Key, size_t> before;
    for (size_t i = 0; i < previous.cells->size(); ++i) before.emplace(key((*previous.cells)[i]), i);
    for (uint32_t cell = 0; cell < cells.size(); ++cell) {
      const auto found = before.find(key(cells[cell]));
      if (found == before.end()) continue;
      const Cell& old = (*previous.cells)[found->second];
      const CellMask& mask = (*previous.masks)[found->second];
      const auto moved = [](int64_t now, int64_t then, bool was_hidden) {
        const int64_t by = std::llabs(now - then);
        return was_hidden ? by < 3 : by == 1 || by == 2;
      };
      const Cell& now = cells[cell];
      const int64_t no = now.denominator - now.numerator;
      const int64_t old_no = old.denominator - old.numerator;
      const bool counts = mask.counts ? moved(now.numerator, old.numerator, true) && moved(no, old_no, true)
                                      : moved(now.numerator, old.numerator, false) || moved(no, old_no, false);
      if (counts && now.denominator > 0) HideFirst(cell, 0);
      if (moved(now.unknown, old.unknown, mask.unknown)) HideFirst(cell, 1);
      for (size_t i = 0; i < now.exclusions.size() && i < old.exclusions.size(); ++i) {
        const bool was_hidden = i < mask.exclusions.size() && mask.exclusions[i];
        if (moved(now.exclusions[i].count, old.exclusions[i].count, was_hidden))
          HideFirst(cell, kFirstExclusionBit + i);
      }
    }
  }

  // Gives every hidden count its witness.
  void Prove() {
    for (uint32_t cell = 0; cell < hidden_.size(); ++cell) {
      if (hidden_[cell] != 0) queue_.push_back(cell);
    }
    while (!queue_.empty()) {
      const uint32_t cell = queue_.front();
      queue_.pop_front();
      for (const Part part : HiddenParts(cell)) {
        if ((proved_[cell] >> ProofOf(part) & 1) == 0) FindWitness(cell, part);
      }
    }
  }

  MaskedGrid Result() const {
    MaskedGrid result;
    result.masks.reserve(hidden_.size());
    for (uint32_t cell = 0; cell < hidden_.size(); ++cell) {
      const Parts& parts = grid_.parts(cell);
      CellMask mask;
      mask.counts = (hidden_[cell] & 1) != 0;
      mask.unknown = (hidden_[cell] & 2) != 0;
      for (size_t i = 0; i < parts.excluded.size(); ++i) {
        mask.exclusions.push_back((hidden_[cell] >> (kFirstExclusionBit + i) & 1) != 0);
      }
      Summarise(cell, parts, result.summary);
      result.masks.push_back(std::move(mask));
    }
    return result;
  }

 private:
  void Summarise(uint32_t cell, const Parts& parts, MaskSummary& summary) const {
    int64_t courses = parts.yes + parts.no + parts.unknown;
    for (const int64_t count : parts.excluded) courses += count;
    if (courses > 0) ++summary.cells;
    if ((hidden_[cell] & 1) != 0) ++((primary_[cell] & 1) != 0 ? summary.hidden_primary : summary.hidden_secondary);
    const auto figure = [&](int64_t count, size_t bit) {
      if (count == 0) return;
      ++summary.figures;
      if ((hidden_[cell] >> bit & 1) != 0) ++summary.figures_hidden;
    };
    figure(parts.yes + parts.no, 0);
    figure(parts.unknown, 1);
    for (size_t i = 0; i < parts.excluded.size(); ++i) figure(parts.excluded[i], kFirstExclusionBit + i);
  }

  void HideFirst(uint32_t cell, size_t figure) {
    primary_[cell] |= uint64_t{1} << figure;
    Hide(cell, figure);
  }

  // Hides a figure; an exclusion that all indicators share is hidden in all of them.
  void Hide(uint32_t cell, size_t figure) {
    if ((hidden_[cell] >> figure & 1) != 0) return;
    const bool common = figure >= kFirstExclusionBit && figure - kFirstExclusionBit < grid_.common_exclusions();
    if (!common) return HideOne(cell, figure);
    const MaskingGrid::Place& at = grid_.place(cell);
    for (size_t indicator = 0; indicator < grid_.indicators(); ++indicator) {
      const uint32_t other = grid_.CellAt(at.unit, at.period, at.stratum, indicator);
      if (other != MaskingGrid::kNone) HideOne(other, figure);
    }
  }

  void HideOne(uint32_t cell, size_t figure) {
    hidden_[cell] |= uint64_t{1} << figure;
    queue_.push_back(cell);
  }

  std::vector<Part> HiddenParts(uint32_t cell) const {
    std::vector<Part> parts;
    if ((hidden_[cell] & 1) != 0) parts = {{PartKind::kYes, 0}, {PartKind::kNo, 0}, {PartKind::kDenominator, 0}};
    if ((hidden_[cell] & 2) != 0) parts.push_back({PartKind::kUnknown, 0});
    for (size_t i = 0; i < grid_.parts(cell).excluded.size(); ++i) {
      if ((hidden_[cell] >> (kFirstExclusionBit + i) & 1) != 0)
        parts.push_back({PartKind::kExcluded, static_cast<uint8_t>(i)});
    }
    return parts;
  }

  bool IsCommon(Part part) const {
    return part.kind == PartKind::kExcluded && part.exclusion < grid_.common_exclusions();
  }

  // The changes of parts within one indicator that move the count.
  std::vector<PartChange> PartChanges(uint32_t indicator, Part target, size_t exclusions) const {
    if (IsCommon(target)) return {{{indicator, target, 1}}};  // In every indicator at once: the population follows.
    const Part yes{PartKind::kYes, 0};
    const Part no{PartKind::kNo, 0};
    std::vector<Part> aside = {{PartKind::kUnknown, 0}};
    for (size_t i = grid_.common_exclusions(); i < exclusions; ++i)
      aside.push_back({PartKind::kExcluded, static_cast<uint8_t>(i)});
    std::vector<PartChange> changes;
    const auto add = [&](Part gain, Part loss) { changes.push_back({{indicator, gain, 1}, {indicator, loss, -1}}); };
    switch (target.kind) {
      case PartKind::kYes:
      case PartKind::kNo:
        add(yes, no);
        for (const Part other : aside) add(target, other);
        break;
      case PartKind::kDenominator:
        for (const Part other : aside) {
          add(yes, other);
          add(no, other);
        }
        break;
      case PartKind::kUnknown:
      case PartKind::kExcluded:
        add(target, yes);
        add(target, no);
        for (const Part other : aside) {
          if (ProofOf(other) != ProofOf(target)) add(target, other);
        }
        break;
    }
    return changes;
  }

  // Everything that a product of changes touches in the cells of one stratum, priced: what must still be hidden.
  struct Price {
    int64_t cost = 0;
    bool up = true;    // Possible with the signs as they are.
    bool down = true;  // Possible with all signs turned.
    bool possible() const { return up || down; }
    void Add(const Price& other) {
      cost += other.cost;
      up = up && other.up;
      down = down && other.down;
    }
    int64_t total() const { return possible() ? cost : kInfinite; }
  };

  Price PriceOf(const Touches& units, const Touches& periods, Touch stratum, const PartTouch& part) const {
    Price price;
    for (const Touch& unit : units) {
      for (const Touch& period : periods) {
        const uint32_t cell = grid_.CellAt(unit.index, period.index, stratum.index, part.indicator);
        if (cell == MaskingGrid::kNone) return {0, false, false};
        const int sign = unit.sign * period.sign * stratum.sign * part.sign;
        if (ValueOf(grid_.parts(cell), part.part) == 0) (sign < 0 ? price.up : price.down) = false;
        if ((hidden_[cell] >> FigureOf(part.part) & 1) == 0) {
          price.cost += grid_.Weight(unit.index, period.index, stratum.index) * (IsCommon(part.part) ? 3 : 2);
        }
      }
    }
    return price;
  }

  Price PriceOf(const Touches& units, const Touches& periods, Touch stratum, const PartChange& parts) const {
    Price price;
    for (const PartTouch& part : parts) price.Add(PriceOf(units, periods, stratum, part));
    return price;
  }

  // A product of changes and its price.
  struct Witness {
    Touches units, periods, strata;
    PartChange parts;
    int64_t cost = kInfinite;
  };

  // The cheapest strata for the rest of the product: a move within the division, or the total with the cheapest stratum
  // of each division.
  void TryStrata(uint32_t stratum, const Touches& units, const Touches& periods, const PartChange& parts,
                 Witness& best) const {
    for (const Touches& move : grid_.StratumMoves(stratum)) {
      Price price;
      for (const Touch& touch : move) price.Add(PriceOf(units, periods, touch, parts));
      if (price.total() < best.cost) best = {units, periods, move, parts, price.total()};
    }
    Touches strata = {{grid_.total(), 1}};
    Price price = PriceOf(units, periods, strata.front(), parts);
    for (const std::vector<uint32_t>& division : grid_.divisions()) {
      const bool fixed = std::find(division.begin(), division.end(), stratum) != division.end();
      std::optional<std::pair<Price, uint32_t>> cheapest;
      for (const uint32_t each : division) {
        if (fixed && each != stratum) continue;
        Price with = price;
        with.Add(PriceOf(units, periods, {each, 1}, parts));
        if (with.possible() && (!cheapest || with.cost < cheapest->first.cost)) cheapest.emplace(with, each);
      }
      if (!cheapest) return;
      price = cheapest->first;
      strata.push_back({cheapest->second, 1});
      if (price.total() >= best.cost) return;
    }
    if (price.total() < best.cost) best = {units, periods, strata, parts, price.total()};
  }

  // One part of every indicator of the population, the target among them: a whole course. The cheapest part of each
  // other indicator is chosen by its price in the total's cells and the target's own.
  PartChange WholeCourse(uint32_t indicator, Part target, const Touches& units, const Touches& periods,
                         uint32_t stratum) const {
    PartChange change;
    for (const size_t each : grid_.same_population(indicator)) {
      const auto other = static_cast<uint32_t>(each);
      if (other == indicator) {
        change.push_back({indicator, target.kind == PartKind::kDenominator ? Part{PartKind::kYes, 0} : target, 1});
        continue;
      }
      const uint32_t sample = grid_.CellAt(units.front().index, periods.front().index, stratum, other);
      if (sample == MaskingGrid::kNone) continue;
      std::vector<Part> candidates = {{PartKind::kYes, 0}, {PartKind::kNo, 0}, {PartKind::kUnknown, 0}};
      for (size_t i = grid_.common_exclusions(); i < grid_.parts(sample).excluded.size(); ++i) {
        candidates.push_back({PartKind::kExcluded, static_cast<uint8_t>(i)});
      }
      int64_t cheapest = kInfinite;
      PartTouch chosen{other, candidates.front(), 1};
      for (const Part candidate : candidates) {
        const Price price = PriceOf(units, periods, {stratum, 1}, {other, candidate, 1});
        if (price.total() < cheapest) {
          cheapest = price.total();
          chosen.part = candidate;
        }
      }
      change.push_back(chosen);
    }
    return change;
  }

  void FindWitness(uint32_t cell, Part target) {
    const MaskingGrid::Place& at = grid_.place(cell);
    std::vector<Touches> units = grid_.UnitChanges(at.unit, at.period);
    std::vector<Touches> periods = grid_.PeriodChanges(at.period);
    Thin(units, kMaxUnitChanges);
    Thin(periods, kMaxPeriodChanges);
    const std::vector<PartChange> within = PartChanges(at.indicator, target, grid_.parts(cell).excluded.size());
    Witness best;
    for (const Touches& unit : units) {
      for (const Touches& period : periods) {
        for (const PartChange& parts : within) {
          TryStrata(at.stratum, unit, period, parts, best);
          if (best.cost == 0) return Accept(best);
        }
        if (!IsCommon(target))
          TryStrata(at.stratum, unit, period, WholeCourse(at.indicator, target, unit, period, at.stratum), best);
        if (best.cost == 0) return Accept(best);
      }
    }
    if (best.cost < kInfinite) Accept(best);
  }

  // Keeps the cheapest changes and the last, which is the last resort.
  static void Thin(std::vector<Touches>& changes, size_t limit) {
    if (changes.size() <= limit) return;
    changes[limit - 1] = changes.back();
    changes.resize(limit);
  }

  // Hides what the witness touches and notes what it proves.
  void Accept(const Witness& witness) {
    for (const Touch& unit : witness.units) {
      for (const Touch& period : witness.periods) {
        for (const Touch& stratum : witness.strata) {
          std::map<uint32_t, int> denominators;
          for (const PartTouch& part : witness.parts) {
            const uint32_t cell = grid_.CellAt(unit.index, period.index, stratum.index, part.indicator);
            Hide(cell, FigureOf(part.part));
            MarkProved(cell, part.part);
            if (FigureOf(part.part) == 0) denominators[cell] += part.sign;
          }
          for (const auto& [cell, change] : denominators) {
            if (change != 0) proved_[cell] |= uint64_t{1} << ProofOf({PartKind::kDenominator, 0});
          }
        }
      }
    }
  }

  void MarkProved(uint32_t cell, Part part) {
    const uint64_t bit = uint64_t{1} << ProofOf(part);
    if (!IsCommon(part)) {
      proved_[cell] |= bit;
      return;
    }
    const MaskingGrid::Place& at = grid_.place(cell);
    for (size_t indicator = 0; indicator < grid_.indicators(); ++indicator) {
      const uint32_t other = grid_.CellAt(at.unit, at.period, at.stratum, indicator);
      if (other != MaskingGrid::kNone) proved_[other] |= bit;
    }
  }

  MaskingGrid grid_;
  std::vector<uint64_t> hidden_;   // By cell: a bit for each hidden figure.
  std::vector<uint64_t> primary_;  // Of those, the ones hidden by the rule itself.
  std::vector<uint64_t> proved_;   // By cell: a bit for each count with a witness.
  std::deque<uint32_t> queue_;
};

}  // namespace

MaskedGrid MaskGrid(const Content& content, const std::vector<Cell>& cells, const PublishedGrid& previous) {
  if (cells.empty()) return {};
  Masker masker(content, cells);
  masker.MarkSensitive();
  if (previous.cells != nullptr && previous.masks != nullptr) masker.MarkPrevious(cells, previous);
  masker.Prove();
  return masker.Result();
}

}  // namespace hjerte::registry
