#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/dispatcher.h"
#include "adapters/source/csv_drop.h"
#include "adapters/source/json_drop.h"
#include "adapters/source/report_files.h"
#include "services/common/tls.h"

namespace hjerte::adapters {

// The central service and how to reach it.
struct GatewayConfig {
  std::string address;
  // Nothing only with `insecure_plaintext: true`.
  std::optional<common::TlsFiles> tls;
  DispatcherOptions dispatch;
};

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

// adapter.yaml. Every key is described in adapters/README.md.
struct AdapterConfig {
  std::string authority;
  std::filesystem::path state;
  std::filesystem::path key_file;
  // The registry's content: mapping/dhrd.
  std::filesystem::path registry;
  GatewayConfig gateway;
  SourceConfig source;
  // The source rests while more than this waits to be sent.
  std::int64_t outbox_reports_max = 10'000;
  std::int64_t outbox_bytes_max = std::int64_t{256} << 20;
  // Where metrics are served, e.g. 127.0.0.1:9101; empty: nowhere.
  std::string metrics_listen;
};

// Reads and checks a configuration. Everything wrong is told at once, each line as "file:line: key: what was expected".
absl::StatusOr<AdapterConfig> LoadConfig(const std::filesystem::path& file);

}  // namespace hjerte::adapters
