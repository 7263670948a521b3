#include "services/tool/records_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "adapters/adapter.h"
#include "adapters/config.h"
#include "adapters/source/source.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/printable.h"
#include "services/tool/command.h"

namespace hjerte::tool {
namespace {

constexpr int kLimitMax = 1000;

struct Options {
  std::string config;
  int limit = 1;
};

// Begins at the beginning and goes on behind what was read; kept for one run alone.
class ReadSoFar final : public source::Progress {
 public:
  std::optional<std::string> Find(const std::string& key) const override {
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }
  void Keep(const source::Batch& batch) {
    for (const auto& [key, value] : batch.progress) {
      entries_.erase(key);
      if (!value.empty()) entries_.emplace(key, value);
    }
  }

 private:
  std::map<std::string, std::string> entries_;
};

void TellFaults(const source::FaultyRecord& record, Context& context) {
  for (const source::Fault& fault : record.faults) {
    // Both may hold the name of a file.
    context.err << common::Printable(fault.location) << ": " << fault.code << ": " << common::Printable(fault.text.en)
                << "\n";
  }
  context.exit_code = kExitFindings;
}

// One record alone is written over several lines, more than one a line each.
absl::Status Write(const source::Record& record, bool alone, Context& context) {
  const absl::StatusOr<json::Document> document = json::Parse(record.json);
  if (!document.ok()) return document.status();
  context.out << json::Write(document->root(), alone ? json::Indent::kTwoSpaces : json::Indent::kNone) << "\n";
  return absl::OkStatus();
}

void Run(const Options& options, Context& context) {
  absl::StatusOr<adapters::AdapterConfig> config = adapters::LoadConfig(options.config);
  if (!config.ok()) return Report(context, config.status());
  // Whoever asks wants to see the files as they are now.
  std::visit([](auto& source) { source.settle = std::chrono::milliseconds(0); }, config->source.options);
  const common::SystemClock clock;
  const std::unique_ptr<source::Source> source = adapters::MakeSource(config->source, clock);
  ReadSoFar progress;
  int left = options.limit;
  bool more = true;
  while (left > 0 && more) {
    const absl::StatusOr<source::Batch> batch = source->Pull(progress, static_cast<std::size_t>(left));
    if (!batch.ok()) return Report(context, batch.status());
    progress.Keep(*batch);
    for (const source::FaultyRecord& record : batch->faulty) TellFaults(record, context);
    for (const source::Record& record : batch->records) {
      if (absl::Status status = Write(record, options.limit == 1, context); !status.ok()) {
        return Report(context, status);
      }
      --left;
    }
    if (!batch->waiting.en.empty()) context.err << batch->waiting.en << "\n";
    more = batch->more && (!batch->records.empty() || !batch->faulty.empty());
  }
  if (left == options.limit && context.exit_code == kExitOk) {
    Report(context,
           absl::NotFoundError("the source gave no record; is the extract in the folder the configuration names?"));
  }
}

}  // namespace

void RegisterRecords(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "records", "What an adapter's source gives, as its map receives it: joined, dates and numbers normalised");
  command->add_option("config", options->config, "The adapter's configuration")->required()->check(CLI::ExistingFile);
  command->add_option("--limit", options->limit, "How many records at most; more than one come one a line")
      ->check(CLI::Range(1, kLimitMax))
      ->capture_default_str();
  command->footer(
      "Records hold what the care system holds, the citizen's number too: show them to nobody else.\n"
      "Example: hjerte records adapter.yaml > record.json");
  command->callback([options, &context] { Run(*options, context); });
}

}  // namespace hjerte::tool
