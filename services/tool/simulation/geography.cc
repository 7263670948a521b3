#include "services/tool/simulation/geography.h"

#include <fstream>

namespace hjerte::tool {
namespace {

std::vector<std::string> SplitFields(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == ';') {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

absl::StatusOr<Geography> ReadGeography(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(path + ": cannot be read; name the geography with --geography");
  Geography geography;
  std::map<std::string, size_t> columns;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> fields = SplitFields(line);
    if (columns.empty()) {
      for (size_t i = 0; i < fields.size(); ++i) columns[fields[i]] = i;
      for (const char* name : {"municipality", "municipality_name", "cluster", "region"}) {
        if (columns.count(name) == 0) return absl::InvalidArgumentError(path + ": has no column " + name);
      }
      continue;
    }
    if (fields.size() < columns.size()) return absl::InvalidArgumentError(path + ": a line is too short: " + line);
    const std::string& code = fields[columns["municipality"]];
    geography.codes.push_back(code);
    geography.places[code] = {fields[columns["municipality_name"]], fields[columns["region"]],
                              fields[columns["cluster"]]};
  }
  if (geography.codes.empty()) return absl::InvalidArgumentError(path + ": holds no municipality");
  return geography;
}

}  // namespace hjerte::tool
