#include "adapters/source_config.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include "services/common/config.h"

namespace hjerte::adapters {
namespace {

constexpr std::int64_t kRowsMax = 16'000'000;
constexpr std::size_t kNamesMax = 500'000;

std::filesystem::path FormatFile(const std::filesystem::path& registry, const std::string& format) {
  return registry / "formats" / (format + ".yaml");
}

// What is read of a source: where its files lie (adapter.yaml), and what they look like (a format's file, or
// adapter.yaml again). What depends on the installation as well may stand in either; the first is asked first.
struct SourceMaps {
  const common::ConfigMap& place;
  const common::ConfigMap& format;

  const common::ConfigMap& Having(const char* key) const { return place.Has(key) ? place : format; }
};

template <typename Options>
void ReadPlace(const common::ConfigMap& place, Options& options) {
  options.folder = place.Path("path");
  options.settle = place.Duration("settle", options.settle);
}

std::size_t ReadSize(const common::ConfigMap& limits, const char* key, std::size_t fallback) {
  return static_cast<std::size_t>(limits.Size(key, static_cast<std::int64_t>(fallback)));
}

template <typename Count>
Count ReadCount(const common::ConfigMap& limits, const char* key, std::int64_t max, Count fallback) {
  return static_cast<Count>(limits.Integer(key, {.min = 1, .max = max}, static_cast<std::int64_t>(fallback)));
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

source::CsvDropOptions ReadCsv(const SourceMaps& maps) {
  source::CsvDropOptions options;
  ReadPlace(maps.place, options);
  options.complete = maps.Having("complete").Bool("complete", true);
  source::CsvLayout& layout = options.layout;
  const std::string separator = maps.format.String("separator", ";");
  if (separator.size() == 1 && separator[0] != '"' && separator[0] != '\n') {
    layout.separator = separator[0];
  } else {
    maps.format.Fail("separator", "one character");
  }
  const std::vector<common::ConfigMap> files = maps.format.Maps("files");
  if (files.empty()) maps.format.Fail("files", "at least the file that holds the records");
  for (std::size_t i = 0; i < files.size(); ++i) layout.files.push_back(ReadCsvFile(files[i], i > 0));
  if (const auto limits = maps.Having("limits").OptionalMap("limits")) {
    layout.file_bytes_max = ReadSize(*limits, "file", layout.file_bytes_max);
    layout.limits.row_bytes_max = ReadSize(*limits, "row", layout.limits.row_bytes_max);
    layout.limits.field_bytes_max = ReadSize(*limits, "field", layout.limits.field_bytes_max);
    layout.limits.fields_max = ReadCount(*limits, "fields", 4096, layout.limits.fields_max);
    layout.limits.rows_max = ReadCount(*limits, "rows", kRowsMax, layout.limits.rows_max);
    layout.children_max = ReadCount(*limits, "rows_of_a_record", 100'000, layout.children_max);
  }
  return options;
}

source::JsonDropOptions ReadJson(const SourceMaps& maps) {
  source::JsonDropOptions options;
  ReadPlace(maps.place, options);
  options.prefix = maps.format.String("prefix", "");
  options.suffix = maps.format.String("suffix", options.suffix);
  options.records = maps.format.String("records");
  options.key = maps.format.String("key");
  options.extract_time = maps.format.String("extract_time", "");
  options.complete = maps.format.String("complete", "");
  if (const auto limits = maps.Having("limits").OptionalMap("limits")) {
    options.file_bytes_max = ReadSize(*limits, "file", options.file_bytes_max);
    options.record_bytes_max = ReadSize(*limits, "record", options.record_bytes_max);
    options.records_max = ReadCount(*limits, "records", kRowsMax, options.records_max);
  }
  return options;
}

source::ReportFilesOptions ReadReports(const SourceMaps& maps) {
  source::ReportFilesOptions options;
  ReadPlace(maps.place, options);
  options.prefix = maps.format.String("prefix", "");
  options.suffix = maps.format.String("suffix", options.suffix);
  if (const auto limits = maps.Having("limits").OptionalMap("limits")) {
    options.file_bytes_max = ReadSize(*limits, "file", options.file_bytes_max);
  }
  return options;
}

void ReadReportKinds(const SourceMaps& maps, SourceConfig& source) {
  for (const common::ConfigMap& kind : maps.format.Maps("reports")) {
    source.reports.emplace_back(kind.String("profile"), kind.String("map"));
  }
  if (source.reports.empty()) {
    maps.format.Fail("reports", "at least one kind of report with its profile and map");
  }
  if (const auto sor = maps.place.OptionalMap("municipality_of_sor")) {
    for (const std::string& id : sor->Keys()) source.municipality_of_sor[id] = sor->String(id);
  }
}

void ReadCarries(const SourceMaps& maps, SourceConfig& source) {
  if (maps.place.Has("carries_profile") && maps.place.Has("carries")) {
    maps.place.Fail("carries", "must be absent where carries_profile is given");
  }
  // A system that holds less than its format allows says so itself.
  if (maps.place.Has("carries")) {
    source.carries = maps.place.Strings("carries");
    if (maps.format.Has("carries_profile")) maps.format.String("carries_profile");
  } else if (maps.place.Has("carries_profile") || maps.format.Has("carries_profile")) {
    if (maps.format.Has("carries_profile")) source.carries_profile = maps.format.String("carries_profile");
    if (maps.place.Has("carries_profile")) source.carries_profile = maps.place.String("carries_profile");
  } else {
    source.carries = maps.place.Strings("carries");
  }
}

// The type decides which other keys there are, so without it nothing can be said of them: the type alone is told.
absl::Status ReadKind(const SourceMaps& maps, SourceConfig& source) {
  const std::string type = maps.format.Choice("type", {"csv", "json", "reports"});
  if (type != "csv" && type != "json" && type != "reports") return maps.format.Faults();
  ReadCarries(maps, source);
  if (type == "reports") {
    ReadReportKinds(maps, source);
    source.options = ReadReports(maps);
    return absl::OkStatus();
  }
  source.map = maps.format.String("map");
  if (type == "csv") {
    source.options = ReadCsv(maps);
  } else {
    source.options = ReadJson(maps);
  }
  return absl::OkStatus();
}

absl::StatusOr<common::ConfigMap> LoadFormat(const std::filesystem::path& registry, const std::string& format) {
  const std::filesystem::path file = FormatFile(registry, format);
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) return common::ConfigMap::Load(file);
  if (!std::filesystem::is_directory(registry, error)) {
    return absl::FailedPreconditionError(registry.string() +
                                         ": no such folder; the registry's content was expected there, e.g. "
                                         "mapping/dhrd of the sources; correct the path or put the content in place");
  }
  std::string known;
  if (const auto names = FormatNames(registry); names.ok()) {
    for (const std::string& name : *names) known += (known.empty() ? "" : ", ") + name;
  }
  return absl::NotFoundError("no such format: " + format + "; the registry has " +
                             (known.empty() ? "none in " + (registry / "formats").string() : known));
}

}  // namespace

absl::StatusOr<SourceConfig> ReadSource(const common::ConfigMap& map, const std::filesystem::path& registry) {
  SourceConfig source;
  source.id = map.String("id");
  source.software = map.String("software", "");
  source.poll = map.Duration("poll", source.poll);
  source.batch = ReadCount(map, "batch", 1000, source.batch);
  source.gone_percent_max =
      static_cast<int>(map.Integer("gone_percent_max", {.min = 0, .max = 100}, source.gone_percent_max));
  if (!map.Has("format")) {
    if (absl::Status status = ReadKind({.place = map, .format = map}, source); !status.ok()) return status;
    return source;
  }
  const auto format = LoadFormat(registry, map.String("format"));
  if (!format.ok()) {
    const bool own = absl::IsNotFound(format.status());
    return own ? absl::InvalidArgumentError(map.Where("format") + ": format: " + std::string(format.status().message()))
               : format.status();
  }
  absl::Status status = ReadKind({.place = map, .format = *format}, source);
  if (status.ok()) status = format->Finish();
  if (!status.ok()) return status;
  return source;
}

absl::StatusOr<std::vector<std::string>> FormatNames(const std::filesystem::path& registry) {
  constexpr std::string_view kSuffix = ".yaml";
  auto names = source::ListFolder(registry / "formats", "", kSuffix, /*folders=*/false, kNamesMax);
  if (!names.ok()) return absl::NotFoundError(std::string(names.status().message()));
  for (std::string& name : *names) name.resize(name.size() - kSuffix.size());
  return names;
}

absl::StatusOr<SourceConfig> SourceOfFormat(const std::filesystem::path& registry, const std::string& format,
                                            const std::filesystem::path& folder) {
  const auto loaded = LoadFormat(registry, format);
  if (!loaded.ok()) return loaded.status();
  const auto place = common::ConfigMap::Parse("path: .\nsettle: 0s\n", folder / "source.yaml");
  if (!place.ok()) return place.status();
  SourceConfig source;
  source.id = format;
  absl::Status status = ReadKind({.place = *place, .format = *loaded}, source);
  if (status.ok()) status = loaded->Finish();
  if (!status.ok()) return status;
  std::visit([&](auto& options) { options.folder = folder; }, source.options);
  return source;
}

bool HoldsFilesOf(const SourceConfig& source) {
  if (const auto* csv = std::get_if<source::CsvDropOptions>(&source.options)) {
    const std::string& first = csv->layout.files.front().name;
    if (source::StateOf(csv->folder / first)) return true;
    const auto folders = source::ListFolder(csv->folder, "", "", /*folders=*/true, kNamesMax);
    return folders.ok() && std::any_of(folders->begin(), folders->end(), [&](const std::string& name) {
             return source::StateOf(csv->folder / name / first).has_value();
           });
  }
  const auto holds = [](const auto& options) {
    const auto names = source::ListFolder(options.folder, options.prefix, options.suffix, /*folders=*/false, kNamesMax);
    return names.ok() && !names->empty();
  };
  if (const auto* json = std::get_if<source::JsonDropOptions>(&source.options)) return holds(*json);
  return holds(std::get<source::ReportFilesOptions>(source.options));
}

}  // namespace hjerte::adapters
