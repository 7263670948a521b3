#include "adapters/source/csv_extract.h"

#include <algorithm>
#include <utility>

#include "adapters/source/csv_faults.h"
#include "mapping/json/write.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"

namespace hjerte::source {
namespace {

// More rows without a place than this say one thing only: the files do not belong together.
constexpr std::size_t kUnplacedMax = 10'000;
constexpr std::size_t kKeyBytesMax = 200;

}  // namespace

absl::StatusOr<std::unique_ptr<CsvExtract>> CsvExtract::Open(const std::filesystem::path& folder,
                                                             const std::string& scope, const CsvLayout& layout,
                                                             const std::vector<FileState>& settled) {
  std::unique_ptr<CsvExtract> extract(new CsvExtract(folder, scope, layout));
  common::Sha256Hasher hasher;
  for (std::size_t i = 0; i < layout.files.size(); ++i) {
    auto scan = ScanFile(folder / layout.files[i].name, settled[i]);
    if (!scan.ok()) return scan.status();
    hasher.Update(scan->digest);
    extract->scans_.push_back(*std::move(scan));
  }
  extract->digest_ = common::ToHex(hasher.Finish());
  return extract;
}

bool CsvExtract::Unchanged() const {
  for (std::size_t i = 0; i < scans_.size(); ++i) {
    if (StateOf(folder_ / layout_.files[i].name) != scans_[i].state) return false;
  }
  return true;
}

absl::Status CsvExtract::Prepare(std::optional<Fault>& fault) {
  for (std::size_t i = 0; i < layout_.files.size(); ++i) {
    const CsvFile& file = layout_.files[i];
    if (scans_[i].encoding == Encoding::kUtf16) fault = Utf16Fault(file.name);
    if (fault) return absl::OkStatus();
    auto table = CsvTable::Open(folder_ / file.name, scans_[i], file, i == 0 ? file.key : file.parent, layout_, fault);
    if (!table.ok()) return table.status();
    if (fault) return absl::OkStatus();
    tables_.push_back(*std::move(table));
  }
  CollectOrphans();
  return absl::OkStatus();
}

void CsvExtract::CollectOrphans() {
  const auto& courses = tables_[0].entries();
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    for (const CsvTable::Place& place : tables_[i].unplaced()) {
      if (unplaced_.size() < kUnplacedMax) unplaced_.push_back({.table = i, .place = place, .orphan = false});
    }
    if (i == 0) continue;
    // Both indexes are sorted by hash, so one pass over each finds every row whose course is not there.
    auto course = courses.begin();
    for (const CsvTable::Entry& entry : tables_[i].entries()) {
      while (course != courses.end() && course->hash < entry.hash) ++course;
      const bool found = course != courses.end() && course->hash == entry.hash;
      if (!found && unplaced_.size() < kUnplacedMax) {
        unplaced_.push_back({.table = i, .place = CsvTable::PlaceOf(entry), .orphan = true});
      }
    }
  }
}

bool CsvExtract::whole() const {
  return std::all_of(tables_.begin(), tables_.end(),
                     [](const CsvTable& table) { return table.unplaced().empty() && !table.loses_rows(); });
}

absl::StatusOr<bool> CsvExtract::Next(Batch& batch) {
  if (!courses_done_) {
    auto more = NextCourse(batch);
    if (!more.ok()) return more.status();
    if (*more) {
      ++ordinal_;
      return true;
    }
    courses_done_ = true;
  }
  auto more = NextUnplaced(batch);
  if (more.ok() && *more) ++ordinal_;
  return more;
}

absl::StatusOr<bool> CsvExtract::NextCourse(Batch& batch) {
  CsvRow row;
  while (true) {
    auto more = tables_[0].Next(row);
    if (!more.ok() || !*more) return more;
    const std::string key(tables_[0].JoinKey(row));
    if (!IsFirstOfItsKey(row, key)) continue;
    if (absl::Status status = ReadCourse(key, row, batch); !status.ok()) return status;
    return true;
  }
}

bool CsvExtract::IsFirstOfItsKey(const CsvRow& row, std::string_view key) {
  CsvRow other;
  for (const CsvTable::Place& place : tables_[0].Find(key)) {
    if (place.row == row.number) return true;
    if (place.row > row.number) break;
    // An earlier row with the same hash: usually the same key, reported there already.
    if (tables_[0].Read(place, other).ok() && tables_[0].JoinKey(other) == key) return false;
  }
  // Rows without a place of their own are reported after the courses.
  return false;
}

