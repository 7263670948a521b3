#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/source/text_encoding.h"

namespace hjerte::source {

// Limits of one CSV file; a row beyond one of them is faulty, a file beyond is refused.
struct CsvLimits {
  std::size_t field_bytes_max = 64 * 1024;
  std::size_t row_bytes_max = 1024 * 1024;
  std::size_t fields_max = 512;
  std::uint64_t rows_max = 5'000'000;
};

// What can be wrong with the form of a row.
enum class RowTrouble : std::uint8_t {
  kNone,
  kFieldTooLong,
  kRowTooLong,
  kTooManyFields,
  // Text stands between a closing quote and the next separator.
  kTextAfterQuote,
  // The file ends inside a quoted field: this row and whatever followed it in the file are lost.
  kEndsInQuote,
  // A quoted field holds as many separators as a whole row, and a line break. Told by who knows the header, not by the
  // reader.
  kHoldsRows,
  // Bytes that mean nothing in the file's encoding, or NUL.
  kEncoding,
};

// One row: its fields as UTF-8. With trouble other than kNone the fields are what could be read.
struct CsvRow {
  std::vector<std::string> fields;
  // Number of the row for people: the header is row 1, a quoted line break does not count.
  std::uint64_t number = 0;
  // The byte of the file it begins at.
  std::uint64_t offset = 0;
  RowTrouble trouble = RowTrouble::kNone;
  // Zero-based field the trouble is in.
  std::size_t trouble_field = 0;
  // Whether a quoted field holds a line break.
  bool lines = false;
};

// Reads a CSV file row by row in memory bounded by the limits. Quoted fields may hold separators, doubled quotes and
// line breaks; rows end with LF, CRLF or CR; empty lines are skipped, and so is a first line "sep=;" as spreadsheets
// write it.
class CsvReader {
 public:
  // Opens the file. `encoding` is kUtf8 or kWindows1252.
  static absl::StatusOr<CsvReader> Open(const std::filesystem::path& path, Encoding encoding, char separator,
                                        const CsvLimits& limits, std::size_t buffer_bytes = 64 * 1024);

  // Reads the next row into `row`, reusing its memory; false at the end of the file. OutOfRange beyond rows_max,
  // Unavailable when reading fails.
  absl::StatusOr<bool> Next(CsvRow& row);

  // Goes to the row that begins at that byte of the file and has that number; Unavailable when the file cannot be read.
  absl::Status Seek(std::uint64_t offset, std::uint64_t number);

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  CsvReader(std::FILE* file, Encoding encoding, char separator, const CsvLimits& limits, std::size_t buffer_bytes);

  int Peek();
  void Skip() { ++at_; }
  // What is read of the file and not passed yet.
  std::string_view Buffered() const { return {buffer_.data() + at_, end_ - at_}; }
  bool ReadRow(CsvRow& row);
  bool ReadField(CsvRow& row);
  void ReadQuoted(CsvRow& row);
  // Adds what is buffered next to the field and passes it; beyond the limits it is left out.
  void Append(CsvRow& row, std::string_view buffered);
  void Decode(CsvRow& row) const;

  std::unique_ptr<std::FILE, Closer> file_;
  Encoding encoding_;
  char separator_;
  CsvLimits limits_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  // The byte of the file that buffer_[0] holds.
  std::uint64_t base_ = 0;
  std::uint64_t rows_ = 0;
  std::size_t row_bytes_ = 0;
  std::size_t used_ = 0;
};

}  // namespace hjerte::source
