#include "services/tool/outbox_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "adapters/config.h"
#include "adapters/reports/delivery.h"
#include "adapters/state/delivery_trouble.h"
#include "adapters/state/outbox.h"
#include "adapters/state/quarantine.h"
#include "adapters/state/record_memory.h"
#include "adapters/state/state_file.h"
#include "services/common/printable.h"
#include "services/common/scrub.h"
#include "services/common/time_text.h"
#include "services/tool/custody.h"

namespace hjerte::tool {
namespace {

struct Options {
  std::string config;
  std::string key;
  std::string language = "da";
  std::string reason;
  std::size_t limit = 100;
  bool record = false;
  bool all = false;
};

absl::StatusOr<std::unique_ptr<adapters::StateFile>> OpenStateOf(const Options& options) {
  const auto config = adapters::LoadConfig(options.config);
  if (!config.ok()) return config.status();
  return OpenState(*config);
}

std::string TimeText(std::int64_t microseconds) {
  return common::FormatInstant(common::Instant(std::chrono::microseconds(microseconds)));
}

// "3h 20min" of a time that has passed, for people.
std::string AgeText(std::int64_t since_us, const common::Clock& clock) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(
      clock.Now() - common::Instant(std::chrono::microseconds(since_us)));
  const std::int64_t count = std::max<std::int64_t>(minutes.count(), 0);
  return (count >= 60 ? std::to_string(count / 60) + "h " : "") + std::to_string(count % 60) + "min ago";
}

void WriteTrouble(const adapters::DeliveryTrouble& trouble, Context& context) {
  if (trouble.attempts == 0) return;
  context.out << trouble.attempts << " attempts failed since " << TimeText(trouble.since_us) << " ("
              << AgeText(trouble.since_us, context.clock) << "), the last at " << TimeText(trouble.last_us) << ": "
              << common::Printable(common::ScrubCpr(trouble.reason)) << "\n";
  if (const std::string_view remedy = adapters::RemedyFor(trouble.reason); !remedy.empty()) {
    context.out << "  that is: " << remedy << "\n";
  }
  context.out << "next attempt at " << TimeText(trouble.next_us)
              << (common::Instant(std::chrono::microseconds(trouble.next_us)) < context.clock.Now()
                      ? ", which is over: does the adapter run?\n"
                      : "\n");
}

absl::Status ShowOutbox(const Options& options, Context& context) {
  const auto state = OpenStateOf(options);
  if (!state.ok()) return state.status();
  adapters::Outbox outbox(**state);
  if (absl::Status status = outbox.Load(); !status.ok()) return status;
  adapters::RecordMemory memory(**state);
  const auto courses = memory.CountCourses();
  if (!courses.ok()) return courses.status();
  const adapters::OutboxSize& size = outbox.size();
  context.out << "waiting reports " << size.reports << " (" << size.bytes << " bytes)";
  if (size.reports > 0) {
    context.out << ", the oldest since " << TimeText(size.oldest_us) << " (" << AgeText(size.oldest_us, context.clock)
                << ")";
  }
  context.out << "\ncourses: " << adapters::ToText(*courses) << "\n";
  const auto missing = memory.CountToSendAgain();
  if (!missing.ok()) return missing.status();
  if (*missing > 0) context.out << adapters::NotGivenAgain(*missing) << "\n";
  const auto trouble = adapters::ReadTrouble(**state);
  if (!trouble.ok()) return trouble.status();
  if (size.reports > 0) WriteTrouble(*trouble, context);
  const auto entries = outbox.List(0, options.limit);
  if (!entries.ok()) return entries.status();
  for (const adapters::OutboxEntry& entry : *entries) {
    context.out << entry.seq << "  " << entry.delivery_id;
    if (entry.attempts > 0) {
      context.out << "  put off " << entry.attempts << " times by the gateway, not before "
                  << TimeText(entry.not_before_us);
    }
    context.out << "\n";
  }
  if (size.reports > 0 || *missing > 0) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

void WriteFinding(const registry::Finding& finding, const std::string& language, Context& context) {
  context.out << "  " << registry::SeverityName(finding.severity) << " " << finding.code;
  if (!finding.location.empty()) context.out << " at " << common::Printable(finding.location);
  context.out << "\n    " << common::Printable(language == "da" ? finding.text.da : finding.text.en) << "\n";
}

void WriteEntry(const adapters::QuarantineEntry& entry, Context& context) {
  context.out << common::Printable(common::ScrubCpr(entry.key)) << "  since " << TimeText(entry.since_us)
              << (entry.kind == adapters::QuarantineKind::kDelivery ? "  refused by the gateway" : "")
              << (entry.requeued ? "  requeued" : "") << "\n";
}

absl::Status ListQuarantine(const Options& options, Context& context) {
  const auto state = OpenStateOf(options);
  if (!state.ok()) return state.status();
  adapters::Quarantine quarantine(**state);
  const auto entries = quarantine.List(options.limit);
  if (!entries.ok()) return entries.status();
  for (const adapters::QuarantineEntry& entry : *entries) {
    WriteEntry(entry, context);
    const registry::Finding* reason = registry::FirstReason(entry.findings);
    if (reason != nullptr) WriteFinding(*reason, options.language, context);
  }
  const auto count = quarantine.Count();
  if (!count.ok()) return count.status();
  context.out << *count << " in quarantine\n";
  if (*count > 0) context.exit_code = kExitFindings;
  return absl::OkStatus();
}

absl::Status Note(adapters::StateFile& state, const Options& options, const Context& context, const char* action,
                  const std::string& object) {
  return state.Audit(
      {.at = context.clock.Now(), .who = OperatorName(), .action = action, .object = object, .reason = options.reason});
}

absl::Status ShowQuarantine(const Options& options, Context& context) {
  const auto state = OpenStateOf(options);
  if (!state.ok()) return state.status();
  // In the audit log before anything is shown.
  const absl::Status noted = Note(**state, options, context, "show",
                                  (*state)->SafeKey(options.key) + (options.record ? " with its record" : ""));
  if (!noted.ok()) return noted;
  adapters::Quarantine quarantine(**state);
  const auto entries = quarantine.Of(options.key);
  if (!entries.ok()) return entries.status();
  for (const adapters::QuarantineEntry& entry : *entries) {
    WriteEntry(entry, context);
    for (const registry::Finding& finding : entry.findings) WriteFinding(finding, options.language, context);
    if (!options.record) continue;
    auto payload = quarantine.Payload(entry.key, entry.course);
    if (!payload.ok()) return payload.status();
    if (entry.kind == adapters::QuarantineKind::kDelivery) payload = adapters::BundleOfDelivery(*payload);
    if (!payload.ok()) return payload.status();
    context.out << *payload << "\n";
  }
  return absl::OkStatus();
}

absl::Status RequeueQuarantine(const Options& options, Context& context) {
  const auto state = OpenStateOf(options);
  if (!state.ok()) return state.status();
  adapters::Quarantine quarantine(**state);
  std::vector<std::string> keys;
  if (!options.all) keys.push_back(options.key);
  if (options.all) {
    const auto entries = quarantine.List(100'000);
    if (!entries.ok()) return entries.status();
    for (const adapters::QuarantineEntry& entry : *entries) keys.push_back(entry.key);
  }
  if (absl::Status noted =
          Note(**state, options, context, "requeue", options.all ? std::string("all") : (*state)->SafeKey(options.key));
      !noted.ok()) {
    return noted;
  }
  for (const std::string& key : keys) {
    if (absl::Status status = quarantine.Requeue(key); !status.ok()) return status;
  }
  context.out << keys.size() << " requeued; the adapter tries them with its next round\n";
  return absl::OkStatus();
}

CLI::App* Add(CLI::App& parent, const std::shared_ptr<Options>& options, const char* name, const char* what,
              absl::Status (*run)(const Options&, Context&), Context& context) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->add_option("--config", options->config, "The adapter's configuration (adapter.yaml)")->required();
  command->callback([options, run, &context] { Report(context, run(*options, context)); });
  return command;
}

}  // namespace

void RegisterOutbox(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* outbox =
      Add(program, options, "outbox", "What an adapter has sent and what waits to be sent", ShowOutbox, context);
  outbox->add_option("--limit", options->limit, "Reports listed at most")->capture_default_str();
}

void RegisterQuarantine(CLI::App& program, Context& context) {
  CLI::App* quarantine =
      program.add_subcommand("quarantine", "Records an adapter could not read, map or deliver, and why");
  quarantine->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* list = Add(*quarantine, options, "list", "Every record with its first reason", ListQuarantine, context);
  list->add_option("--limit", options->limit, "Records listed at most")->capture_default_str();
  CLI::App* show = Add(*quarantine, options, "show", "One record with all its reasons", ShowQuarantine, context);
  show->add_option("key", options->key, "The source's key of the record, as `list` shows it")->required();
  show->add_flag("--record", options->record,
                 "Also the record itself. It holds the citizen's number: look only at what you need");
  for (CLI::App* command : {list, show}) {
    command->add_option("--lang", options->language, "Language of the reasons")
        ->check(CLI::IsMember({"da", "en"}))
        ->capture_default_str();
  }
  CLI::App* requeue = Add(*quarantine, options, "requeue", "Try a record again, e.g. after a map was changed",
                          RequeueQuarantine, context);
  CLI::Option* all = requeue->add_flag("--all", options->all, "Every record in quarantine");
  requeue->add_option("key", options->key, "The source's key of the record")->excludes(all);
  for (CLI::App* command : {show, requeue}) {
    command->add_option("--reason", options->reason, "Why; kept in the adapter's audit log")->required();
  }
}

}  // namespace hjerte::tool
