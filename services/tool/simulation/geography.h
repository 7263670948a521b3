#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hjerte::tool {

// Where a municipality lies.
struct Place {
  std::string name;
  std::string region;
  std::string cluster;
};

// The municipalities of a geography file, by code and in the file's order.
struct Geography {
  std::vector<std::string> codes;
  std::map<std::string, Place> places;
};

// Reads a semicolon-separated geography file by its header's names (municipality, municipality_name, cluster, region);
// lines that begin with # are comments. An error names the file and what is missing.
absl::StatusOr<Geography> ReadGeography(const std::string& path);

}  // namespace hjerte::tool
