#include "tests/mapping/registry/attack/masking_attack.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <tuple>

#include "mapping/registry/publication/published_grid.h"

namespace hjerte::registry::testing {
namespace {

constexpr double kTiny = 1e-6;
constexpr int kSweeps = 6;
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

// A linear system over whole numbers from 0 up, of which one solution is known.
class System {
 public:
  System() : lp_(glp_create_prob(), &glp_delete_prob) { glp_term_out(GLP_OFF); }

  // A count: known, or hidden with its true value as the first solution.
  size_t Add(int64_t truth, bool hidden, int64_t low, std::string name) {
    counts_.push_back({truth, hidden, low, std::move(name), 0, counts_.size(), !hidden});
    return counts_.size() - 1;
  }
  // Σ left = Σ right.
  void Equal(const std::vector<size_t>& left, const std::vector<size_t>& right) {
    std::map<size_t, double> row;
    for (const size_t each : left) row[each] += 1;
    for (const size_t each : right) row[each] -= 1;
    std::erase_if(row, [](const auto& entry) { return entry.second == 0; });
    if (!row.empty()) rows_.push_back(std::move(row));
  }
  // A count that must have two values, though it is not one of those that add up itself: the sum of the two.
  void Watch(size_t left, size_t right, std::string name) { watched_.push_back({{left, right}, std::move(name)}); }

  int64_t truth(size_t count) const { return counts_[count].truth; }
  size_t size() const { return counts_.size(); }

  struct Answer {
    size_t hidden = 0, pinned = 0, undecided = 0;
    std::string first_pinned;
    std::vector<std::vector<int64_t>> others;
  };

