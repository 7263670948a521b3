#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/source/csv_drop.h"
#include "adapters/source/json_drop.h"
#include "adapters/source/report_files.h"

namespace hjerte::common {
class ConfigMap;
}

namespace hjerte::adapters {

// Where records come from.
struct SourceConfig {
  std::string id;
  std::string software;
  // Variables the source carries; empty: those the map's profile names.
  std::vector<std::string> carries;
  std::string carries_profile;
  // Map of a CSV or JSON source, in the registry's folder of maps.
  std::string map;
  // Profile ending and map of each kind of report, for a source of delivery reports.
  std::vector<std::pair<std::string, std::string>> reports;
  std::map<std::string, std::string> municipality_of_sor;
  std::variant<source::CsvDropOptions, source::JsonDropOptions, source::ReportFilesOptions> options;
  // How often the source is looked at when it had nothing new.
  std::chrono::milliseconds poll{30'000};
  // Records taken in at a time, one transaction each time.
  std::size_t batch = 64;
  int gone_percent_max = 50;
};

// Reads `source:` of adapter.yaml. What its `format` names is read from the registry's formats/<name>.yaml; without one
// everything stands in adapter.yaml itself. What is wrong in the format's own file is the status; what is wrong in
// adapter.yaml its own Finish() tells.
absl::StatusOr<SourceConfig> ReadSource(const common::ConfigMap& map, const std::filesystem::path& registry);

// Names of the formats the registry ships, in order of name. NotFound when the folder of formats cannot be read.
absl::StatusOr<std::vector<std::string>> FormatNames(const std::filesystem::path& registry);

// A shipped format over a folder that nothing is being written to.
absl::StatusOr<SourceConfig> SourceOfFormat(const std::filesystem::path& registry, const std::string& format,
                                            const std::filesystem::path& folder);

// Whether the folder holds files of the source's kind: CSV files of its names (in it or in folders of it), JSON files
// with its prefix, or any JSON file for reports.
bool HoldsFilesOf(const SourceConfig& source);

}  // namespace hjerte::adapters
