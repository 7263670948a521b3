#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/dispatch/dispatcher.h"
#include "adapters/source_config.h"
#include "services/common/tls.h"

namespace hjerte::adapters {

// The central service and how to reach it.
struct GatewayConfig {
  std::string address;
  // Nothing only with `insecure_plaintext: true`.
  std::optional<common::TlsFiles> tls;
  DispatcherOptions dispatch;
};

// adapter.yaml. Every key is described in adapters/README.md.
struct AdapterConfig {
  std::string authority;
  // Empty: in memory, gone with the adapter.
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
