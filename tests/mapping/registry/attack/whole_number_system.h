#pragma once

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hjerte::registry::testing {

// A linear system over whole numbers from 0 up, of which one solution is known.
class WholeNumberSystem {
 public:
  WholeNumberSystem() : lp_(glp_create_prob(), &glp_delete_prob) { glp_term_out(GLP_OFF); }

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
  static constexpr double kTiny = 1e-6;
  static constexpr int kSweeps = 6;

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
    for (const bool near : {true, false}) {
      answer.undecided = undecided;
      if (!decided && TryWhole(watched, near, answer)) return;
    }
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

  bool TryWhole(Watched& watched, bool near, Answer& answer) {
    Bound(near);
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

}  // namespace hjerte::registry::testing
