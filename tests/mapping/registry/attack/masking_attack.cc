#include "tests/mapping/registry/attack/masking_attack.h"

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "mapping/registry/publication/published_grid.h"
#include "tests/mapping/registry/attack/whole_number_system.h"

namespace hjerte::registry::testing {
namespace {

// A per cent beside hidden counts is tried for denominators up to this.
constexpr int64_t kDenominatorMax = 400;

// The counts of a cell as the attacker names them: yes, no, unknown, then the exclusions.
constexpr size_t kParts = 3;
// Died, entered in error, transferred: the same in every indicator.
constexpr size_t kCommonExclusions = 3;
// A municipality's shortest period is published once so many of its courses have changed.
constexpr int64_t kTakenOverFrom = 3;

// Fractions that print as the percentages of a cell do; none if there are too many to help.
std::optional<std::pair<int64_t, int64_t>> OnlyFraction(const SeenCell& cell) {
  std::optional<std::pair<int64_t, int64_t>> only;
  for (int64_t denominator = 1; denominator <= kDenominatorMax; ++denominator) {
    for (int64_t numerator = 0; numerator <= denominator; ++numerator) {
      if (FormatPercent(numerator, denominator) != cell.percent) continue;
      if (!cell.ci_low.empty()) {
        const Interval interval = ExactInterval(numerator, denominator);
        if (FormatLimit(interval.low) != cell.ci_low || FormatLimit(interval.high) != cell.ci_high) continue;
      }
      if (only) return std::nullopt;
      only.emplace(numerator, denominator);
    }
  }
  return only;
}

// Where a count stands, without its indicator.
struct Block {
  UnitKind kind;
  std::string unit;
  Date from, to;
  StratumKind division;
  std::string stratum;
  auto operator<=>(const Block&) const = default;
};

// By "INDICATOR.REASON", the name that exclusions share which take out the same courses as the content says.
std::map<std::string, std::string> NamesOfTheSame(const Content& content) {
  std::map<std::string, std::string> names;
  for (const IndicatorSet& set : content.indicator_sets()) {
    for (const Indicator& indicator : set.indicators) {
      for (const Reason& reason : indicator.excluded) {
        if (reason.same_courses_as.empty()) continue;
        names[indicator.id + "." + reason.id] = names[reason.same_courses_as] = reason.same_courses_as;
      }
    }
  }
  return names;
}

// Enters one snapshot into the system; `earlier` is the one before, if any.
class Entry {
 public:
  Entry(const Content& content, const Snapshot& snapshot, const Entry* earlier, bool same_courses,
        WholeNumberSystem& system)
      : content_(content), snapshot_(snapshot), earlier_(earlier), system_(system) {
    if (same_courses) names_of_same_ = NamesOfTheSame(content);
    FindLeafPeriods();
    for (size_t i = 0; i < snapshot.seen.size(); ++i) AddCell(i);
    for (const auto& [block, population] : population_) {
      AddUnitSums(block);
      AddPeriodSums(block);
      AddStratumSums(block);
    }
    if (snapshot.courses.empty()) return;
    for (const auto& [block, population] : population_) {
      if (block.kind == UnitKind::kMunicipality && IsLeaf(block) && block.division == StratumKind::kTotal) {
        AddCourses(block);
      }
    }
  }

  // Of the cells of the snapshot, with the counts of a solution.
  std::vector<Cell> Cells(const std::vector<int64_t>& solution) const {
    std::vector<Cell> cells = *snapshot_.truth;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::vector<size_t>& counts = counts_.at({BlockOf(i), cells[i].indicator});
      cells[i].numerator = solution[counts[0]];
      cells[i].denominator = solution[counts[0]] + solution[counts[1]];
      cells[i].unknown = solution[counts[2]];
      for (size_t k = 0; k < cells[i].exclusions.size(); ++k)
        cells[i].exclusions[k].count = solution[counts[kParts + k]];
    }
    return cells;
  }

