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
// It is valid when everything it touches is hidden and stays at 0 or above, and no cell is left without a course. Where
// no valid one exists yet, the cheapest is made valid by hiding what it touches; that is secondary masking. Prices make
// sure that strata go before totals, small units before large ones, and what is said beside a result before the result.
// Hiding more never spoils a witness that was found before, so the search ends, and at its end every hidden count has
// one. One course added everywhere up to the nation is always possible, so there is always a last resort.
//
// Strata are published by year alone (published_grid.h): a change within a year touches no stratum, a change of the
// year's own cells touches the total and one stratum of each division, or two strata of one.
//
// Between two snapshots: what differs is about three courses of a municipality's quarter or more (TakeOver). Where
// nothing has changed in a municipality and quarter, everybody may take it that nothing has; there a witness must
// change both snapshots alike and be valid in both. What was hidden the first time and could be found with the second
// is a target like any other. So a figure that stood open and has not moved is never of use, and a hidden one that has
// not moved stays hidden.
//
// A hidden denominator − numerator of 0 needs no witness: it is not published, and where a total has none of them, none
// of its parts has.

#include "mapping/registry/masking.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "mapping/registry/masking_axes.h"
#include "mapping/registry/masking_counts.h"
#include "mapping/registry/masking_witness.h"
#include "mapping/registry/published_grid.h"

namespace hjerte::registry {
namespace {

// Beside the parts: that the sum of yes and no can be another one.
constexpr uint32_t kDenominatorProof = 60;

bool IsSensitive(int64_t count) { return count == 1 || count == 2; }

class Masker {
 public:
  Masker(const Content& content, const std::vector<Cell>& cells, const PublishedGrid& previous)
      : cells_(cells),
        axes_(content, cells, previous.cells == nullptr ? std::vector<Cell>{} : *previous.cells),
        now_(axes_, cells, nullptr),
        primary_(now_.slots(), 0),
        proved_(now_.slots(), 0) {
    if (previous.cells == nullptr || previous.masks == nullptr || previous.cells->empty()) {
      search_.emplace(axes_, now_, nullptr);
      return;
    }
    before_.emplace(axes_, *previous.cells, previous.masks);
    proved_before_.assign(now_.slots(), 0);
    search_.emplace(axes_, now_, &*before_);
  }

  void MarkSensitive() {
    for (size_t i = 0; i < cells_.size(); ++i) {
      const uint32_t slot = now_.slot_of(i);
      const int64_t yes = now_.count(slot, kYes);
      const int64_t no = now_.count(slot, kNo);
      if (IsSensitive(yes) || IsSensitive(no) || IsSensitive(yes + no)) HideFirst(slot, 0);
      for (uint32_t part = kUnknown; part < axes_.parts(IndicatorOf(slot)); ++part) {
        if (IsSensitive(now_.count(slot, part))) HideFirst(slot, FigureOf(part));
      }
    }
  }

  // A figure that was hidden and has not moved stays hidden.
  void MarkCarried() {
    if (!before_) return;
    for (uint32_t slot = 0; slot < now_.slots(); ++slot) {
      if (!now_.present(slot) || before_->hidden(slot) == 0) continue;
      if (before_->hidden(slot, 0) && now_.count(slot, kYes) == before_->count(slot, kYes) &&
          now_.count(slot, kNo) == before_->count(slot, kNo)) {
        HideFirst(slot, 0);
      }
      for (uint32_t part = kUnknown; part < axes_.parts(IndicatorOf(slot)); ++part) {
        const bool moved = now_.count(slot, part) != before_->count(slot, part);
        if (before_->hidden(slot, FigureOf(part)) && !moved) HideFirst(slot, FigureOf(part));
      }
    }
  }

