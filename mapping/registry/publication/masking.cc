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
//   a change of period    (likewise, from one quarter to another),
//   a change of stratum   (to another stratum of one division; or the total and one stratum of each division),
//   a change of parts     (yes ↔ no; counts ↔ unknown or an exclusion; or one part of every indicator, when the
//                          population itself changes).
// It is valid when everything published that it touches is hidden, no count falls below 0, and no cell appears or is
// left without a course. Where no valid one exists yet, the cheapest is made valid by hiding what it touches; that is
// secondary masking. Prices make sure that strata go before totals, small units before large ones, and what is said
// beside a result before the result. Hiding more never spoils a witness that was found before, so the search ends.
//
// Series. An attacker keeps every snapshot, and is taken to know of each block (a municipality's quarter) whether it
// has changed from one snapshot to the next: what has not must be the same in both. Three rules:
//   1. A witness begins in a snapshot in which every block it goes through has changed. (In the first, all have.)
//   2. A witness goes on into the next snapshot, the same change there, unless every block it goes through changes
//      with that snapshot. While it goes on, everything it touches stays hidden, and the counts must bear it.
//   3. A block is taken over when so many of its courses have changed, and everybody knows: where a witness begins or
//      ends, so many must have changed in the other history, too.
// Each hidden count of each snapshot is moved by a witness that is going on there. So take any hidden count c of any
// snapshot, and its witness w, which goes from snapshot a to snapshot b. Let the other history be: w applied to every
// snapshot from a to b, the others left as they are. In each snapshot it agrees with all that is shown, with every sum,
// and nothing is negative: w is valid in each. Between two snapshots, a block that has not changed has not changed in
// the other history either: inside a…b the block has w in both or in neither; from a − 1 to a and from b to b + 1 every
// block of w has changed. So the other history fits everything that was ever published and all that is known of
// changes, and in it c is another count. That is the whole proof. It does not need older snapshots: the witnesses that
// go on are kept with the last one (Snapshot), and prove all those before.
//
// What can go wrong is that the new counts do not bear a witness that must go on (it would take a course from where
// there is none left), or that a new hidden count finds no witness. Then MaskGrid names blocks that have to wait, and
// PublishNext leaves them as they were in the snapshot before: of an unchanged block nothing needs a new witness, and
// what goes on is borne as it was. With all blocks unchanged the snapshot before is valid again, so there always is
// something to publish, and nothing is published that is not proved.
//
// Who knows this page. He can mask each data set that could be meant and see which of them would have been hidden so.
// Two things keep him from ruling others out:
//   Chance. A secret draw hides figures that no rule asks for, wherever they have a witness: of what is new or has
//     moved, the more the smaller the cell (ChanceOf). So whatever is hidden may be hidden by chance alone, and counts
//     that agree with what is shown could have been masked in the very same way.
//   What a sensitive figure is the sum of. All of that is at most 2: a part of 1 or 2 is hidden by the rule, and if a
//     part of 0 were shown, as no witness needs it, what is hidden would most likely be 1 or 2 (of two municipalities
//     that alone are hidden under a hidden sum, each has one). So it is hidden too, wherever it has a witness; but for
//     some that the draw spares, or else a 0 that is shown would tell that no sum over it is sensitive.
//
// What is hidden and has not moved stays hidden even where the proof would let it open: somebody might guess that it
// has not.
//
// Strata are published by year alone (published_grid.h). But each course of a quarter is of one stratum of each
// division: the strata of a municipality's quarter add up to its total, with the other quarters to the year's strata,
// and in every indicator to as many courses. So a witness goes through one stratum of each division in each of its
// blocks, whether that is shown or not, and the counts must bear it there, too. Where a stratum of a quarter would fall
// below 0, courses change places: it gets what it lacks from another quarter of the year, and another stratum of the
// division goes the other way (Exchange). No total of a quarter and no stratum of a year is touched by that, so nothing
// that is shown. The blocks of its exchanges are blocks that the witness goes through.
//
// Exclusions of two indicators may take out the same courses, by their rules or as anybody may suppose: with both
// counts hidden, what one indicator counts more than the other is still told by what it has less unknown. Where the
// content says so (Reason::same_courses_as), a witness moves both or neither.
//
// What adds up is courses: each is of one stratum of each division and has one part of each indicator. Where all of a
// stratum have one part of some indicator, and none of another stratum has it, nobody is of both, and a part of another
// indicator that is found in the one alone is not found in the other. So a witness changes only courses that are
// possible (PossibleCourses): what it does not touch is as it was in the other history, too, so in every indicator that
// it does not move there must be a part that all strata it goes through have in the municipality's year, and the total
// in the quarter; and a course that it takes from one stratum to another must have other strata with the parts that
// move, or one of the same parts otherwise to change places with. And where two strata surely meet, as one indicator
// counts more of both than there are, the others must leave room for as many. That lessens what is told to who thinks
// of courses, and proves nothing against him: it asks whether each course, and each two strata, can be there, not
// whether there are courses for all counts at once.
//
// A hidden denominator − numerator of 0 needs no witness: it is not published, and where a total has none of them, none
// of its parts has.

