#include "mapping/registry/content/geography.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hjerte::registry {
namespace {

constexpr std::array<std::string_view, 7> kColumns = {
    "municipality", "municipality_name", "cluster", "cluster_name", "region", "region_name", "cluster_status"};

// The id and name of one row's unit of a kind.
std::pair<std::string, std::string> UnitOfRow(const Geography::Row& row, UnitKind kind) {
  switch (kind) {
    case UnitKind::kMunicipality:
      return {row.municipality, row.municipality_name};
    case UnitKind::kCluster:
      return {row.cluster, row.cluster_name};
    case UnitKind::kRegion:
      return {row.region, row.region_name};
    case UnitKind::kNation:
      break;
  }
  return {std::string(Geography::kNation), "Danmark"};
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

// Reads one geography file line by line.
class Parser {
 public:
  explicit Parser(std::string_view file) : file_(file) {}

  absl::StatusOr<Geography> Parse(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = Trim(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line_;
      if (line.empty()) continue;
      const absl::Status status = line.front() == '#' ? Note(line.substr(1)) : Row(line);
      if (!status.ok()) return status;
    }
    if (id_.empty()) return Error("no id, write a line `# id: …` at the top");
    if (!from_) return Error("no validity, write a line `# valid_from: YYYY-MM-DD` at the top");
    if (rows_.empty()) return Error("no municipality, write one on each line");
    return Geography(id_, {*from_, to_}, std::move(rows_));
  }

 private:
  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(std::string(file_), ":", line_, ": ", std::string(what)));
  }

  // `# key: value`; other remarks are for people.
  absl::Status Note(std::string_view note) {
    const size_t colon = note.find(':');
    if (colon == std::string_view::npos) return absl::OkStatus();
    const std::string_view key = Trim(note.substr(0, colon));
    const std::string_view value = Trim(note.substr(colon + 1));
    if (key == "id") id_ = std::string(value);
    if (key != "valid_from" && key != "valid_to") return absl::OkStatus();
    const std::optional<Date> date = ParseDate(value);
    if (!date) return Error("not a date, write YYYY-MM-DD");
    (key == "valid_from" ? from_ : to_) = date;
    return absl::OkStatus();
  }

  absl::Status Row(std::string_view line) {
    std::vector<std::string> cells;
    for (size_t start = 0; start <= line.size();) {
      const size_t end = std::min(line.find(';', start), line.size());
      cells.emplace_back(line.substr(start, end - start));
      start = end + 1;
    }
    if (!header_seen_) {
      header_seen_ = true;
      if (!std::equal(cells.begin(), cells.end(), kColumns.begin(), kColumns.end())) {
        return Error(
            "unknown header, write "
            "municipality;municipality_name;cluster;cluster_name;region;region_name;cluster_status");
      }
      return absl::OkStatus();
    }
    if (cells.size() != kColumns.size())
      return Error(absl::StrCat("expected ", kColumns.size(), " columns separated by ;"));
    if (cells[0].size() != 4 || cells[0].find_first_not_of("0123456789") != std::string::npos) {
      return Error("a municipality code has four digits");
    }
    if (!seen_.insert(cells[0]).second)
      return Error(absl::StrCat("municipality ", cells[0], " stands twice, remove one line"));
    if (cells[2].empty() || cells[4].empty()) return Error("cluster and region must be given; unknown has an id too");
    rows_.push_back({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6] == "confirmed"});
    return absl::OkStatus();
  }

  std::string_view file_;
  size_t line_ = 0;
  bool header_seen_ = false;
  std::string id_;
  std::optional<Date> from_, to_;
  std::set<std::string> seen_;
  std::vector<Geography::Row> rows_;
};

}  // namespace

Geography::Geography(std::string id, Validity validity, std::vector<Row> rows)
    : id_(std::move(id)), validity_(validity), rows_(std::move(rows)) {
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& left, const Row& right) { return left.municipality < right.municipality; });
  for (size_t row = 0; row < rows_.size(); ++row) row_of_[rows_[row].municipality] = row;
  for (const UnitKind kind : {UnitKind::kMunicipality, UnitKind::kCluster, UnitKind::kRegion, UnitKind::kNation}) {
    const auto index = static_cast<size_t>(kind);
    std::map<std::string, Unit> units;
    for (const Row& row : rows_) {
      auto [unit_id, name] = UnitOfRow(row, kind);
      Unit& unit = units.try_emplace(unit_id, Unit{kind, unit_id, std::move(name), true}).first->second;
      if (kind == UnitKind::kCluster && !row.cluster_confirmed) unit.confirmed = false;
    }
    std::map<std::string, uint16_t> position;
    for (auto& [unit_id, unit] : units) {
      position[unit_id] = static_cast<uint16_t>(units_[index].size());
      units_[index].push_back(std::move(unit));
    }
    for (const Row& row : rows_) unit_of_row_[index].push_back(position[UnitOfRow(row, kind).first]);
  }
}

std::optional<uint16_t> Geography::UnitOf(UnitKind kind, std::string_view municipality) const {
  const auto found = row_of_.find(std::string(municipality));
  if (found == row_of_.end()) return std::nullopt;
  return unit_of_row_[static_cast<size_t>(kind)][found->second];
}

const Unit* Geography::Find(UnitKind kind, std::string_view id) const {
  const std::vector<Unit>& candidates = units(kind);
  const auto found =
      std::find_if(candidates.begin(), candidates.end(), [&](const Unit& unit) { return unit.id == id; });
  return found == candidates.end() ? nullptr : &*found;
}

absl::StatusOr<Geography> ParseGeography(std::string_view file_name, std::string_view text) {
  return Parser(file_name).Parse(text);
}

}  // namespace hjerte::registry