  // Gives every hidden count its witness, those that are dearest to hide first.
  void Prove() {
    std::vector<uint32_t> first(queue_.begin(), queue_.end());
    std::sort(first.begin(), first.end());
    first.erase(std::unique(first.begin(), first.end()), first.end());
    std::stable_sort(first.begin(), first.end(), [this](uint32_t left, uint32_t right) {
      return search_->CostOf(left, kYes) > search_->CostOf(right, kYes);
    });
    queue_.assign(first.begin(), first.end());
    ProveQueued();
    if (!before_) return;
    for (uint32_t slot = 0; slot < now_.slots(); ++slot) {
      if (before_->hidden(slot) == 0) continue;
      ProveSlot(slot, true);
      ProveQueued();
    }
    ProveRest();
  }

  MaskedGrid Result() const {
    MaskedGrid result;
    result.masks.reserve(cells_.size());
    result.summary.unproved = without_.size();
    for (size_t i = 0; i < cells_.size(); ++i) {
      const uint32_t slot = now_.slot_of(i);
      CellMask mask;
      mask.counts = now_.hidden(slot, 0);
      mask.unknown = now_.hidden(slot, FigureOf(kUnknown));
      for (uint32_t k = 0; k < cells_[i].exclusions.size(); ++k) {
        mask.exclusions.push_back(now_.hidden(slot, FigureOf(kFirstExclusion + k)));
      }
      Summarise(slot, result.summary);
      result.masks.push_back(std::move(mask));
    }
    return result;
  }

 private:
  uint32_t IndicatorOf(uint32_t slot) const { return slot % static_cast<uint32_t>(axes_.indicators()); }

  void Summarise(uint32_t slot, MaskSummary& summary) const {
    if (now_.present(slot)) ++summary.cells;
    if (now_.hidden(slot, 0)) ++((primary_[slot] & 1) != 0 ? summary.hidden_primary : summary.hidden_secondary);
    const auto figure = [&](int64_t count, uint32_t bit) {
      if (count == 0) return;
      ++summary.figures;
      if (now_.hidden(slot, bit)) ++summary.figures_hidden;
    };
    figure(now_.count(slot, kYes) + now_.count(slot, kNo), 0);
    for (uint32_t part = kUnknown; part < axes_.parts(IndicatorOf(slot)); ++part) {
      figure(now_.count(slot, part), FigureOf(part));
    }
  }

  void HideFirst(uint32_t slot, uint32_t figure) {
    primary_[slot] |= uint64_t{1} << figure;
    Hide(slot, figure);
  }

  // Hides a figure; an exclusion that all indicators share is hidden in all of them.
  void Hide(uint32_t slot, uint32_t figure) {
    if (now_.hidden(slot, figure)) return;
    const bool common =
        figure >= FigureOf(kFirstExclusion) && figure - FigureOf(kFirstExclusion) < axes_.common_exclusions();
    const uint32_t begin = common ? slot - IndicatorOf(slot) : slot;
    const uint32_t end = common ? begin + static_cast<uint32_t>(axes_.indicators()) : slot + 1;
    for (uint32_t each = begin; each < end; ++each) {
      if (!now_.present(each)) continue;
      now_.Hide(each, figure);
      queue_.push_back(each);
    }
  }

  // What had no witness may have got one with another count's, or find one among the figures hidden since.
  void ProveRest() {
    const std::vector<Target> rest = std::exchange(without_, {});
    for (const Target& target : rest) {
      const uint32_t slot = MaskingCounts::Base(axes_, target.unit, target.period, target.stratum) + target.indicator;
      ProveSlot(slot, target.before);
      ProveQueued();
    }
  }

  void ProveQueued() {
    while (!queue_.empty()) {
      const uint32_t slot = queue_.front();
      queue_.pop_front();
      ProveSlot(slot, false);
    }
  }

  void ProveSlot(uint32_t slot, bool before) {
    const MaskingCounts& counts = before ? *before_ : now_;
    Target target = TargetAt(slot);
    target.before = before;
    const std::vector<uint64_t>& proved = before ? proved_before_ : proved_;
    for (uint32_t part = 0; part < axes_.parts(target.indicator); ++part) {
      if (!counts.hidden(slot, FigureOf(part)) || (proved[slot] >> part & 1) != 0) continue;
      if (part == kNo && counts.count(slot, kNo) == 0) continue;
      target.part = part;
      Accept(target, search_->Find(target));
    }
    if (!counts.hidden(slot, 0) || (proved[slot] >> kDenominatorProof & 1) != 0) return;
    target.denominator = true;
    target.part = kYes;
    Witness best = search_->Find(target);
    target.part = kNo;
    if (best.cost > 0) {
      Witness other = search_->Find(target);
      if (other.cost < best.cost) best = std::move(other);
    }
    Accept(target, best);
  }

