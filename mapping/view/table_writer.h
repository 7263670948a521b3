#pragma once

#include <ostream>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/view/view.h"

namespace hjerte::view {

enum class TableFormat { kCsv, kNdjson, kJson };

// "csv", "ndjson" or "json".
absl::StatusOr<TableFormat> ParseTableFormat(std::string_view name);

struct TableOptions {
  TableFormat format = TableFormat::kCsv;
  char separator = ',';
  // Puts an apostrophe before texts that a spreadsheet would take for a formula (=, +, -, @, tab, carriage return).
  bool guard_formulas = false;
};

// Writes rows as they come. CSV is RFC 4180 with a header line, line feeds inside quotes kept, nulls empty; collections
// and objects are JSON in their cell. NDJSON has one object a line; JSON is an array of them. Numbers stay as written.
class TableWriter {
 public:
  // `out` and `columns` must outlive the writer.
  TableWriter(std::ostream& out, const std::vector<Column>& columns, const TableOptions& options);

  void Begin();
  void Write(const Row& row);
  void End();

 private:
  void WriteCell(const json::Value& cell);

  std::ostream& out_;
  const std::vector<Column>& columns_;
  TableOptions options_;
  bool first_ = true;
};

}  // namespace hjerte::view
