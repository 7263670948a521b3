#include "mapping/view/table_writer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/json/write.h"

namespace hjerte::view {
namespace {

bool LooksLikeFormula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<TableFormat> ParseTableFormat(std::string_view name) {
  if (name == "csv") return TableFormat::kCsv;
  if (name == "ndjson") return TableFormat::kNdjson;
  if (name == "json") return TableFormat::kJson;
  return absl::InvalidArgumentError(absl::StrCat("the format '", std::string(name), "', expected csv, ndjson or json"));
}

TableWriter::TableWriter(std::ostream& out, const std::vector<Column>& columns, const TableOptions& options)
    : out_(out), columns_(columns), options_(options) {}

void TableWriter::Begin() {
  if (options_.format == TableFormat::kJson) out_ << "[";
  if (options_.format != TableFormat::kCsv) return;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out_ << options_.separator;
    out_ << columns_[i].name;
  }
  out_ << "\r\n";
}

void TableWriter::Write(const Row& row) {
  if (options_.format == TableFormat::kCsv) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out_ << options_.separator;
      WriteCell(row[i]);
    }
    out_ << "\r\n";
    return;
  }
  std::string line = "{";
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += ',';
    json::AppendQuoted(columns_[i].name, line);
    line += ':';
    line += json::Write(row[i]);
  }
  line += '}';
  if (options_.format == TableFormat::kJson) out_ << (first_ ? "\n" : ",\n");
  first_ = false;
  out_ << line;
  if (options_.format == TableFormat::kNdjson) out_ << "\n";
}

void TableWriter::End() {
  if (options_.format == TableFormat::kJson) out_ << "\n]\n";
}

void TableWriter::WriteCell(const json::Value& cell) {
  if (cell.is_null()) return;
  std::string text = cell.is_string() ? std::string(cell.text()) : json::Write(cell);
  if (options_.guard_formulas && cell.is_string() && LooksLikeFormula(text)) text.insert(0, 1, '\'');
  const bool quote = text.find_first_of("\"\r\n") != std::string::npos ||
                     text.find(options_.separator) != std::string::npos || text.starts_with(' ') || text.ends_with(' ');
  // An empty text is told from no value by its quotes.
  if (!quote && !text.empty()) {
    out_ << text;
    return;
  }
  out_ << '"';
  for (const char c : text) {
    if (c == '"') out_ << '"';
    out_ << c;
  }
  out_ << '"';
}

}  // namespace hjerte::view