#include "mapping/registry/publication/masking.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "mapping/registry/publication/possible_courses.h"
#include "mapping/registry/publication/witness_search.h"

namespace hjerte::registry {
namespace {

// Beside the parts: that the sum of yes and no can be another one.
constexpr uint32_t kDenominatorProof = 60;

// Of what a sensitive figure is the sum of, so much stays shown where no rule hides it.
constexpr double kSpared = 0.125;

// How likely a figure of a cell is hidden by chance: of 3 courses one in eight, of 10 one in 24, of 1000 one in 22 000.
double ChanceOf(int32_t courses) {
  constexpr double kMany = 100;
  const double more = courses + 1.0;
  return 1 / (2 * more * (1 + more / kMany));
}

class Masker {
 public:
  explicit Masker(const MaskTask& task)
      : axes_(task.axes),
        counts_(task.counts),
        changed_(task.changed),
        before_(task.before),
        draw_(task.draw),
        masked_{GridMask(axes_), {}, {}, true, {}},
        taken_over_(axes_, counts_, task.before != nullptr ? &task.before->counts : nullptr, changed_),
        search_(axes_, counts_, masked_.mask, changed_, taken_over_),
        primary_(axes_.slots(), 0),
        proved_(axes_.slots(), 0) {}

  // The witnesses of the snapshot before that go on: what they touch stays hidden, and has its witness.
  void CarryOn(const std::vector<Witness>& witnesses) {
    for (const Witness& old : witnesses) {
      const std::vector<size_t> blocks = BlocksOf(axes_, old);
      const auto changed = [this](size_t block) { return changed_[block]; };
      const auto may_end = [&](bool up) { return (up ? old.up : old.down) && taken_over_.WouldEnd(old, up); };
      if (std::all_of(blocks.begin(), blocks.end(), changed) && (may_end(true) || may_end(false))) continue;
      const std::vector<Spot> spots = SpotsOf(axes_, old);
      Witness witness = old;
      const auto may_go_on = [&](bool up) {
        return CountsBear(old, spots, up) && (search_.IsPossible(old, up) || !WasPossible(old, up));
      };
      witness.up = old.up && may_go_on(true);
      witness.down = old.down && may_go_on(false);
      if (!witness.up && !witness.down) {
        masked_.proved = false;
        HoldBlocksOrYears(blocks);
        continue;
      }
      Use(spots, witness);
      masked_.witnesses.push_back(std::move(witness));
    }
  }

  // Before all others, so that their witnesses may lie where chance hides.
  void MarkDrawn() {
    std::vector<std::pair<uint32_t, uint32_t>> drawn;
    for (uint32_t slot = 0; slot < axes_.slots(); ++slot) {
      if (!IsThere(slot)) continue;
      const double chance = ChanceOf(counts_.courses(slot));
      for (uint32_t figure = 0; figure <= LastFigure(slot); ++figure) {
        if (masked_.mask.hidden(slot, figure) || draw_(slot, figure) >= chance) continue;
        if (MayHide(slot, figure) && MayBeProved(slot, figure)) drawn.emplace_back(slot, figure);
      }
    }
    for (const auto& [slot, figure] : drawn) Hide(slot, figure);
  }

  void MarkSensitive() {
    for (uint32_t slot = 0; slot < axes_.slots(); ++slot) {
      if (!IsThere(slot)) continue;
      for (uint32_t figure = 0; figure <= LastFigure(slot); ++figure) {
        if (IsSensitiveFigure(slot, figure)) HideFirst(slot, figure);
      }
    }
  }

  // A figure that was hidden and has not moved stays hidden.
  void MarkUnmoved() {
    if (before_ == nullptr) return;
    for (uint32_t slot = 0; slot < axes_.slots(); ++slot) {
      if (before_->mask.hidden(slot) == 0 || !IsThere(slot)) continue;
      for (uint32_t figure = 0; figure <= LastFigure(slot); ++figure) {
        if (before_->mask.hidden(slot, figure) && !HasMoved(slot, figure)) HideFirst(slot, figure);
      }
    }
  }

