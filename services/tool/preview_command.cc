#include "services/tool/preview_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "services/common/progress.h"
#include "services/indicator/api/proto_convert.h"
#include "services/tool/preview.h"
#include "services/tool/preview_format.h"
#include "services/tool/results_format.h"
#include "services/tool/results_query.h"
#include "services/tool/text_table.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

struct Options {
  std::string folder;
  std::string config;
  std::string format;
  std::string authority;
  std::string content = "mapping/dhrd";
  ResultsQuery query;
  ResultsOutput output;
};

absl::StatusOr<adapters::AdapterConfig> MakeConfig(const Options& options) {
  if (options.config.empty()) {
    if (options.folder.empty()) return absl::InvalidArgumentError("preview: name a folder, or --config adapter.yaml");
    return ConfigOfFolder(options.content, options.format, options.folder, options.authority);
  }
  auto config = adapters::LoadConfig(options.config);
  if (!config.ok()) return config.status();
  if (!options.folder.empty()) {
    std::visit([&](auto& source) { source.folder = options.folder; }, config->source.options);
  }
  return config;
}

std::filesystem::path FolderOf(const adapters::SourceConfig& source) {
  return std::visit([](const auto& options) { return options.folder; }, source.options);
}

void WriteTitle(const adapters::AdapterConfig& config, registry::Language language, std::ostream& out) {
  out << FolderOf(config.source).string() << " (" << config.source.id << "): "
      << Say(language, "beregnet her, intet er sendt, tallene er ikke maskeret\n\n",
             "computed here, nothing was sent, the figures are not masked\n\n");
}

absl::Status Run(const Options& options, Context& context) {
  const auto config = MakeConfig(options);
  if (!config.ok()) return config.status();
  ResultsQuery asked = options.query;
  // Of one source the municipalities say it all; region and nation would only repeat their sum.
  if (asked.unit_kinds.empty() && asked.units.empty()) asked.unit_kinds = {"municipality"};
  const auto query = indicator::ReadQuery(MakeRequest(asked));
  if (!query.ok()) return query.status();
  absl::StatusOr<Preview> preview = absl::UnknownError("not run");
  {
    const registry::Language language = options.output.language();
    common::Progress progress(std::string(Say(language, "Læser poster:", "Reading records:")), 0);
    preview = RunPreview(*config, *query, context.clock, [&](std::int64_t done) { progress.Update(done); });
  }
  if (!preview.ok()) return preview.status();
  v1::GetResultsResponse results;
  indicator::Write(preview->results, &results);
  const auto content = registry::LoadContent(config->registry);
  if (!content.ok()) return content.status();
  v1::ListIndicatorSetsResponse sets;
  for (const registry::IndicatorSet& set : (*content)->indicator_sets()) indicator::Write(set, sets.add_sets());
  if (preview->account.adapter.quarantined > 0) context.exit_code = kExitFindings;
  if (options.output.format == "json") return WritePreviewJson(results, preview->account, context.out);
  if (options.output.format == "csv") {
    WriteResultsCsv(results, sets, context.out);
    WriteAccount(preview->account, options.output.language(), context.err);
    return absl::OkStatus();
  }
  WriteTitle(*config, options.output.language(), context.out);
  WriteResultsTable(results, sets, options.output.language(), context.out);
  context.out << "\n";
  WriteAccount(preview->account, options.output.language(), context.out);
  return absl::OkStatus();
}

}  // namespace

void RegisterPreview(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "preview", "The indicators of a care system's files, computed on this machine; nothing is sent or kept");
  command->add_option("folder", options->folder, "The folder with the files a care system exported")
      ->check(CLI::ExistingDirectory);
  CLI::Option* config = command->add_option("--config", options->config,
                                            "An adapter's configuration: its source, authority and registry are used, "
                                            "its folder unless one is named; certificates and state are not needed");
  command
      ->add_option("--map", options->format,
                   "The format of the files: csv-forloeb, json-forloeb or kl-reports; without it the one whose files "
                   "lie in the folder")
      ->excludes(config);
  command
      ->add_option("--authority", options->authority,
                   "Code of the municipality that delivers; without it the folder's name, if that is one")
      ->excludes(config);
  command->add_option("--content", options->content, "The registry's content")->capture_default_str()->excludes(config);
  AddQueryOptions(*command, options->query);
  AddOutputOptions(*command, options->output);
  command->footer(
      "Example: hjerte preview /srv/export/0751 --map csv-forloeb\n"
      "With --format csv the figures go to standard output and the account of the records to standard error.\n"
      "Exit code 1: there are figures, and records in quarantine that do not count in them.");
  command->callback([options, &context] { Report(context, Run(*options, context)); });
}

}  // namespace hjerte::tool