  // In a municipality's shortest period where no count differs from the earlier snapshot's nothing has changed, nor in
  // a longer one all of whose shortest periods are such.
  void Link(const Entry& earlier) {
    std::set<std::tuple<std::string, Date, Date>> changed;
    std::set<std::pair<Block, std::string>> keys;
    for (const auto& [key, counts] : counts_) keys.insert(key);
    for (const auto& [key, counts] : earlier.counts_) keys.insert(key);
    for (const auto& key : keys) {
      const auto& [block, indicator] = key;
      if (block.kind != UnitKind::kMunicipality || !IsLeaf(block) || Truths(key) == earlier.Truths(key)) continue;
      changed.emplace(block.unit, block.from, block.to);
    }
    const auto has_changed = [&](const Block& block) {
      return std::any_of(changed.begin(), changed.end(), [&block](const auto& leaf) {
        return std::get<0>(leaf) == block.unit && std::get<1>(leaf) >= block.from && std::get<2>(leaf) <= block.to;
      });
    };
    for (const auto& [key, counts] : counts_) {
      const auto before = earlier.counts_.find(key);
      if (key.first.kind != UnitKind::kMunicipality || before == earlier.counts_.end() || has_changed(key.first))
        continue;
      for (size_t i = 0; i < counts.size(); ++i) system_.Equal({counts[i]}, {before->second[i]});
    }
  }

 private:
  Block BlockOf(size_t i) const {
    const SeenCell& cell = snapshot_.seen[i];
    return {cell.unit_kind, cell.unit, cell.period.from, cell.period.to, cell.stratum_kind, cell.stratum};
  }

  bool IsLeaf(const Block& block) const { return leaf_periods_.contains({block.from, block.to}); }

  void FindLeafPeriods() {
    for (const SeenCell& cell : snapshot_.seen) leaf_periods_.insert({cell.period.from, cell.period.to});
    std::erase_if(leaf_periods_, [all = leaf_periods_](const auto& period) {
      return std::any_of(all.begin(), all.end(), [&period](const auto& inner) {
        return inner != period && inner.first >= period.first && inner.second <= period.second;
      });
    });
  }

  std::vector<int64_t> Truths(const std::pair<Block, std::string>& key) const {
    std::vector<int64_t> truths;
    const auto found = counts_.find(key);
    if (found == counts_.end()) return truths;
    for (const size_t each : found->second) truths.push_back(system_.truth(each));
    while (!truths.empty() && truths.back() == 0) truths.pop_back();
    return truths;
  }

  void AddCell(size_t index) {
    const SeenCell& seen = snapshot_.seen[index];
    const Cell& truth = (*snapshot_.truth)[index];
    const Block block = BlockOf(index);
    // What is not published is a count like another, but nobody minds whether it is found.
    const bool published = IsPublished(seen.period.kind, seen.stratum_kind);
    const std::string where = seen.indicator + " " + seen.unit + " " + seen.period.label + " " + seen.stratum + " ";
    const auto named = [&](const std::string& what) { return published ? where + what : std::string(); };
    bool counts_hidden = !seen.numerator || !seen.denominator;
    // A fraction that alone prints so is as good as shown: found, though hidden.
    if (counts_hidden && !seen.percent.empty() && OnlyFraction(seen)) {
      const size_t found = system_.Add(truth.numerator, true, 0, named("numerator by its per cent"));
      system_.Equal({found}, {system_.Add(truth.numerator, false, 0, "")});
      counts_hidden = false;
    }
    std::vector<size_t> counts;
    counts.push_back(system_.Add(truth.numerator, counts_hidden, 0, named("numerator")));
    // Not published itself: where it is 0 it may be known.
    const int64_t rest = truth.denominator - truth.numerator;
    counts.push_back(system_.Add(rest, counts_hidden, 0, rest == 0 ? "" : named("rest")));
    if (counts_hidden && published) system_.Watch(counts[0], counts[1], where + "denominator");
    counts.push_back(system_.Add(truth.unknown, !seen.unknown, 0, named("unknown")));
    for (size_t k = 0; k < seen.exclusions.size(); ++k) {
      counts.push_back(
          system_.Add(truth.exclusions[k].count, !seen.exclusions[k], 0, named(truth.exclusions[k].reason)));
      const auto name = names_of_same_.find(seen.indicator + "." + truth.exclusions[k].reason);
      if (k >= kCommonExclusions && name == names_of_same_.end()) continue;
      const auto [entry, added] =
          same_.try_emplace({block, k < kCommonExclusions ? truth.exclusions[k].reason : name->second}, counts.back());
      if (!added) system_.Equal({entry->second}, {counts.back()});
    }
    int64_t courses = 0;
    for (const size_t each : counts) courses += system_.truth(each);
    const auto [population, added] = population_.try_emplace(block, 0);
    // A published cell without a course would not be there, nor anything of a municipality's quarter that is new with
    // less than enough; the population is a count that nobody prints.
    const bool begins = block.kind == UnitKind::kMunicipality && IsLeaf(block) &&
                        block.division == StratumKind::kTotal &&
                        (earlier_ == nullptr || !earlier_->population_.contains(block));
    const int64_t least = !published || courses == 0 ? 0 : begins ? kTakenOverFrom : 1;
    if (added) population->second = system_.Add(courses, courses > 0 || !published, least, "");
    system_.Equal(counts, {population->second});
    counts_[{block, seen.indicator}] = counts;
    strata_[block.division].insert(block.stratum);
    known_.insert({block.kind, block.from, block.to, block.division});
    indicators_.insert(seen.indicator);
  }