  // Gives every hidden count its witness, those that are dearest to hide first.
  void Prove() {
    std::vector<uint32_t> first(queue_.begin(), queue_.end());
    std::sort(first.begin(), first.end());
    first.erase(std::unique(first.begin(), first.end()), first.end());
    std::stable_sort(first.begin(), first.end(), [this](uint32_t left, uint32_t right) {
      return search_.CostOf(left, kYes) > search_.CostOf(right, kYes);
    });
    queue_.assign(first.begin(), first.end());
    ProveQueued();
    // What had no witness may have got one with another count's, or find one among the figures hidden since.
    const std::vector<Target> rest = std::exchange(without_, {});
    for (const Target& target : rest) {
      ProveSlot(axes_.Base(target.unit, target.period, target.stratum) + target.indicator);
      ProveQueued();
    }
    for (const Target& target : without_) HoldUnder(target);
    masked_.proved = without_.empty();
  }

  // Hides what a sensitive figure is the sum of, as far as that can be proved, what is dearest to hide first.
  void ProveBelowSensitive() {
    std::vector<std::pair<uint32_t, uint32_t>> below;
    for (uint32_t slot = 0; slot < axes_.slots(); ++slot) {
      if (!IsThere(slot)) continue;
      const std::vector<uint32_t> sums = SumsOver(slot);
      for (uint32_t figure = 0; figure <= LastFigure(slot); ++figure) {
        const auto is_sensitive = [&](uint32_t sum) { return IsSensitiveFigure(sum, figure); };
        if (std::any_of(sums.begin(), sums.end(), is_sensitive)) below.emplace_back(slot, figure);
      }
    }
    std::stable_sort(below.begin(), below.end(), [this](const auto& left, const auto& right) {
      return search_.CostOf(left.first, LastPartOf(left.second)) >
             search_.CostOf(right.first, LastPartOf(right.second));
    });
    for (const auto& [slot, figure] : below) {
      if (masked_.mask.hidden(slot, figure) || draw_(slot, figure) >= 1 - kSpared) continue;
      if (!MayBeProved(slot, figure)) continue;
      HideFirst(slot, figure);
      ProveQueued();
    }
    Prove();
  }

  bool proved() const { return masked_.proved; }

  MaskedGrid Result() && {
    for (uint32_t slot = 0; slot < axes_.slots(); ++slot) {
      if (IsThere(slot)) Summarise(slot, masked_.summary);
    }
    std::sort(masked_.held.begin(), masked_.held.end());
    masked_.held.erase(std::unique(masked_.held.begin(), masked_.held.end()), masked_.held.end());
    return std::move(masked_);
  }

 private:
  uint32_t IndicatorOf(uint32_t slot) const { return slot % static_cast<uint32_t>(axes_.indicators()); }

  // Whether the slot is a published cell.
  bool IsThere(uint32_t slot) const {
    if (!counts_.present(slot)) return false;
    const GridAxes::Place place = axes_.PlaceOf(slot);
    return axes_.shown(place.period, place.stratum);
  }

  void Summarise(uint32_t slot, MaskSummary& summary) const {
    ++summary.cells;
    if (masked_.mask.hidden(slot, 0)) ++((primary_[slot] & 1) != 0 ? summary.hidden_primary : summary.hidden_secondary);
    const auto figure = [&](int64_t count, uint32_t bit) {
      if (count == 0) return;
      ++summary.figures;
      if (masked_.mask.hidden(slot, bit)) ++summary.figures_hidden;
    };
    figure(counts_.count(slot, kYes) + counts_.count(slot, kNo), 0);
    for (uint32_t part = kUnknown; part < axes_.parts(IndicatorOf(slot)); ++part) {
      figure(counts_.count(slot, part), FigureOf(part));
    }
  }

  uint32_t LastFigure(uint32_t slot) const {
    return FigureOf(static_cast<uint32_t>(axes_.parts(IndicatorOf(slot))) - 1);
  }

  bool IsSensitiveFigure(uint32_t slot, uint32_t figure) const {
    if (figure > 0) return IsSensitive(counts_.count(slot, LastPartOf(figure)));
    const int64_t yes = counts_.count(slot, kYes);
    const int64_t no = counts_.count(slot, kNo);
    return IsSensitive(yes) || IsSensitive(no) || IsSensitive(yes + no);
  }

