#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/source/csv_layout.h"
#include "adapters/source/csv_table.h"
#include "adapters/source/source.h"

namespace hjerte::source {

// One set of CSV files that belong together, joined record by record without holding them in memory. Cost grows with
// the rows. Used by one thread; `layout` must outlive it.
class CsvExtract {
 public:
  // Reads every file of the layout in `folder` once to judge encodings and content, `settled` being their states
  // (errors of ScanFile). `scope` names the extract in the keys of rows without a place.
  static absl::StatusOr<std::unique_ptr<CsvExtract>> Open(const std::filesystem::path& folder, const std::string& scope,
                                                          const CsvLayout& layout,
                                                          const std::vector<FileState>& settled);

  // SHA-256 over the contents of all files, hex.
  const std::string& digest() const { return digest_; }
  // When the first file was written, UTC microseconds.
  std::int64_t taken_at_us() const { return scans_.front().state.changed_at_us; }
  // Whether the files are still as they were read first.
  bool Unchanged() const;

  // Joins the files for reading. Fills `fault` when a file cannot be used as a whole; nothing can be read then.
  absl::Status Prepare(std::optional<Fault>& fault);
  // Whether every row has its place, so that what is not in the extract is gone at the source. After Prepare.
  bool whole() const;
  // Adds the next record or faulty record to the batch; false after the last. After Prepare.
  absl::StatusOr<bool> Next(Batch& batch);
  // Records given by Next so far.
  std::uint64_t ordinal() const { return ordinal_; }

 private:
  // Of rows with one key the one that counts: the latest, and at a tie the one further down.
  struct Chosen {
    CsvRow row;
    std::int64_t stamp = 0;
  };

  CsvExtract(std::filesystem::path folder, std::string scope, const CsvLayout& layout)
      : folder_(std::move(folder)), scope_(std::move(scope)), layout_(layout) {}
  absl::StatusOr<bool> NextCourse(Batch& batch);
  absl::StatusOr<bool> NextUnplaced(Batch& batch);
  absl::Status ReadCourse(const std::string& key, const CsvRow& first, Batch& batch);
  absl::Status ReadChildren(const std::string& key, CsvTable& table, std::string& json, std::vector<Fault>& faults,
                            std::size_t& children);
  // Of the first `count` of rows_.
  std::vector<const CsvRow*> LatestOfEachKey(const CsvTable& table, std::size_t count) const;
  bool IsFirstOfItsKey(const CsvRow& row, std::string_view key);
  void CollectOrphans();

  std::filesystem::path folder_;
  std::string scope_;
  const CsvLayout& layout_;
  std::vector<FileScan> scans_;
  std::string digest_;
  std::vector<CsvTable> tables_;
  std::uint64_t ordinal_ = 0;
  bool courses_done_ = false;
  // A course's rows of one file; kept for their memory.
  std::vector<Chosen> rows_;
  // Rows to report after the courses: table and place.
  struct Unplaced {
    std::size_t table;
    CsvTable::Place place;
    bool orphan;
  };
  std::vector<Unplaced> unplaced_;
  std::size_t unplaced_at_ = 0;
};

}  // namespace hjerte::source
