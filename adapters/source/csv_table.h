#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/source/csv_layout.h"
#include "adapters/source/csv_reader.h"
#include "adapters/source/drop_folder.h"
#include "adapters/source/fault.h"

namespace hjerte::source {

// One CSV file with its header understood and every row findable by the key that joins it: 16 bytes of memory a row,
// the rows themselves stay in the file.
class CsvTable {
 public:
  // A row the index knows: where it begins and which row it is.
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t row = 0;
  };

  // Reads the file once. `join` is the header of the column to index by. What is wrong with the file as a whole comes
  // in `fault` and the table is then unusable; a Status is trouble of the machine.
  static absl::StatusOr<CsvTable> Open(const std::filesystem::path& path, const FileScan& scan, const CsvFile& file,
                                       const std::string& join, const CsvLayout& layout, std::optional<Fault>& fault);

  // The rows whose joining column may hold the key, in order of the file; hashes may collide, so compare JoinKey.
  std::vector<Place> Find(std::string_view key) const;
  // Reads one row again.
  absl::Status Read(const Place& place, CsvRow& row);
  // Every row in order of the file, one call each; false at the end.
  absl::StatusOr<bool> Next(CsvRow& row) { return scan_reader_.Next(row); }

  // The trimmed value of a column; empty when the row is too short for it.
  std::string_view Value(const CsvRow& row, std::size_t column) const;
  std::string_view JoinKey(const CsvRow& row) const { return Value(row, join_column_); }
  std::string_view OwnKey(const CsvRow& row) const { return Value(row, key_column_); }
  // When the row last changed, UTC microseconds; 0 when that is not known.
  std::int64_t Stamp(const CsvRow& row) const;
  // What is wrong with the form of a row, if anything.
  std::optional<Fault> FormFault(const CsvRow& row) const;
  // Appends the columns that are read as members of a JSON object (without braces, empty ones left out), and faults for
  // those that are not of their type.
  void AppendMembers(const CsvRow& row, std::string& json, std::vector<Fault>& faults) const;

  // Hashes of joining keys and their places, sorted by hash and place.
  struct Entry {
    std::uint64_t hash;
    // Offset in the file << 24 | row number.
    std::uint64_t place;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  static Place PlaceOf(const Entry& entry) { return {.offset = entry.place >> 24, .row = entry.place & 0xFFFFFF}; }
  static std::uint64_t Hash(std::string_view key);
  // Rows without a usable joining key.
  const std::vector<Place>& unplaced() const { return unplaced_; }
  // True when a quote that is not closed where it should be may have swallowed rows.
  bool loses_rows() const { return loses_rows_; }
  const CsvFile& file() const { return *file_; }
  // Header of the joining column.
  const std::string& join() const { return join_; }

 private:
  CsvTable(CsvReader scan_reader, CsvReader row_reader, const CsvFile& file, std::string join, char separator)
      : scan_reader_(std::move(scan_reader)),
        row_reader_(std::move(row_reader)),
        file_(&file),
        join_(std::move(join)),
        separator_(separator) {}
  std::optional<Fault> ReadHeader(const CsvRow& row);
  absl::Status Index();
  absl::Status Rewind();
  // Whether a quoted field of the row holds what looks like whole rows.
  bool HoldsRows(const CsvRow& row) const;
  // Whether rows of the file may be hidden inside this one.
  bool MayHideRows(const CsvRow& row) const;

  CsvReader scan_reader_;
  CsvReader row_reader_;
  const CsvFile* file_;
  std::string join_;
  char separator_;
  std::vector<std::string> headers_;
  std::size_t join_column_ = 0;
  std::size_t key_column_ = 0;
  std::optional<std::size_t> stamp_column_;
  // Of each configured column: its place in the file, and how its member of the record begins ("name":).
  std::vector<std::size_t> columns_;
  std::vector<std::string> members_;
  std::uint64_t first_row_offset_ = 0;
  std::vector<Entry> entries_;
  std::vector<Place> unplaced_;
  bool loses_rows_ = false;
};

}  // namespace hjerte::source