  // Whether any of the figure's counts is another one than in the snapshot before.
  bool HasMoved(uint32_t slot, uint32_t figure) const {
    for (uint32_t part = figure == 0 ? kYes : LastPartOf(figure); part <= LastPartOf(figure); ++part) {
      if (counts_.count(slot, part) != before_->counts.count(slot, part)) return true;
    }
    return false;
  }

  // Whether hiding the figure takes it from readers: not when they have it from the snapshot before. What all
  // indicators share is drawn for the first of them.
  bool MayHide(uint32_t slot, uint32_t figure) const {
    if (IsCommon(axes_, LastPartOf(figure)) && IndicatorOf(slot) != 0) return false;
    return before_ == nullptr || before_->mask.hidden(slot, figure) || HasMoved(slot, figure);
  }

  // The cells that add up from the cell and others along one axis: of larger units, of longer periods, of the total.
  std::vector<uint32_t> SumsOver(uint32_t slot) const {
    const GridAxes::Place at = axes_.PlaceOf(slot);
    const std::vector<uint32_t>& quarters = axes_.QuartersOf(at.period);
    std::vector<uint32_t> sums;
    for (const uint32_t unit : axes_.UnitsAbove(at.unit, quarters.front())) {
      sums.push_back(axes_.Base(unit, at.period, at.stratum) + at.indicator);
    }
    for (const uint32_t period : axes_.PeriodsOver(quarters.front())) {
      if (axes_.QuartersOf(period).size() <= quarters.size() || !axes_.shown(period, at.stratum)) continue;
      sums.push_back(axes_.Base(at.unit, period, at.stratum) + at.indicator);
    }
    if (at.stratum != axes_.total()) sums.push_back(axes_.Base(at.unit, at.period, axes_.total()) + at.indicator);
    return sums;
  }

  void Hold(uint32_t unit, uint32_t quarter) {
    const size_t block = unit * axes_.periods() + quarter;
    if (changed_[block]) masked_.held.push_back(block);
  }

  // The blocks; where none of them has changed, everything of their municipalities in the years: what is published of a
  // year's strata lies in all of its quarters.
  void HoldBlocksOrYears(const std::vector<size_t>& blocks) {
    const bool any = std::any_of(blocks.begin(), blocks.end(), [this](size_t block) { return changed_[block]; });
    for (const size_t block : blocks) {
      const auto unit = static_cast<uint32_t>(block / axes_.periods());
      const auto quarter = static_cast<uint32_t>(block % axes_.periods());
      if (any) {
        Hold(unit, quarter);
        continue;
      }
      for (const uint32_t other : axes_.QuartersOf(axes_.PeriodsOver(quarter).back())) Hold(unit, other);
    }
  }

  void HoldUnder(const Target& target) {
    for (const uint32_t quarter : axes_.QuartersOf(target.period)) {
      for (uint32_t unit = 0; unit < axes_.units() && axes_.is_municipality(unit); ++unit) {
        const std::vector<uint32_t>& over = axes_.UnitsOver(unit, quarter);
        if (std::find(over.begin(), over.end(), target.unit) != over.end()) Hold(unit, quarter);
      }
    }
  }

  void HideFirst(uint32_t slot, uint32_t figure) {
    primary_[slot] |= uint64_t{1} << figure;
    Hide(slot, figure);
  }

  // Hides a figure; an exclusion that all indicators share is hidden in all of them.
  void Hide(uint32_t slot, uint32_t figure) {
    if (masked_.mask.hidden(slot, figure)) return;
    const bool common = IsCommon(axes_, LastPartOf(figure));
    const uint32_t begin = common ? slot - IndicatorOf(slot) : slot;
    const uint32_t end = common ? begin + static_cast<uint32_t>(axes_.indicators()) : slot + 1;
    for (uint32_t each = begin; each < end; ++each) {
      if (!counts_.present(each)) continue;
      masked_.mask.Hide(each, figure);
      queue_.push_back(each);
    }
  }

  void ProveQueued() {
    while (!queue_.empty()) {
      const uint32_t slot = queue_.front();
      queue_.pop_front();
      ProveSlot(slot);
    }
  }

  void ProveSlot(uint32_t slot) {
    for (uint32_t figure = 0; figure <= LastFigure(slot); ++figure) {
      if (!masked_.mask.hidden(slot, figure)) continue;
      for (const Target& target : TargetsOf(slot, figure)) {
        if (!IsProved(slot, target)) Accept(target, Find(target));
      }
    }
  }

