#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>

#include "adapters/adapter.h"
#include "adapters/adapter_metrics.h"
#include "services/common/file_lock.h"
#include "services/common/grpc_lifetime.h"
#include "services/common/grpc_log.h"
#include "services/common/printable.h"
#include "services/common/process.h"
#include "services/common/shutdown.h"
#include "services/common/thread_start.h"
#include "services/common/tls.h"

namespace hjerte::adapters {
namespace {

// Exit codes, as told in --help.
enum ExitCode : int { kOk = 0, kQuarantined = 1, kConfiguration = 2, kFailed = 3 };

constexpr std::chrono::milliseconds kRest{200};
// --once gives up on a gateway or a half-written file that does not come.
constexpr std::chrono::seconds kOnceNoProgress{120};
// … and, with nothing to deliver, waits no longer than this to hear whether the gateway was set back to a backup.
constexpr std::chrono::seconds kOnceAsks{5};

struct Arguments {
  std::string config;
  bool once = false;
  bool quiet = false;
};

// "read 1200, queued 840, waiting 12, received 828, quarantined 3", redrawn in place on a terminal.
class StatusLine {
 public:
  explicit StatusLine(bool visible) : visible_(visible) {}
  ~StatusLine() {
    if (visible_ && drawn_) std::cerr << "\r\x1b[K";
  }
  void Draw(const AdapterStatus& status) {
    const auto now = std::chrono::steady_clock::now();
    if (!visible_ || (drawn_ && now - drawn_at_ < kRest)) return;
    drawn_ = true;
    drawn_at_ = now;
    std::cerr << "\r\x1b[Kread " << status.pipeline.records_read << ", queued " << status.pipeline.reports_queued
              << ", waiting " << status.outbox.reports << ", received " << status.dispatcher.received
              << ", quarantined " << status.quarantined;
    if (!status.waiting.en.empty()) std::cerr << " | " << common::Printable(status.waiting.en);
    if (!status.connected && !status.trouble.empty()) std::cerr << " | " << common::Printable(status.trouble);
    std::cerr << std::flush;
  }

 private:
  bool visible_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point drawn_at_{};
};

std::int64_t ProgressOf(const AdapterStatus& status) {
  return status.pipeline.records_read + status.dispatcher.received + status.dispatcher.refused;
}

int Summarise(Adapter& adapter, const AdapterStatus& status, bool complete) {
  std::cout << "read " << status.pipeline.records_read << " records, " << status.pipeline.records_unchanged
            << " unchanged; queued " << status.pipeline.reports_queued << ", received " << status.dispatcher.received
            << ", refused " << status.dispatcher.refused << ", left in the outbox " << status.outbox.reports << "\n"
            << "courses: " << ToText(status.courses) << "; quarantined records " << status.quarantined << "\n";
  const auto missing = adapter.ToSendAgain();
  if (missing.ok() && *missing > 0) std::cout << NotGivenAgain(*missing) << "\n";
  if (!complete || !missing.ok() || *missing > 0) return kFailed;
  return status.quarantined > 0 ? kQuarantined : kOk;
}

int RunLoop(Adapter& adapter, const Arguments& arguments, common::ShutdownSignal& shutdown, AdapterMetrics& metrics) {
  StatusLine line(!arguments.quiet && isatty(STDERR_FILENO) == 1);
  std::int64_t progress = -1;
  auto progressed_at = std::chrono::steady_clock::now();
  while (!shutdown.Requested()) {
    absl::Status status = adapter.Step(kRest);
    if (absl::IsDataLoss(status)) {
      std::cerr << status.message() << "\n";
      return kFailed;
    }
    // A round that failed at once is not repeated at once.
    if (!status.ok() && shutdown.WaitFor(kRest)) break;
    const auto now = std::chrono::steady_clock::now();
    const bool due = metrics.Due(now);
    if (!due && !(arguments.once && adapter.Idle())) continue;
    const AdapterStatus current = adapter.Status();
    metrics.Update(current);
    line.Draw(current);
    if (!arguments.once) continue;
    if (ProgressOf(current) != progress) progressed_at = now;
    progress = ProgressOf(current);
    const bool asked = current.connected || now - progressed_at >= kOnceAsks;
    if (adapter.Idle() && asked) return Summarise(adapter, current, /*complete=*/true);
    if (now - progressed_at < kOnceNoProgress) continue;
    std::cerr << "no progress for two minutes: "
              << common::Printable(current.waiting.en.empty() ? current.trouble : current.waiting.en) << "\n";
    return Summarise(adapter, current, /*complete=*/false);
  }
  return arguments.once ? Summarise(adapter, adapter.Status(), adapter.Idle()) : kOk;
}

int Run(const Arguments& arguments) {
  common::ShutdownSignal shutdown;
  const common::SystemClock clock;
  common::SystemRandom random;
  auto config = LoadConfig(arguments.config);
  if (!config.ok()) {
    std::cerr << config.status().message() << "\n";
    return kConfiguration;
  }
  const common::Logger log(common::MakeStandardErrorSink(), clock,
                           arguments.quiet ? common::LogLevel::kError : common::LogLevel::kInfo, "adapter");
  // Where no lock file can be made the state cannot be written either, and that is told until it can.
  const auto lock = common::LockBeside(config->state);
  if (absl::IsFailedPrecondition(lock.status())) {
    std::cerr << lock.status().message() << "\n";
    return kFailed;
  }
  common::KeepGrpcUntilExit();
  const common::GrpcLog grpc_log(log);
  auto adapter = Adapter::Open(*config, {.clock = &clock, .random = &random, .log = log, .link = nullptr});
  if (!adapter.ok()) {
    std::cerr << adapter.status().message() << "\n";
    return kConfiguration;
  }
  auto metrics = AdapterMetrics::Start(config->metrics_listen, config->source.id, config->gateway.tls);
  if (!metrics.ok()) {
    std::cerr << metrics.status().message() << "\n";
    return kConfiguration;
  }
  log.Info("started", {{"authority", config->authority}, {"source", config->source.id}});
  const int code = RunLoop(**adapter, arguments, shutdown, **metrics);
  log.Info("stopped", {{"outbox", (*adapter)->Status().outbox.reports}});
  return code;
}

}  // namespace
}  // namespace hjerte::adapters

int main(int argc, char** argv) try {
  hjerte::common::ForbidCoreDumps();
  hjerte::common::DemandThreads();
  hjerte::common::RequireTls13();
  CLI::App program("Takes records out of a care system and delivers them to HjerteGateway.");
  hjerte::adapters::Arguments arguments;
  program.add_option("--config", arguments.config, "the adapter's configuration (adapter.yaml)")->required();
  program.add_flag("--once", arguments.once, "read everything, deliver everything, and end");
  program.add_flag("--quiet", arguments.quiet, "log errors only");
  program.footer(
      "Exit codes: 0 all is well; 1 with --once: records are in quarantine; 2 wrong arguments or configuration; 3 it "
      "could "
      "not go on or could not deliver everything.");
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : hjerte::adapters::kConfiguration;
  }
  return hjerte::adapters::Run(arguments);
} catch (const std::exception& error) {
  std::fprintf(stderr, "hjerte-adapter cannot go on: %s\n", error.what());
  return hjerte::adapters::kFailed;
}
