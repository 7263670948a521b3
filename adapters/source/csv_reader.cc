#include "adapters/source/csv_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/source/drop_folder.h"

namespace hjerte::source {
namespace {

constexpr int kEndOfFile = -1;

void Note(CsvRow& row, RowTrouble trouble, std::size_t field) {
  if (row.trouble != RowTrouble::kNone) return;
  row.trouble = trouble;
  row.trouble_field = field;
}

}  // namespace

CsvReader::CsvReader(std::FILE* file, Encoding encoding, char separator, const CsvLimits& limits,
                     std::size_t buffer_bytes)
    : file_(file), encoding_(encoding), separator_(separator), limits_(limits), buffer_(buffer_bytes) {}

absl::StatusOr<CsvReader> CsvReader::Open(const std::filesystem::path& path, Encoding encoding, char separator,
                                          const CsvLimits& limits, std::size_t buffer_bytes) {
  std::FILE* file = OpenDropped(path);
  if (file == nullptr) {
    return absl::UnavailableError(path.filename().string() + ": cannot be opened: " + std::strerror(errno));
  }
  CsvReader reader(file, encoding, separator, limits, buffer_bytes);
  reader.Peek();
  if (reader.end_ >= 3 && std::memcmp(reader.buffer_.data(), "\xEF\xBB\xBF", 3) == 0) reader.at_ = 3;
  return reader;
}

int CsvReader::Peek() {
  if (at_ == end_) {
    at_ = 0;
    base_ += end_;
    end_ = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    if (end_ == 0) return kEndOfFile;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

absl::StatusOr<bool> CsvReader::Next(CsvRow& row) {
  while (true) {
    if (!ReadRow(row)) {
      if (std::ferror(file_.get()) != 0) return absl::UnavailableError("the file cannot be read to its end");
      return false;
    }
    const bool empty = row.fields.size() == 1 && row.fields[0].empty() && row.trouble == RowTrouble::kNone;
    if (empty) continue;
    const bool spreadsheet_hint = rows_ == 0 && row.fields[0].starts_with("sep=");
    if (spreadsheet_hint) continue;
    if (++rows_ > limits_.rows_max) return absl::OutOfRangeError("the file has more rows than the limit");
    row.number = rows_;
    Decode(row);
    return true;
  }
}

absl::Status CsvReader::Seek(std::uint64_t offset, std::uint64_t number) {
  rows_ = number - 1;
  // Rows that lie together are read from the buffer they are already in.
  if (offset >= base_ && offset <= base_ + end_) {
    at_ = offset - base_;
    return absl::OkStatus();
  }
  if (fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0) {
    return absl::UnavailableError(std::string("the file cannot be read again: ") + std::strerror(errno));
  }
  base_ = offset;
  at_ = 0;
  end_ = 0;
  return absl::OkStatus();
}

bool CsvReader::ReadRow(CsvRow& row) {
  row.trouble = RowTrouble::kNone;
  row.trouble_field = 0;
  row.lines = false;
  row_bytes_ = 0;
  used_ = 0;
  if (Peek() == kEndOfFile) return false;
  row.offset = base_ + at_;
  bool row_goes_on = true;
  while (row_goes_on) {
    if (used_ == limits_.fields_max) Note(row, RowTrouble::kTooManyFields, used_ - 1);
    // Beyond the limit the last field is overwritten: the row is faulty anyway and memory stays bounded.
    if (used_ < limits_.fields_max) ++used_;
    if (row.fields.size() < used_) row.fields.emplace_back();
    row.fields[used_ - 1].clear();
    row_goes_on = ReadField(row);
  }
  row.fields.resize(used_);
  return true;
}

// True when a separator ended the field, false when the row ended with it.
bool CsvReader::ReadField(CsvRow& row) {
  const bool quoted = Peek() == '"';
  if (quoted) ReadQuoted(row);
  while (Peek() != kEndOfFile) {
    const std::string_view rest = Buffered();
    const auto stop =
        std::find_if(rest.begin(), rest.end(), [this](char c) { return c == separator_ || c == '\n' || c == '\r'; });
    if (stop != rest.begin()) {
      if (quoted) Note(row, RowTrouble::kTextAfterQuote, used_ - 1);
      Append(row, rest.substr(0, static_cast<std::size_t>(stop - rest.begin())));
      continue;
    }
    const char c = *stop;
    Skip();
    if (c == separator_) return true;
    if (c == '\r' && Peek() == '\n') Skip();
    return false;
  }
  return false;
}

void CsvReader::ReadQuoted(CsvRow& row) {
  Skip();
  while (Peek() != kEndOfFile) {
    const std::string_view rest = Buffered();
    const std::size_t quote = rest.find('"');
    row.lines = row.lines || rest.substr(0, quote).find_first_of("\r\n") != std::string_view::npos;
    Append(row, rest.substr(0, quote));
    if (quote == std::string_view::npos) continue;
    Skip();
    if (Peek() != '"') return;
    Append(row, Buffered().substr(0, 1));
  }
  // This outweighs whatever else was noted: rows after it may have been swallowed.
  row.trouble = RowTrouble::kEndsInQuote;
  row.trouble_field = used_ - 1;
}

void CsvReader::Append(CsvRow& row, std::string_view buffered) {
  at_ += buffered.size();
  std::string& field = row.fields[used_ - 1];
  const std::size_t room_in_field = limits_.field_bytes_max - field.size();
  const std::size_t room_in_row = limits_.row_bytes_max - row_bytes_;
  const std::string_view fits = buffered.substr(0, std::min(room_in_field, room_in_row));
  if (fits.size() < buffered.size()) {
    Note(row, room_in_field <= room_in_row ? RowTrouble::kFieldTooLong : RowTrouble::kRowTooLong, used_ - 1);
  }
  field += fits;
  row_bytes_ += fits.size();
}

void CsvReader::Decode(CsvRow& row) const {
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    std::string& field = row.fields[i];
    const bool clean = encoding_ == Encoding::kWindows1252 ? Windows1252ToUtf8(field) : IsCleanUtf8(field);
    if (clean) continue;
    Note(row, RowTrouble::kEncoding, i);
    // What is no text must not reach the record that quarantine keeps.
    field.clear();
  }
}

}  // namespace hjerte::source
