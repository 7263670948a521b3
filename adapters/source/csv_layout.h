#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "adapters/source/csv_reader.h"
#include "adapters/source/danish_values.h"

namespace hjerte::source {

// One column that is read; all others of the file are left where they are.
struct CsvColumn {
  // The header as it stands in the file.
  std::string header;
  ColumnType type = ColumnType::kText;
};

// One file of an extract. The first is the records, one row each; the others hold their children.
struct CsvFile {
  // File name, e.g. "sessioner.csv".
  std::string name;
  // For children: the member of the record their array becomes, e.g. "Sessioner".
  std::string as;
  // Header of the column with the row's own key.
  std::string key;
  // For children: header of the column that holds the record's key.
  std::string parent;
  // Header of the local-time column that tells when the row last changed; empty when there is none. Of several rows
  // with one key the latest counts, and at a tie the one further down.
  std::string stamp;
  std::vector<CsvColumn> columns;
};

// How a set of CSV files is to be read.
struct CsvLayout {
  std::vector<CsvFile> files;
  char separator = ';';
  CsvLimits limits;
  // Rows of one record in all its children files.
  std::size_t children_max = 5000;
  std::size_t file_bytes_max = std::size_t{2} << 30;
};

}  // namespace hjerte::source