  Answer Solve() {
    Load();
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i].hidden && !counts_[i].name.empty()) watched_.push_back({{i}, counts_[i].name});
    }
    Answer answer;
    answer.hidden = watched_.size();
    Sweep(answer);
    for (Watched& each : watched_) {
      if (!each.free) Examine(each, answer);
      if (answer.pinned > 0) break;  // One is enough.
    }
    return answer;
  }

 private:
  struct Count {
    int64_t truth;
    bool hidden;
    int64_t low;
    std::string name;
    int column;
    size_t same_as;  // A count that it must be equal to: in the end the first of all that are.
    bool shown;      // One of those that it is equal to is not hidden.
  };
  struct Watched {
    std::vector<size_t> counts;
    std::string name;
    bool free = false;
  };

  void Load() {
    glp_prob* lp = lp_.get();
    JoinEquals();
    for (size_t i = 0; i < counts_.size(); ++i) {
      const Count& first = counts_[counts_[i].same_as];
      if (counts_[i].hidden) counts_[i].column = first.column != 0 ? first.column : AddColumn(counts_[i].same_as);
    }
    std::set<std::map<int, double>> known;
    for (const auto& row : rows_) {
      std::map<int, double> entries;
      double constant = 0;
      for (const auto& [count, factor] : row) {
        if (!counts_[count].hidden) continue;
        entries[counts_[count].column] += factor;
        constant += factor * static_cast<double>(counts_[count].truth);
      }
      std::erase_if(entries, [](const auto& entry) { return entry.second == 0; });
      if (entries.empty() || !known.insert(entries).second) continue;
      const int number = glp_add_rows(lp, 1);
      std::vector<int> columns = {0};
      std::vector<double> factors = {0};
      for (const auto& [column, factor] : entries) {
        columns.push_back(column);
        factors.push_back(factor);
      }
      glp_set_row_bnds(lp, number, GLP_FX, constant, constant);
      glp_set_mat_row(lp, number, static_cast<int>(entries.size()), columns.data(), factors.data());
    }
    for (Watched& each : watched_) {
      if (std::none_of(each.counts.begin(), each.counts.end(), [&](size_t i) { return counts_[i].hidden; }))
        each.free = true;  // A sum of known counts is not hidden.
    }
    std::erase_if(watched_, [](const Watched& each) { return each.free; });
  }

  int AddColumn(size_t count) {
    const int column = glp_add_cols(lp_.get(), 1);
    glp_set_col_kind(lp_.get(), column, GLP_IV);
    return counts_[count].column = column;
  }

  size_t FirstOf(size_t count) {
    while (counts_[count].same_as != count) {
      counts_[count].same_as = counts_[counts_[count].same_as].same_as;
      count = counts_[count].same_as;
    }
    return count;
  }

  // What must be equal shares a column.
  void JoinEquals() {
    for (const auto& row : rows_) {
      if (row.size() != 2 || row.begin()->second != -row.rbegin()->second) continue;
      const auto [first, second] = std::minmax({FirstOf(row.begin()->first), FirstOf(row.rbegin()->first)});
      counts_[second].same_as = first;
      counts_[first].low = std::max(counts_[first].low, counts_[second].low);
      counts_[first].shown = counts_[first].shown || counts_[second].shown;
    }
    for (size_t i = 0; i < counts_.size(); ++i) {
      counts_[i].same_as = FirstOf(i);
      counts_[i].low = counts_[counts_[i].same_as].low;
      counts_[i].shown = counts_[counts_[i].same_as].shown;
    }
  }

  int64_t TruthOf(const Watched& watched) const {
    int64_t sum = 0;
    for (const size_t each : watched.counts) sum += counts_[each].truth;
    return sum;
  }

  // Moves as many as it can at once, in whatever direction.
  void Sweep(Answer& answer) {
    std::mt19937 random(1);
    Bound(true);
    for (int round = 0; round < kSweeps; ++round) {
      AimAtNothing();
      for (const Watched& each : watched_) {
        if (!each.free) AimAt(each, random() % 2 == 0 ? 1 : -1);
      }
      if (!Simplex()) return;
      Take([this](int column) { return glp_get_col_prim(lp_.get(), column); }, nullptr, answer);
    }
  }

  bool Simplex() {
    glp_smcp parameters;
    glp_init_smcp(&parameters);
    parameters.msg_lev = GLP_MSG_OFF;
    parameters.it_lim = 200'000;
    return glp_simplex(lp_.get(), &parameters) == 0 && glp_get_status(lp_.get()) == GLP_OPT;
  }

  // Looks for a second value, first near the truth, then anywhere, and last over the whole numbers exactly.
  void Examine(Watched& watched, Answer& answer) {
    bool decided = true;
    for (const bool near : {true, false}) {
      Bound(near);
      decided = true;
      for (const double sign : {1.0, -1.0}) {
        if (Try(watched, sign, answer)) return;
        decided = decided && IsAtTruth(watched);
      }
    }
    // Where not even fractions are another value, whole numbers need not be tried.
    const size_t undecided = answer.undecided;
    if (!decided && TryWhole(watched, answer)) return;
    if (answer.undecided > undecided) return;
    if (answer.pinned++ == 0) answer.first_pinned = watched.name;
  }

  void Bound(bool near) {
    for (const Count& count : counts_) {
      if (!count.hidden) continue;
      const auto low = static_cast<double>(count.low);
      const auto truth = static_cast<double>(count.truth);
      if (count.shown) {
        glp_set_col_bnds(lp_.get(), count.column, GLP_FX, truth, truth);
      } else if (near) {
        glp_set_col_bnds(lp_.get(), count.column, GLP_DB, std::max(low, truth - 1), truth + 1);
      } else {
        glp_set_col_bnds(lp_.get(), count.column, GLP_LO, low, 0);
      }
    }
  }

  void AimAtNothing() {
    for (int column = 1; column <= glp_get_num_cols(lp_.get()); ++column) glp_set_obj_coef(lp_.get(), column, 0);
    glp_set_obj_dir(lp_.get(), GLP_MAX);
  }

  void AimAt(const Watched& watched, double sign) {
    for (const size_t each : watched.counts) {
      if (counts_[each].hidden) glp_set_obj_coef(lp_.get(), counts_[each].column, sign);
    }
  }

  bool Try(Watched& watched, double sign, Answer& answer) {
    AimAtNothing();
    AimAt(watched, sign);
    if (!Simplex()) return false;
    return Take([this](int column) { return glp_get_col_prim(lp_.get(), column); }, &watched, answer);
  }

  bool IsAtTruth(const Watched& watched) const {
    if (glp_get_status(lp_.get()) != GLP_OPT) return false;
    double away = 0;
    for (const size_t each : watched.counts) {
      if (!counts_[each].hidden) continue;
      away += glp_get_col_prim(lp_.get(), counts_[each].column) - static_cast<double>(counts_[each].truth);
    }
    return std::abs(away) < kTiny;
  }

  bool TryWhole(Watched& watched, Answer& answer) {
    Bound(false);
    double truth = 0;
    const int row = glp_add_rows(lp_.get(), 1);
    std::vector<int> columns = {0};
    std::vector<double> factors = {0};
    for (const size_t each : watched.counts) {
      if (!counts_[each].hidden) continue;
      columns.push_back(counts_[each].column);
      factors.push_back(1);
      truth += static_cast<double>(counts_[each].truth);
    }
    glp_set_mat_row(lp_.get(), row, static_cast<int>(columns.size()) - 1, columns.data(), factors.data());
    bool found = false;
    for (const bool more : {true, false}) {
      if (found) continue;
      glp_set_row_bnds(lp_.get(), row, more ? GLP_LO : GLP_UP, truth + 1, truth - 1);
      glp_iocp parameters;
      glp_init_iocp(&parameters);
      parameters.msg_lev = GLP_MSG_OFF;
      parameters.presolve = GLP_ON;
      parameters.tm_lim = 20'000;
      AimAtNothing();
      const int error = glp_intopt(lp_.get(), &parameters);
      if (error == GLP_ETMLIM) ++answer.undecided;
      const int status = glp_mip_status(lp_.get());
      if (error == 0 && (status == GLP_OPT || status == GLP_FEAS)) {
        found = Take([this](int column) { return glp_mip_col_val(lp_.get(), column); }, &watched, answer);
      }
    }
    const int rows[] = {0, row};
    glp_del_rows(lp_.get(), 1, rows);
    glp_std_basis(lp_.get());
    return found;
  }

  // Takes a solution in whole numbers, if it gives the count wanted another value; every count it moves has then two.
  template <typename Value>
  bool Take(Value value, const Watched* wanted, Answer& answer) {
    std::vector<int64_t> solution;
    solution.reserve(counts_.size());
    for (const Count& count : counts_) {
      if (!count.hidden) {
        solution.push_back(count.truth);
        continue;
      }
      const double at = value(count.column);
      if (std::abs(at - std::round(at)) > kTiny) return false;
      solution.push_back(static_cast<int64_t>(std::round(at)));
    }
    const auto moved = [&](const Watched& each) {
      int64_t sum = 0;
      for (const size_t i : each.counts) sum += solution[i];
      return sum != TruthOf(each);
    };
    if (wanted != nullptr && !moved(*wanted)) return false;
    bool useful = false;
    for (Watched& each : watched_) {
      if (each.free || !moved(each)) continue;
      each.free = true;
      useful = true;
    }
    if (useful) answer.others.push_back(std::move(solution));
    return true;
  }

  std::unique_ptr<glp_prob, void (*)(glp_prob*)> lp_;
  std::vector<Count> counts_;
  std::vector<std::map<size_t, double>> rows_;
  std::vector<Watched> watched_;
};