  void AddSums(const Block& whole, const std::vector<Block>& parts) {
    // Only where all are there: a division is left out of the short periods of large units.
    const bool known = std::all_of(parts.begin(), parts.end(), [this](const Block& part) {
      return known_.contains({part.kind, part.from, part.to, part.division});
    });
    if (parts.empty() || !known) return;
    for (const std::string& indicator : indicators_) {
      const auto total = counts_.find({whole, indicator});
      if (total == counts_.end()) continue;
      for (size_t i = 0; i < total->second.size(); ++i) {
        std::vector<size_t> sum;
        for (const Block& part : parts) {
          const auto found = counts_.find({part, indicator});
          if (found != counts_.end()) sum.push_back(found->second[i]);
        }
        system_.Equal({total->second[i]}, sum);
      }
    }
  }

  void AddUnitSums(const Block& whole) {
    if (whole.kind == UnitKind::kMunicipality) return;
    std::vector<Block> parts;
    for (const Geography::Row& row : content_.geography_on(whole.from).rows()) {
      const std::string outer_id = whole.kind == UnitKind::kCluster  ? row.cluster
                                   : whole.kind == UnitKind::kRegion ? row.region
                                                                     : "DK";
      if (outer_id != whole.unit) continue;
      Block part = whole;
      part.kind = UnitKind::kMunicipality;
      part.unit = row.municipality;
      parts.push_back(part);
    }
    AddSums(whole, parts);
  }

  // The shortest periods inside.
  void AddPeriodSums(const Block& whole) {
    std::vector<Block> parts;
    for (const auto& [from, to] : leaf_periods_) {
      if (from < whole.from || to > whole.to || (from == whole.from && to == whole.to)) continue;
      Block part = whole;
      part.from = from;
      part.to = to;
      parts.push_back(part);
    }
    AddSums(whole, parts);
  }

  void AddStratumSums(const Block& whole) {
    if (whole.division != StratumKind::kTotal) return;
    for (const auto& [division, strata] : strata_) {
      if (division == StratumKind::kTotal) continue;
      std::vector<Block> parts;
      for (const std::string& each : strata) {
        Block part = whole;
        part.division = division;
        part.stratum = each;
        parts.push_back(part);
      }
      AddSums(whole, parts);
    }
  }

  using Strata = std::map<StratumKind, std::string>;

  // One stratum of each division, in every combination.
  std::vector<Strata> Combinations() const {
    std::vector<Strata> all(1);
    for (const auto& [division, strata] : strata_) {
      if (division == StratumKind::kTotal) continue;
      std::vector<Strata> longer;
      for (const Strata& each : all) {
        for (const std::string& stratum : strata) longer.emplace_back(each)[division] = stratum;
      }
      all = std::move(longer);
    }
    return all;
  }

