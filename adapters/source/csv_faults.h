#pragma once

#include <string>
#include <string_view>

#include "adapters/source/csv_reader.h"
#include "adapters/source/danish_values.h"
#include "adapters/source/fault.h"

namespace hjerte::source {

// The texts of everything that can be wrong with an extract of CSV files. None quotes a value.

// Where in a file: number of the row and header of the column, either may be missing (0 or empty).
struct CsvPlace {
  std::string_view file;
  std::uint64_t row = 0;
  std::string_view column = {};
};

Fault ValueFault(const CsvPlace& place, ColumnType type);
Fault RowFormFault(const CsvPlace& place, RowTrouble trouble);
Fault FieldCountFault(const CsvPlace& place, std::size_t fields, std::size_t expected);
Fault KeyMissingFault(const CsvPlace& place);
Fault OrphanFault(const CsvPlace& place, std::string_view parent_file);
Fault TooManyChildrenFault(const CsvPlace& place, std::size_t limit);
Fault ColumnMissingFault(const CsvPlace& place);
Fault ColumnTwiceFault(const CsvPlace& place);
Fault FileEmptyFault(std::string_view file);
Fault Utf16Fault(std::string_view file);
Fault FileTooLargeFault(std::string_view file);

}  // namespace hjerte::source