absl::Status CsvExtract::ReadCourse(const std::string& key, const CsvRow& first, Batch& batch) {
  CsvTable& courses = tables_[0];
  Chosen chosen{.row = first, .stamp = courses.Stamp(first)};
  CsvRow other;
  for (const CsvTable::Place& place : courses.Find(key)) {
    if (place.row <= first.number) continue;
    if (absl::Status status = courses.Read(place, other); !status.ok()) return status;
    const std::int64_t stamp = courses.Stamp(other);
    if (courses.JoinKey(other) == key && stamp >= chosen.stamp) chosen = {.row = other, .stamp = stamp};
  }
  std::vector<Fault> faults;
  std::string json = "{";
  courses.AppendMembers(chosen.row, json, faults);
  // Where the row itself is out of shape, what its columns seem to hold means nothing.
  if (auto fault = courses.FormFault(chosen.row)) faults = {*std::move(fault)};
  std::size_t children = 0;
  for (std::size_t i = 1; i < tables_.size(); ++i) {
    if (absl::Status status = ReadChildren(key, tables_[i], json, faults, children); !status.ok()) return status;
  }
  json += '}';
  if (key.size() > kKeyBytesMax) {
    faults.push_back(RowFormFault({.file = courses.file().name, .row = first.number, .column = courses.join()},
                                  RowTrouble::kFieldTooLong));
  }
  if (faults.empty()) {
    batch.records.push_back({.key = RecordKey(key), .json = std::move(json)});
  } else {
    batch.faulty.push_back(
        {.key = RecordKey(key.substr(0, kKeyBytesMax)), .json = std::move(json), .faults = std::move(faults)});
  }
  return absl::OkStatus();
}

absl::Status CsvExtract::ReadChildren(const std::string& key, CsvTable& table, std::string& json,
                                      std::vector<Fault>& faults, std::size_t& children) {
  std::size_t count = 0;
  for (const CsvTable::Place& place : table.Find(key)) {
    if (count == rows_.size()) rows_.emplace_back();
    CsvRow& row = rows_[count].row;
    if (absl::Status status = table.Read(place, row); !status.ok()) return status;
    if (table.JoinKey(row) != key) continue;
    const CsvPlace where{.file = table.file().name, .row = row.number, .column = table.file().key};
    if (auto fault = table.FormFault(row)) {
      faults.push_back(*std::move(fault));
      continue;
    }
    if (table.OwnKey(row).empty()) {
      faults.push_back(KeyMissingFault(where));
      continue;
    }
    if (++children > layout_.children_max) {
      faults.push_back(TooManyChildrenFault(where, layout_.children_max));
      break;
    }
    rows_[count++].stamp = table.Stamp(row);
  }
  if (json.back() != '{') json += ',';
  json::AppendQuoted(table.file().as, json);
  json += ":[";
  for (const CsvRow* row : LatestOfEachKey(table, count)) {
    if (json.back() == '}') json += ',';
    json += '{';
    table.AppendMembers(*row, json, faults);
    json += '}';
  }
  json += ']';
  return absl::OkStatus();
}

// In order of the key, so that a file sorted otherwise makes the same record.
std::vector<const CsvRow*> CsvExtract::LatestOfEachKey(const CsvTable& table, std::size_t count) const {
  std::vector<const Chosen*> order;
  for (std::size_t i = 0; i < count; ++i) order.push_back(&rows_[i]);
  std::stable_sort(order.begin(), order.end(), [&table](const Chosen* left, const Chosen* right) {
    return std::pair(table.OwnKey(left->row), left->stamp) < std::pair(table.OwnKey(right->row), right->stamp);
  });
  std::vector<const CsvRow*> latest;
  for (std::size_t i = 0; i < count; ++i) {
    const bool last = i + 1 == count || table.OwnKey(order[i]->row) != table.OwnKey(order[i + 1]->row);
    if (last) latest.push_back(&order[i]->row);
  }
  return latest;
}

absl::StatusOr<bool> CsvExtract::NextUnplaced(Batch& batch) {
  if (unplaced_at_ == unplaced_.size()) return false;
  const Unplaced& unplaced = unplaced_[unplaced_at_++];
  CsvTable& table = tables_[unplaced.table];
  CsvRow row;
  if (absl::Status status = table.Read(unplaced.place, row); !status.ok()) return status;
  FaultyRecord record{
      .key = PlaceKey(scope_, table.file().name + ":" + std::to_string(row.number)), .json = "{", .faults = {}};
  if (auto fault = table.FormFault(row)) {
    record.faults.push_back(*std::move(fault));
  } else if (unplaced.orphan) {
    record.faults.push_back(
        OrphanFault({.file = table.file().name, .row = row.number, .column = table.join()}, tables_[0].file().name));
  } else {
    record.faults.push_back(KeyMissingFault({.file = table.file().name, .row = row.number, .column = table.join()}));
  }
  std::vector<Fault> further;
  table.AppendMembers(row, record.json, further);
  record.json += '}';
  batch.faulty.push_back(std::move(record));
  return true;
}

}  // namespace hjerte::source
