#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/config.h"
#include "services/common/grpc_listener.h"
#include "services/common/log.h"
#include "services/common/tls.h"
#include "services/doors/callers.h"
#include "services/indicator/ingest/ingest.h"

namespace hjerte::indicator {

// hjerte-indicator's configuration. Each key with its meaning and default: deploy/config/indicator.yaml.
struct Config {
  std::filesystem::path content;  // a registry's content, e.g. mapping/dhrd
  std::filesystem::path store_file;
  std::int64_t store_cache_bytes = 0;
  std::string store_vfs;                // not of the file: tests put faults under the store with it
  std::filesystem::path backup_folder;  // empty: "backup" beside the store
  std::filesystem::path vault_key;
  std::filesystem::path pseudonym_key;
  common::GrpcListenerOptions listen;
  common::GrpcLimits grpc;
  common::TlsFiles tls;
  doors::CallerTable access;
  IngestLimits ingest;
  std::int64_t answers_per_caller_max = 0;  // bytes that one caller has asked for and not taken
  int reports_per_stream_max = 0;
  int reports_per_commit_max = 0;
  std::chrono::milliseconds publish_interval{0};
  std::chrono::hours delivery_interval{0};
  std::chrono::milliseconds watch_interval_min{0};
  common::LogLevel log_level = common::LogLevel::kInfo;
  std::string metrics_address;  // for the program to serve metrics() on; empty: no metrics over HTTP
  bool rebuild = false;         // of the command line: take other content into use
};

// Reads the file's keys; unknown ones and wrong values are named with file and line, all at once. `portal:` counts as
// unknown here: the program reads it together with these (services/portal/program_config.h).
absl::StatusOr<Config> LoadConfig(const std::filesystem::path& file);
// The same from a map that another part of the program reads keys of as well; the caller calls Finish.
Config ReadConfig(const common::ConfigMap& map);

}  // namespace hjerte::indicator
