#include "adapters/config.h"

#include <algorithm>
#include <utility>

#include "services/common/config.h"
#include "services/web/operations.h"

namespace hjerte::adapters {
namespace {

bool IsAuthority(const std::string& text) {
  return text.size() == 4 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

GatewayConfig ReadGateway(const common::ConfigMap& map) {
  GatewayConfig gateway;
  gateway.address = map.String("address");
  const bool plaintext = map.Bool("insecure_plaintext", false);
  if (!plaintext) {
    gateway.tls = common::ReadTlsFiles(map.Map("tls"));
  } else if (map.Has("tls")) {
    map.Fail("insecure_plaintext", "must be absent where tls is given");
  }
  DispatcherOptions& dispatch = gateway.dispatch;
  dispatch.window = static_cast<std::size_t>(
      map.Integer("window", {.min = 1, .max = 4096}, static_cast<std::int64_t>(dispatch.window)));
  dispatch.answer_timeout = map.Duration("answer_timeout", dispatch.answer_timeout);
  dispatch.retry_first = map.Duration("retry_first", dispatch.retry_first);
  dispatch.retry_max = map.Duration("retry_max", dispatch.retry_max);
  if (dispatch.retry_first.count() < 1) map.Fail("retry_first", "at least 1ms");
  if (dispatch.retry_max < dispatch.retry_first) map.Fail("retry_max", "at least retry_first");
  return gateway;
}

}  // namespace

absl::StatusOr<AdapterConfig> LoadConfig(const std::filesystem::path& file) {
  const auto loaded = common::ConfigMap::Load(file);
  if (!loaded.ok()) return loaded.status();
  const common::ConfigMap& map = *loaded;
  AdapterConfig config;
  config.authority = map.String("authority");
  if (!IsAuthority(config.authority)) map.Fail("authority", "the four digits of a municipality or region, in quotes");
  config.state = map.Path("state");
  config.key_file = map.Path("key_file");
  config.registry = map.Path("registry");
  config.gateway = ReadGateway(map.Map("gateway"));
  auto source = ReadSource(map.Map("source"), config.registry);
  if (const auto outbox = map.OptionalMap("outbox")) {
    config.outbox_reports_max = outbox->Integer("reports_max", {.min = 1}, config.outbox_reports_max);
    config.outbox_bytes_max = outbox->Size("bytes_max", config.outbox_bytes_max);
  }
  if (const auto metrics = map.OptionalMap("metrics")) {
    config.metrics_listen = metrics->String("listen");
    if (!web::CheckOperationsAddress(config.metrics_listen).ok()) {
      metrics->Fail("listen", "expected a loopback address and a port, e.g. 127.0.0.1:9101");
    }
  }
  if (!source.ok()) return source.status();
  config.source = *std::move(source);
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace hjerte::adapters