  // The counts of a figure that need a witness.
  std::vector<Target> TargetsOf(uint32_t slot, uint32_t figure) const {
    const GridAxes::Place at = axes_.PlaceOf(slot);
    Target target{at.unit, at.period, at.stratum, at.indicator};
    std::vector<Target> targets;
    for (uint32_t part = figure == 0 ? kYes : LastPartOf(figure); part <= LastPartOf(figure); ++part) {
      if (part == kNo && counts_.count(slot, kNo) == 0) continue;
      target.part = part;
      targets.push_back(target);
    }
    if (figure > 0) return targets;
    target.denominator = true;
    target.part = kYes;
    targets.push_back(target);
    return targets;
  }

  bool IsProved(uint32_t slot, const Target& target) const {
    return (proved_[slot] >> (target.denominator ? kDenominatorProof : target.part) & 1) != 0;
  }

  static Target ByNo(Target target) {
    target.part = kNo;
    return target;
  }

  Found Find(const Target& target) {
    Found best = search_.Find(target);
    if (!target.denominator || best.cost == 0) return best;
    Found other = search_.Find(ByNo(target));
    return other.cost < best.cost ? other : best;
  }

  bool MayBeProved(uint32_t slot, uint32_t figure) {
    const std::vector<Target> targets = TargetsOf(slot, figure);
    return std::all_of(targets.begin(), targets.end(), [&](const Target& target) {
      return IsProved(slot, target) || search_.Exists(target) || (target.denominator && search_.Exists(ByNo(target)));
    });
  }

  void Accept(const Target& target, Found found) {
    if (found.cost == Found::kNone) {
      without_.push_back(target);
      return;
    }
    const std::vector<Spot> spots = SpotsOf(axes_, found.witness);
    const auto may_begin = [&](bool up) {
      return CountsBear(found.witness, spots, up) && search_.IsPossible(found.witness, up) &&
             taken_over_.WouldBegin(found.witness, up);
    };
    found.witness.up = may_begin(true);
    found.witness.down = may_begin(false);
    Use(spots, found.witness);
    masked_.witnesses.push_back(std::move(found.witness));
  }

  // Whether all counts bear the witness, shown or not.
  bool CountsBear(const Witness& witness, const std::vector<Spot>& spots, bool up) const {
    return Bears(counts_, witness, spots, up) && StrataBear(axes_, counts_, witness, up);
  }

  // Whether the courses of a witness of the snapshot before were possible there. Those of older programs need not have
  // been, and whatever is held back would not make them so: nothing would be published any more.
  bool WasPossible(const Witness& old, bool up) {
    if (!possible_before_) possible_before_.emplace(axes_, before_->counts);
    return possible_before_->Bear(old, up);
  }

  // Hides what the witness touches and notes what it proves.
  void Use(const std::vector<Spot>& spots, const Witness& witness) {
    for (const Spot& spot : spots) {
      for (const PartMove& move : witness.parts) {
        const uint32_t slot = spot.base + move.indicator;
        Hide(slot, FigureOf(move.part));
        proved_[slot] |= uint64_t{1} << move.part;
        // Yes and no of one cell that move against each other leave the denominator as it is.
        const bool balanced = std::any_of(witness.parts.begin(), witness.parts.end(), [&move](const PartMove& other) {
          return other.indicator == move.indicator && other.part <= kNo && other.part == kNo - move.part;
        });
        if (move.part <= kNo && !balanced) proved_[slot] |= uint64_t{1} << kDenominatorProof;
      }
    }
  }

  const GridAxes& axes_;
  const GridCounts& counts_;
  const std::vector<bool>& changed_;
  const MaskedBefore* before_;
  const Draw& draw_;
  MaskedGrid masked_;
  TakenOver taken_over_;
  WitnessSearch search_;
  std::optional<PossibleCourses> possible_before_;
  std::vector<uint64_t> primary_;  // By slot: the figures hidden by the rule itself.
  std::vector<uint64_t> proved_;   // By slot: a bit for each count with a witness.
  std::deque<uint32_t> queue_;
  std::vector<Target> without_;  // No witness was found when they were looked at.
};

}  // namespace

bool IsSensitive(int64_t count) { return count == 1 || count == 2; }

MaskedGrid MaskGrid(const MaskTask& task) {
  Masker masker(task);
  if (task.before != nullptr) masker.CarryOn(task.before->witnesses);
  if (masker.proved()) {
    masker.MarkDrawn();
    masker.MarkSensitive();
    masker.MarkUnmoved();
    masker.Prove();
    if (masker.proved()) masker.ProveBelowSensitive();
  }
  return std::move(masker).Result();
}

}  // namespace hjerte::registry
