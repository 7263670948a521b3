#include "adapters/source/csv_table.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "adapters/source/csv_faults.h"
#include "mapping/json/write.h"

namespace hjerte::source {
namespace {

// Rows are read again one by one, near each other or not; a small buffer wastes little of each read.
constexpr std::size_t kRowBufferBytes = 8 * 1024;
constexpr std::size_t kUnplacedMax = 10'000;

}  // namespace

std::uint64_t CsvTable::Hash(std::string_view key) {
  // FNV-1a with a final mix: keys are short and nobody gains by collisions, which cost a comparison and no more.
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  hash ^= hash >> 32;
  hash *= 0x9E3779B97F4A7C15;
  return hash ^ (hash >> 29);
}

absl::StatusOr<CsvTable> CsvTable::Open(const std::filesystem::path& path, const FileScan& scan, const CsvFile& file,
                                        const std::string& join, const CsvLayout& layout, std::optional<Fault>& fault) {
  auto scan_reader = CsvReader::Open(path, scan.encoding, layout.separator, layout.limits);
  if (!scan_reader.ok()) return scan_reader.status();
  auto row_reader = CsvReader::Open(path, scan.encoding, layout.separator, layout.limits, kRowBufferBytes);
  if (!row_reader.ok()) return row_reader.status();
  CsvTable table(*std::move(scan_reader), *std::move(row_reader), file, join, layout.separator);
  CsvRow header;
  const auto more = table.scan_reader_.Next(header);
  if (!more.ok()) return more.status();
  fault = *more ? table.ReadHeader(header) : FileEmptyFault(file.name);
  if (fault) return table;
  if (absl::Status status = table.Index(); !status.ok()) return status;
  if (absl::Status status = table.Rewind(); !status.ok()) return status;
  return table;
}

std::optional<Fault> CsvTable::ReadHeader(const CsvRow& row) {
  for (const std::string& header : row.fields) headers_.emplace_back(Trim(header));
  std::optional<Fault> fault;
  const auto find = [&](const std::string& header) -> std::size_t {
    std::size_t found = headers_.size();
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      if (headers_[i] != header) continue;
      if (found != headers_.size() && !fault)
        fault = ColumnTwiceFault({.file = file_->name, .row = 1, .column = header});
      found = i;
    }
    if (found == headers_.size() && !fault) {
      fault = ColumnMissingFault({.file = file_->name, .row = 1, .column = header});
    }
    return found;
  };
  join_column_ = find(join_);
  key_column_ = find(file_->key);
  if (!file_->stamp.empty()) stamp_column_ = find(file_->stamp);
  for (const CsvColumn& column : file_->columns) {
    columns_.push_back(find(column.header));
    std::string& member = members_.emplace_back();
    json::AppendQuoted(ColumnIdentifier(column.header), member);
    member += ':';
  }
  return fault;
}

absl::Status CsvTable::Index() {
  CsvRow row;
  bool first = true;
  while (true) {
    const auto more = scan_reader_.Next(row);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (std::exchange(first, false)) first_row_offset_ = row.offset;
    loses_rows_ = loses_rows_ || MayHideRows(row);
    const std::string_view key = JoinKey(row);
    // A row of another shape may have its columns displaced: its key cannot be trusted.
    const bool trusted = !key.empty() && row.fields.size() >= headers_.size();
    if (trusted) {
      entries_.push_back({.hash = Hash(key), .place = row.offset << 24 | row.number});
    } else if (unplaced_.size() < kUnplacedMax) {
      unplaced_.push_back({.offset = row.offset, .row = row.number});
    }
  }
  const auto order = [](const Entry& a, const Entry& b) {
    return std::pair(a.hash, a.place) < std::pair(b.hash, b.place);
  };
  std::sort(entries_.begin(), entries_.end(), order);
  entries_.shrink_to_fit();
  return absl::OkStatus();
}

absl::Status CsvTable::Rewind() {
  // Without any row there is nothing to go back to: the reader stands at the end.
  if (first_row_offset_ == 0) return absl::OkStatus();
  return scan_reader_.Seek(first_row_offset_, 2);
}

std::vector<CsvTable::Place> CsvTable::Find(std::string_view key) const {
  const std::uint64_t hash = Hash(key);
  auto it = std::lower_bound(entries_.begin(), entries_.end(), hash,
                             [](const Entry& entry, std::uint64_t value) { return entry.hash < value; });
  std::vector<Place> places;
  for (; it != entries_.end() && it->hash == hash; ++it) places.push_back(PlaceOf(*it));
  return places;
}

absl::Status CsvTable::Read(const Place& place, CsvRow& row) {
  if (absl::Status status = row_reader_.Seek(place.offset, place.row); !status.ok()) return status;
  const auto more = row_reader_.Next(row);
  if (!more.ok()) return more.status();
  return *more ? absl::OkStatus() : absl::UnavailableError(file_->name + ": became shorter while it was read");
}

std::string_view CsvTable::Value(const CsvRow& row, std::size_t column) const {
  return column < row.fields.size() ? Trim(row.fields[column]) : std::string_view();
}

std::int64_t CsvTable::Stamp(const CsvRow& row) const {
  return stamp_column_ ? LocalTimeToUtc(Value(row, *stamp_column_)).value_or(0) : 0;
}

// Two stray quotes, rows apart, make one sound row of all that lies between them. Such a row has as many fields as the
// header only where the swallowed text has at least as many separators as one row.
bool CsvTable::HoldsRows(const CsvRow& row) const {
  return row.lines && std::any_of(row.fields.begin(), row.fields.end(), [this](const std::string& field) {
           return field.find_first_of("\r\n") != std::string::npos &&
                  static_cast<std::size_t>(std::count(field.begin(), field.end(), separator_)) + 1 >= headers_.size();
         });
}

bool CsvTable::MayHideRows(const CsvRow& row) const {
  return row.trouble == RowTrouble::kEndsInQuote || (row.lines && FormFault(row).has_value());
}

std::optional<Fault> CsvTable::FormFault(const CsvRow& row) const {
  CsvPlace place{.file = file_->name, .row = row.number};
  if (row.trouble != RowTrouble::kNone) {
    if (row.trouble_field < headers_.size()) place.column = headers_[row.trouble_field];
    return RowFormFault(place, row.trouble);
  }
  if (HoldsRows(row)) return RowFormFault(place, RowTrouble::kHoldsRows);
  // One empty field too many is a separator at the end of the line.
  const bool trailing = row.fields.size() == headers_.size() + 1 && row.fields.back().empty();
  if (row.fields.size() == headers_.size() || trailing) return std::nullopt;
  return FieldCountFault(place, row.fields.size(), headers_.size());
}

void CsvTable::AppendMembers(const CsvRow& row, std::string& json, std::vector<Fault>& faults) const {
  bool first = json.empty() || json.back() == '{';
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view text = Value(row, columns_[i]);
    if (text.empty()) continue;
    const CsvColumn& column = file_->columns[i];
    const std::size_t before = json.size();
    if (!first) json += ',';
    json += members_[i];
    if (AppendJson(column.type, text, json)) {
      first = false;
    } else {
      json.resize(before);
      faults.push_back(ValueFault({.file = file_->name, .row = row.number, .column = column.header}, column.type));
    }
  }
}

}  // namespace hjerte::source
