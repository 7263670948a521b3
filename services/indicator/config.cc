#include "services/indicator/config.h"

#include <map>

#include "mapping/json/limits.h"

namespace hjerte::indicator {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

bool IsAuthorityCode(const std::string& code) {
  return code.size() == 4 && code.find_first_not_of("0123456789") == std::string::npos;
}

doors::CallerTable ReadIdentities(const common::ConfigMap& map) {
  doors::CallerTable table;
  for (const common::ConfigMap& entry : map.Maps("identities")) {
    doors::Caller caller;
    caller.uri = entry.String("uri");
    if (!caller.uri.empty() && !common::ParseIdentity(caller.uri).ok()) {
      entry.Fail("uri", "expected urn:hjertegateway:<role>:<name>");
    }
    const std::string role =
        entry.Choice("role", {"adapter", "reader", "municipality", "registry", "exporter", "admin"});
    caller.role = doors::ParseRole(role).value_or(doors::Role::kAnyone);
    const bool has_authority = caller.role == doors::Role::kAdapter || caller.role == doors::Role::kMunicipality;
    if (has_authority) {
      caller.authority = entry.String("authority");
      if (!caller.authority.empty() && !IsAuthorityCode(caller.authority)) {
        entry.Fail("authority", "expected four digits in quotes, e.g. \"0751\"");
      }
    }
    const std::string uri = caller.uri;
    if (!uri.empty() && !table.Add(std::move(caller))) entry.Fail("uri", "expected each identity once");
  }
  return table;
}

void ReadIngest(const common::ConfigMap& map, Config& config) {
  const std::optional<common::ConfigMap> ingest = map.OptionalMap("ingest");
  const auto integer = [&](std::string_view key, std::int64_t max, std::int64_t fallback) {
    return ingest.has_value() ? ingest->Integer(key, {1, max}, fallback) : fallback;
  };
  config.ingest.workers = static_cast<int>(integer("workers", 64, 2));
  config.ingest.reports_in_flight_max = static_cast<int>(integer("reports_in_flight_max", 100'000, 512));
  config.ingest.bytes_in_flight_max =
      ingest.has_value() ? ingest->Size("bytes_in_flight_max", std::int64_t{128} << 20) : std::int64_t{128} << 20;
  config.reports_per_stream_max = static_cast<int>(integer("reports_per_stream_max", 10'000, 128));
  config.reports_per_commit_max = static_cast<int>(integer("reports_per_commit_max", 10'000, 256));
  if (!ingest) return;
  // What is larger than the largest is no report for those who read it either.
  constexpr std::int64_t kLeast = std::int64_t{64} << 10;
  constexpr auto kMost = static_cast<std::int64_t>(json::Limits{}.max_bytes);
  const std::int64_t bytes = ingest->Size("report_bytes_max", config.grpc.message_bytes_max);
  if (bytes < kLeast || bytes > kMost) ingest->Fail("report_bytes_max", "expected 64KiB to 16MiB");
  config.grpc.message_bytes_max = bytes;
}

common::LogLevel ReadLevel(const std::string& word) {
  if (word == "debug") return common::LogLevel::kDebug;
  if (word == "warning") return common::LogLevel::kWarning;
  if (word == "error") return common::LogLevel::kError;
  return common::LogLevel::kInfo;
}

}  // namespace

Config ReadConfig(const common::ConfigMap& map) {
  Config config;
  config.content = map.Path("content");
  const common::ConfigMap store = map.Map("store");
  config.store_file = store.Path("file");
  config.store_cache_bytes = store.Size("cache", std::int64_t{64} << 20);
  if (store.Has("backup_folder")) config.backup_folder = store.Path("backup_folder");
  const common::ConfigMap keys = map.Map("keys");
  config.vault_key = keys.Path("vault");
  config.pseudonym_key = keys.Path("pseudonym");
  const common::ConfigMap listen = map.Map("listen");
  config.listen.address = listen.String("address");
  config.listen.connections_max = static_cast<int>(listen.Integer("connections_max", {1, 100'000}, 1024));
  config.listen.connections_per_address_max =
      static_cast<int>(listen.Integer("connections_per_address_max", {1, 100'000}, 256));
  config.answers_per_caller_max = listen.Size("answers_per_caller_max", 64 << 20);
  config.tls = common::ReadTlsFiles(map.Map("tls"));
  config.access = ReadIdentities(map);
  ReadIngest(map, config);
  config.publish_interval = 30 * 24h;
  config.delivery_interval = 24h;
  config.watch_interval_min = 200ms;
  if (const std::optional<common::ConfigMap> publish = map.OptionalMap("publish"); publish.has_value()) {
    config.publish_interval = publish->Duration("interval", config.publish_interval);
    config.watch_interval_min = publish->Duration("watch_interval_min", config.watch_interval_min);
    config.delivery_interval = std::chrono::duration_cast<std::chrono::hours>(
        publish->Duration("delivery_expected_within", config.delivery_interval));
  }
  if (const std::optional<common::ConfigMap> log = map.OptionalMap("log"); log.has_value()) {
    config.log_level = ReadLevel(log->Choice("level", {"debug", "info", "warning", "error"}, "info"));
  }
  if (const std::optional<common::ConfigMap> metrics = map.OptionalMap("metrics"); metrics.has_value()) {
    config.metrics_address = metrics->String("address");
  }
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::filesystem::path& file) {
  absl::StatusOr<common::ConfigMap> map = common::ConfigMap::Load(file);
  if (!map.ok()) return map.status();
  Config config = ReadConfig(*map);
  if (absl::Status status = map->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace hjerte::indicator
