#include "adapters/config.h"

#include <algorithm>
#include <utility>

#include "services/common/config.h"

namespace hjerte::adapters {
namespace {

constexpr std::int64_t kRowsMax = 16'000'000;

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

source::CsvFile ReadCsvFile(const common::ConfigMap& map, bool child) {
  source::CsvFile file;
  file.name = map.String("name");
  if (file.name.find('/') != std::string::npos) map.Fail("name", "a file name without folders");
  file.key = map.String("key");
  file.stamp = map.String("stamp", "");
  if (child) {
    file.as = map.String("as");
    file.parent = map.String("parent");
  }
  const common::ConfigMap columns = map.Map("columns");
  for (const std::string& header : columns.Keys()) {
    const std::string name =
        columns.Choice(header, {"text", "date", "local-time", "decimal", "integer", "decimal-or-text"});
    const auto type = source::ParseColumnType(name);
    if (type) file.columns.push_back({.header = header, .type = *type});
  }
  return file;
}

source::CsvDropOptions ReadCsv(const common::ConfigMap& map) {
  source::CsvDropOptions options;
  options.folder = map.Path("path");
  options.settle = map.Duration("settle", options.settle);
  options.complete = map.Bool("complete", true);
  const std::string separator = map.String("separator", ";");
  if (separator.size() == 1 && separator[0] != '"' && separator[0] != '\n') {
    options.layout.separator = separator[0];
  } else {
    map.Fail("separator", "one character");
  }
  const std::vector<common::ConfigMap> files = map.Maps("files");
  if (files.empty()) map.Fail("files", "at least the file that holds the records");
  for (std::size_t i = 0; i < files.size(); ++i) options.layout.files.push_back(ReadCsvFile(files[i], i > 0));
  if (const auto limits = map.OptionalMap("limits")) {
    source::CsvLayout& layout = options.layout;
    layout.file_bytes_max =
        static_cast<std::size_t>(limits->Size("file", static_cast<std::int64_t>(layout.file_bytes_max)));
    layout.limits.row_bytes_max =
        static_cast<std::size_t>(limits->Size("row", static_cast<std::int64_t>(layout.limits.row_bytes_max)));
    layout.limits.field_bytes_max =
        static_cast<std::size_t>(limits->Size("field", static_cast<std::int64_t>(layout.limits.field_bytes_max)));
    layout.limits.fields_max = static_cast<std::size_t>(
        limits->Integer("fields", {.min = 1, .max = 4096}, static_cast<std::int64_t>(layout.limits.fields_max)));
    layout.limits.rows_max = static_cast<std::uint64_t>(
        limits->Integer("rows", {.min = 1, .max = kRowsMax}, static_cast<std::int64_t>(layout.limits.rows_max)));
    layout.children_max = static_cast<std::size_t>(limits->Integer("rows_of_a_record", {.min = 1, .max = 100'000},
                                                                   static_cast<std::int64_t>(layout.children_max)));
  }
  return options;
}

source::JsonDropOptions ReadJson(const common::ConfigMap& map) {
  source::JsonDropOptions options;
  options.folder = map.Path("path");
  options.settle = map.Duration("settle", options.settle);
  options.prefix = map.String("prefix", "");
  options.suffix = map.String("suffix", options.suffix);
  options.records = map.String("records");
  options.key = map.String("key");
  options.extract_time = map.String("extract_time", "");
  options.complete = map.String("complete", "");
  if (const auto limits = map.OptionalMap("limits")) {
    options.file_bytes_max =
        static_cast<std::size_t>(limits->Size("file", static_cast<std::int64_t>(options.file_bytes_max)));
    options.record_bytes_max =
        static_cast<std::size_t>(limits->Size("record", static_cast<std::int64_t>(options.record_bytes_max)));
    options.records_max = static_cast<std::size_t>(
        limits->Integer("records", {.min = 1, .max = kRowsMax}, static_cast<std::int64_t>(options.records_max)));
  }
  return options;
}

source::ReportFilesOptions ReadReports(const common::ConfigMap& map) {
  source::ReportFilesOptions options;
  options.folder = map.Path("path");
  options.settle = map.Duration("settle", options.settle);
  options.prefix = map.String("prefix", "");
  options.suffix = map.String("suffix", options.suffix);
  if (const auto limits = map.OptionalMap("limits")) {
    options.file_bytes_max =
        static_cast<std::size_t>(limits->Size("file", static_cast<std::int64_t>(options.file_bytes_max)));
  }
  return options;
}

SourceConfig ReadSource(const common::ConfigMap& map) {
  SourceConfig source;
  source.id = map.String("id");
  source.software = map.String("software", "");
  source.poll = map.Duration("poll", source.poll);
  source.batch =
      static_cast<std::size_t>(map.Integer("batch", {.min = 1, .max = 1000}, static_cast<std::int64_t>(source.batch)));
  source.gone_percent_max =
      static_cast<int>(map.Integer("gone_percent_max", {.min = 0, .max = 100}, source.gone_percent_max));
  if (map.Has("carries_profile")) {
    source.carries_profile = map.String("carries_profile");
    if (map.Has("carries")) map.Fail("carries", "must be absent where carries_profile is given");
  } else {
    source.carries = map.Strings("carries");
  }
  const std::string type = map.Choice("type", {"csv", "json", "reports"});
  if (type == "reports") {
    for (const common::ConfigMap& kind : map.Maps("reports")) {
      source.reports.emplace_back(kind.String("profile"), kind.String("map"));
    }
    if (source.reports.empty()) map.Fail("reports", "at least one kind of report with its profile and map");
    if (const auto sor = map.OptionalMap("municipality_of_sor")) {
      for (const std::string& id : sor->Keys()) source.municipality_of_sor[id] = sor->String(id);
    }
    source.options = ReadReports(map);
    return source;
  }
  source.map = map.String("map");
  if (type == "csv") {
    source.options = ReadCsv(map);
  } else {
    source.options = ReadJson(map);
  }
  return source;
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
  config.source = ReadSource(map.Map("source"));
  if (const auto outbox = map.OptionalMap("outbox")) {
    config.outbox_reports_max = outbox->Integer("reports_max", {.min = 1}, config.outbox_reports_max);
    config.outbox_bytes_max = outbox->Size("bytes_max", config.outbox_bytes_max);
  }
  if (const auto metrics = map.OptionalMap("metrics")) config.metrics_listen = metrics->String("listen");
  if (absl::Status status = map.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace hjerte::adapters