  Target TargetAt(uint32_t slot) const {
    Target target;
    target.indicator = IndicatorOf(slot);
    size_t rest = slot / axes_.indicators();
    target.stratum = static_cast<uint32_t>(rest % axes_.strata());
    rest /= axes_.strata();
    target.period = static_cast<uint32_t>(rest % axes_.periods());
    target.unit = static_cast<uint32_t>(rest / axes_.periods());
    return target;
  }

  // Hides what the witness touches and notes what it proves.
  void Accept(const Target& target, const Witness& witness) {
    if (witness.cost == Witness::kNone) {
      without_.push_back(target);
      return;
    }
    for (const Move& move : witness.moves) {
      if (witness.in_now) {
        Hide(move.slot, FigureOf(move.part));
        proved_[move.slot] |= uint64_t{1} << move.part;
      }
      if (witness.in_before) proved_before_[move.slot] |= uint64_t{1} << move.part;
    }
    for (const Move& move : witness.moves) {
      if (move.part > kNo) continue;
      // Yes and no of one cell that move against each other leave the denominator as it is.
      const bool balanced = std::any_of(witness.moves.begin(), witness.moves.end(), [&](const Move& other) {
        return other.slot == move.slot && other.part == kNo - move.part && other.sign == -move.sign;
      });
      if (balanced) continue;
      if (witness.in_now) proved_[move.slot] |= uint64_t{1} << kDenominatorProof;
      if (witness.in_before) proved_before_[move.slot] |= uint64_t{1} << kDenominatorProof;
    }
  }

  const std::vector<Cell>& cells_;
  const MaskingAxes axes_;
  MaskingCounts now_;
  std::optional<MaskingCounts> before_;
  std::optional<WitnessSearch> search_;
  std::vector<uint64_t> primary_;  // By slot: the figures hidden by the rule itself.
  std::vector<uint64_t> proved_;   // By slot: a bit for each count with a witness.
  std::vector<uint64_t> proved_before_;
  std::deque<uint32_t> queue_;
  std::vector<Target> without_;  // No witness was found when they were looked at.
};

// Those cells of the list that are published, and where they stood in it.
struct Published {
  explicit Published(const std::vector<Cell>& all) {
    for (size_t i = 0; i < all.size(); ++i) {
      if (!IsPublished(all[i].period.kind, all[i].stratum_kind)) continue;
      cells.push_back(all[i]);
      places.push_back(i);
    }
  }
  std::vector<Cell> cells;
  std::vector<size_t> places;
};

}  // namespace

MaskedGrid MaskGrid(const Content& content, const std::vector<Cell>& cells, const PublishedGrid& previous) {
  const Published now(cells);
  MaskedGrid result;
  result.masks.reserve(cells.size());
  for (const Cell& cell : cells) result.masks.push_back({true, true, std::vector<bool>(cell.exclusions.size(), true)});
  if (now.cells.empty()) return result;
  const Published before(previous.cells == nullptr ? std::vector<Cell>{} : *previous.cells);
  std::vector<CellMask> masks_before;
  for (const size_t place : before.places) masks_before.push_back((*previous.masks)[place]);
  Masker masker(content, now.cells, {&before.cells, &masks_before});
  masker.MarkSensitive();
  masker.MarkCarried();
  masker.Prove();
  MaskedGrid masked = masker.Result();
  for (size_t i = 0; i < now.places.size(); ++i) result.masks[now.places[i]] = std::move(masked.masks[i]);
  result.summary = masked.summary;
  return result;
}

}  // namespace hjerte::registry
