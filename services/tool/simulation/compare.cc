#include "services/tool/simulation/compare.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace hjerte::tool {
namespace {

constexpr const char* kKeyColumns[] = {"indicator",    "unit_kind",    "unit_id", "period_kind",
                                       "period_label", "stratum_kind", "stratum"};
constexpr const char* kCountColumns[] = {"numerator", "denominator", "unknown"};
constexpr const char* kExcludedPrefix = "excluded_";

// Counts by column name; zeros are left out.
using Counts = std::map<std::string, int64_t>;

// One line's figures, and which division of time and of the population it belongs to.
struct Cell {
  Counts counts;
  std::string division;
};
// By what names the cell: the key columns' values, one blank between them.
using Cells = std::unordered_map<std::string, Cell>;

// Splits a line of CSV; a quoted field may hold commas and doubled quotes.
std::vector<std::string> SplitLine(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += line[++i];
      } else {
        quoted = !quoted;
      }
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

bool IsCount(const std::string& column) {
  return column.rfind(kExcludedPrefix, 0) == 0 ||
         std::find(std::begin(kCountColumns), std::end(kCountColumns), column) != std::end(kCountColumns);
}

absl::Status ReadCells(const std::string& path, Cells& cells) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(path + ": cannot be read");
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = SplitLine(line);
  std::vector<size_t> key_at;
  for (const char* column : kKeyColumns) {
    const auto found = std::find(header.begin(), header.end(), column);
    if (found == header.end()) return absl::InvalidArgumentError(path + ": has no column " + column);
    key_at.push_back(static_cast<size_t>(found - header.begin()));
  }
  for (int64_t number = 2; std::getline(in, line); ++number) {
    const std::vector<std::string> fields = SplitLine(line);
    if (fields.size() != header.size()) {
      return absl::InvalidArgumentError(path + ":" + std::to_string(number) +
                                        ": does not have as many fields as the header");
    }
    std::string key;
    for (const size_t at : key_at) key += fields[at] + " ";
    Cell& cell = cells[key];
    cell.division = fields[key_at[3]] + " " + fields[key_at[5]];
    cell.counts.clear();
    for (size_t i = 0; i < header.size(); ++i) {
      if (!IsCount(header[i]) || fields[i].empty() || fields[i] == "0") continue;
      if (fields[i].find_first_not_of("0123456789") != std::string::npos) {
        return absl::InvalidArgumentError(path + ":" + std::to_string(number) + ": '" + fields[i] +
                                          "' is no count in " + header[i] + "; are the figures masked?");
      }
      cell.counts[header[i]] = std::stoll(fields[i]);
    }
  }
  return absl::OkStatus();
}

std::string Shown(const Counts& counts) {
  std::string text;
  for (const auto& [column, count] : counts) text += (text.empty() ? "" : " ") + column + "=" + std::to_string(count);
  return text.empty() ? "nothing" : text;
}

// Every state an indicator has must occur, or equality proves less than it seems to.
std::vector<std::string> MissingStates(const Cells& truth) {
  std::map<std::string, Counts> sums;
  for (const auto& [key, cell] : truth) {
    for (const auto& [column, count] : cell.counts) sums[key.substr(0, key.find(' '))][column] += count;
  }
  const std::map<std::string, std::string> own = {{"excluded_no_planned_session", "K2"},
                                                  {"excluded_no_training", "K3"},
                                                  {"excluded_not_smoker_at_start", "K4"},
                                                  {"excluded_smoking_start_unknown", "K4"}};
  std::vector<std::string> missing;
  for (const char* indicator : {"K1", "K2", "K3", "K4", "K5", "K6"}) {
    Counts& sum = sums[indicator];
    for (const char* column :
         {"numerator", "unknown", "excluded_died", "excluded_entered_in_error", "excluded_transferred"}) {
      if (sum[column] == 0) missing.push_back(std::string(indicator) + " " + column);
    }
    if (sum["denominator"] == sum["numerator"]) missing.push_back(std::string(indicator) + " no");
    for (const auto& [column, only] : own) {
      if (only == indicator && sum[column] == 0) missing.push_back(only + " " + column);
    }
  }
  return missing;
}

}  // namespace

absl::StatusOr<Comparison> CompareWithTruth(const std::string& truth_path, const std::vector<std::string>& result_paths,
                                            size_t differences_max) {
  Cells truth;
  Cells results;
  if (absl::Status status = ReadCells(truth_path, truth); !status.ok()) return status;
  for (const std::string& path : result_paths) {
    if (absl::Status status = ReadCells(path, results); !status.ok()) return status;
  }
  // The results may hold fewer divisions of time and population than the truth.
  std::unordered_set<std::string> divisions;
  for (const auto& [key, cell] : results) divisions.insert(cell.division);
  Comparison comparison;
  comparison.missing_states = MissingStates(truth);
  const auto count = [&](const std::string& key, const Counts& expected, const Counts& found) {
    ++comparison.cells;
    if (expected == found) {
      ++comparison.equal;
    } else if (comparison.differences.size() < differences_max) {
      comparison.differences.push_back(key + "truth: " + Shown(expected) + "; results: " + Shown(found));
    }
  };
  const Counts zeros;
  for (const auto& [key, expected] : truth) {
    if (divisions.count(expected.division) == 0) continue;
    const auto found = results.find(key);
    count(key, expected.counts, found == results.end() ? zeros : found->second.counts);
  }
  for (const auto& [key, found] : results) {
    if (!found.counts.empty() && truth.count(key) == 0) count(key, zeros, found.counts);
  }
  std::sort(comparison.differences.begin(), comparison.differences.end());
  return comparison;
}

}  // namespace hjerte::tool