  // Courses of the same strata may have any answers to one indicator beside any to another: what they share is how
  // many they are, and the exclusions that all indicators share.
  void AddCourses(const Block& total) {
    std::map<std::tuple<StratumKind, std::string, std::string, size_t>, std::vector<size_t>> sums;
    for (const Strata& strata : Combinations()) {
      std::vector<std::vector<size_t>> of_indicators;
      for (const std::string& indicator : indicators_) {
        const size_t parts = counts_.at({total, indicator}).size();
        std::vector<size_t>& counts = of_indicators.emplace_back();
        for (size_t part = 0; part < parts; ++part) {
          const int64_t truth =
              std::count_if(snapshot_.courses.begin(), snapshot_.courses.end(), [&](const CountedCourse& course) {
                return course.municipality == total.unit && course.quarter == total.from && course.strata == strata &&
                       course.parts.at(indicator) == part;
              });
          counts.push_back(system_.Add(truth, true, 0, ""));
          for (const auto& [division, stratum] : strata) {
            sums[{division, stratum, indicator, part}].push_back(counts.back());
          }
        }
        if (of_indicators.size() == 1) continue;
        system_.Equal(counts, of_indicators.front());
        for (size_t k = kParts; k < kParts + kCommonExclusions; ++k) {
          system_.Equal({counts[k]}, {of_indicators.front()[k]});
        }
      }
    }
    for (const auto& [key, sum] : sums) {
      const auto& [division, stratum, indicator, part] = key;
      Block block = total;
      block.division = division;
      block.stratum = stratum;
      system_.Equal({counts_.at({block, indicator})[part]}, sum);
    }
  }

  const Content& content_;
  const Snapshot& snapshot_;
  const Entry* earlier_;
  WholeNumberSystem& system_;
  std::map<std::pair<Block, std::string>, std::vector<size_t>> counts_;
  std::map<Block, size_t> population_;
  std::map<std::string, std::string> names_of_same_;
  std::map<std::pair<Block, std::string>, size_t> same_;  // Exclusions that several indicators count alike.
  std::map<StratumKind, std::set<std::string>> strata_;
  std::set<std::string> indicators_;
  std::set<std::pair<Date, Date>> leaf_periods_;
  std::set<std::tuple<UnitKind, Date, Date, StratumKind>> known_;
};

}  // namespace

std::vector<SeenCell> See(const std::vector<Cell>& cells, const std::vector<CellMask>& masks) {
  std::vector<SeenCell> seen;
  for (size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    SeenCell& out = seen.emplace_back();
    out.indicator = cell.indicator;
    out.unit_kind = cell.unit_kind;
    out.unit = cell.unit;
    out.period = cell.period;
    out.stratum_kind = cell.stratum_kind;
    out.stratum = cell.stratum;
    if (!IsPublished(cell.period.kind, cell.stratum_kind)) {
      out.exclusions.resize(cell.exclusions.size());
      continue;
    }
    const CellFigures figures = Figures(cell);
    if (!masks[i].counts) {
      out.numerator = cell.numerator;
      out.denominator = cell.denominator;
      out.percent = figures.percent;
      out.ci_low = figures.ci_low;
      out.ci_high = figures.ci_high;
    }
    if (!masks[i].unknown) out.unknown = cell.unknown;
    for (size_t k = 0; k < cell.exclusions.size(); ++k) {
      out.exclusions.push_back(masks[i].exclusions[k] ? std::nullopt : std::optional(cell.exclusions[k].count));
    }
  }
  return seen;
}

AttackResult Attack(const Content& content, const std::vector<Snapshot>& snapshots, bool same_courses) {
  WholeNumberSystem system;
  std::vector<std::unique_ptr<Entry>> entries;
  for (const Snapshot& snapshot : snapshots) {
    const Entry* earlier = entries.empty() ? nullptr : entries.back().get();
    entries.push_back(std::make_unique<Entry>(content, snapshot, earlier, same_courses, system));
    if (entries.size() > 1) entries.back()->Link(*entries[entries.size() - 2]);
  }
  WholeNumberSystem::Answer answer = system.Solve();
  AttackResult result{answer.hidden, answer.pinned, answer.undecided, std::move(answer.first_pinned), {}};
  for (const std::vector<int64_t>& other : answer.others) result.others.push_back(entries.back()->Cells(other));
  return result;
}

AttackResult Attack(const Content& content, const std::vector<Cell>& cells, const std::vector<CellMask>& masks) {
  return Attack(content, {{&cells, See(cells, masks)}});
}

}  // namespace hjerte::registry::testing
