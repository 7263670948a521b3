#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/source/csv_reader.h"
#include "adapters/source/danish_values.h"
#include "adapters/source/text_encoding.h"
#include "mapping/json/document.h"

namespace {

namespace source = hjerte::source;

constexpr source::CsvLimits kLimits{.field_bytes_max = 64, .row_bytes_max = 256, .fields_max = 8, .rows_max = 1000};

std::vector<source::CsvRow> Rows(const std::string& path, source::Encoding encoding, std::size_t buffer_bytes) {
  std::vector<source::CsvRow> rows;
  auto reader = source::CsvReader::Open(path, encoding, ';', kLimits, buffer_bytes);
  if (!reader.ok()) return rows;
  source::CsvRow row;
  for (auto more = reader->Next(row); more.ok() && *more; more = reader->Next(row)) rows.push_back(row);
  return rows;
}

void Require(bool held) {
  if (!held) std::abort();
}

// What a column's value becomes is JSON of its own, whatever stood there.
void CheckValue(std::string_view text) {
  using source::ColumnType;
  for (const ColumnType type : {ColumnType::kText, ColumnType::kDate, ColumnType::kLocalTime, ColumnType::kDecimal,
                                ColumnType::kInteger, ColumnType::kDecimalOrText}) {
    if (text.empty()) continue;
    std::string json = "[";
    if (source::AppendJson(type, text, json)) Require(hjerte::json::Parse(json + "]").ok());
  }
}

}  // namespace

// The same rows come whatever the buffer's size, each is found again from its offset, and every sound value becomes
// JSON.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  Require(file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  source::EncodingSniffer sniffer;
  sniffer.Feed(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto encoding =
      sniffer.Verdict() == source::Encoding::kUtf8 ? source::Encoding::kUtf8 : source::Encoding::kWindows1252;
  const std::vector<source::CsvRow> rows = Rows(path, encoding, 4096);
  const std::vector<source::CsvRow> again = Rows(path, encoding, 3);
  Require(rows.size() == again.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Require(rows[i].fields == again[i].fields && rows[i].offset == again[i].offset &&
            rows[i].trouble == again[i].trouble);
    Require(rows[i].fields.size() <= kLimits.fields_max);
    auto reader = source::CsvReader::Open(path, encoding, ';', kLimits, 7);
    source::CsvRow row;
    Require(reader.ok() && reader->Seek(rows[i].offset, rows[i].number).ok());
    Require(reader->Next(row).value_or(false) && row.fields == rows[i].fields && row.number == rows[i].number);
    if (rows[i].trouble != source::RowTrouble::kNone) continue;
    for (const std::string& field : rows[i].fields) CheckValue(field);
  }
  ::close(file);
  return 0;
}