// Where a count stands, without its indicator.
struct Block {
  UnitKind kind;
  std::string unit;
  Date from, to;
  StratumKind division;
  std::string stratum;
  auto operator<=>(const Block&) const = default;
};

// Enters one snapshot into the system; `earlier` is the one before, if any.
class Entry {
 public:
  Entry(const Content& content, const Snapshot& snapshot, const Entry* earlier, System& system)
      : content_(content), snapshot_(snapshot), earlier_(earlier), system_(system) {
    FindLeafPeriods();
    for (size_t i = 0; i < snapshot.seen.size(); ++i) AddCell(i);
    for (const auto& [block, population] : population_) {
      AddUnitSums(block);
      AddPeriodSums(block);
      AddStratumSums(block);
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
      if (k >= kCommonExclusions) continue;
      const auto [entry, added] = common_.try_emplace({block, k}, counts.back());
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

  const Content& content_;
  const Snapshot& snapshot_;
  const Entry* earlier_;
  System& system_;
  std::map<std::pair<Block, std::string>, std::vector<size_t>> counts_;
  std::map<Block, size_t> population_;
  std::map<std::pair<Block, size_t>, size_t> common_;
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

AttackResult Attack(const Content& content, const std::vector<Snapshot>& snapshots) {
  System system;
  std::vector<std::unique_ptr<Entry>> entries;
  for (const Snapshot& snapshot : snapshots) {
    const Entry* earlier = entries.empty() ? nullptr : entries.back().get();
    entries.push_back(std::make_unique<Entry>(content, snapshot, earlier, system));
    if (entries.size() > 1) entries.back()->Link(*entries[entries.size() - 2]);
  }
  System::Answer answer = system.Solve();
  AttackResult result{answer.hidden, answer.pinned, answer.undecided, std::move(answer.first_pinned), {}};
  for (const std::vector<int64_t>& other : answer.others) result.others.push_back(entries.back()->Cells(other));
  return result;
}

AttackResult Attack(const Content& content, const std::vector<Cell>& cells, const std::vector<CellMask>& masks) {
  return Attack(content, {{&cells, See(cells, masks)}});
}

}  // namespace hjerte::registry::testing
