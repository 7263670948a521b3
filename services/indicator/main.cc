#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

#include "services/common/grpc_lifetime.h"
#include "services/common/grpc_log.h"
#include "services/common/process.h"
#include "services/common/shutdown.h"
#include "services/common/thread_start.h"
#include "services/common/tls.h"
#include "services/indicator/central_service.h"
#include "services/portal/portal_service.h"
#include "services/portal/program_config.h"
#include "services/portal/read_model_source.h"
#include "services/web/operations.h"

namespace {

namespace common = hjerte::common;
namespace indicator = hjerte::indicator;
namespace doors = hjerte::doors;
namespace portal = hjerte::portal;
namespace web = hjerte::web;

// Exit codes: 0 asked to stop, 2 wrong configuration, 3 the surroundings are not as they must be.
constexpr int kExitUsage = 2;
constexpr int kExitEnvironment = 3;

// What is served over HTTP: the public pages, and metrics for the operator. Either may be absent.
struct Served {
  std::unique_ptr<portal::ReadModelSource> source;
  std::unique_ptr<portal::PortalService> pages;
  std::unique_ptr<web::HttpServer> operations;
};

absl::StatusOr<Served> StartWeb(const portal::ProgramConfig& config, indicator::CentralService& service,
                                const common::Clock& clock, const common::Logger& log) {
  Served served;
  if (config.pages) {
    served.source = std::make_unique<portal::ReadModelSource>(service.read_model(), clock);
    web::HttpServerOptions options = *config.pages;
    options.log = log;
    auto pages = portal::PortalService::Start(options, *served.source);
    if (!pages.ok()) return pages.status();
    served.pages = *std::move(pages);
    log.Info("pages-served", {{"address", served.pages->address()}});
  }
  if (!config.central.metrics_address.empty()) {
    auto operations = web::StartOperations(doors::Listener::kCentralOperations, config.central.metrics_address,
                                           [&service] { return service.metrics().Text(); });
    if (!operations.ok()) return operations.status();
    served.operations = *std::move(operations);
  }
  return served;
}

// Waits for the signal to stop and meanwhile takes renewed certificates of the pages into use.
void ServeUntilStopped(common::ShutdownSignal& shutdown, const Served& served, std::chrono::seconds reload_interval,
                       const common::Logger& log) {
  while (!shutdown.WaitFor(reload_interval)) {
    if (served.pages == nullptr) continue;
    const absl::Status reloaded = served.pages->ReloadCertificate();
    if (!reloaded.ok()) log.Warning("certificate-not-renewed", {{"why", reloaded}});
  }
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App program("HjerteGateway's central service: takes delivery reports in and publishes indicators.");
  std::string config_file;
  bool rebuild = false;
  program.add_option("--config", config_file, "Configuration, e.g. indicator.yaml")->required();
  program.add_flag("--rebuild", rebuild, "Take changed registry content into use: derive every course anew");
  CLI11_PARSE(program, argc, argv);

  common::ForbidCoreDumps();
  common::DemandThreads();
  // Signals first: every thread inherits the mask. TLS before gRPC is touched.
  common::ShutdownSignal shutdown;
  common::RequireTls13();
  common::KeepGrpcUntilExit();

  absl::StatusOr<portal::ProgramConfig> config = portal::LoadProgramConfig(config_file);
  if (!config.ok()) {
    std::cerr << config.status().message() << "\n";
    return kExitUsage;
  }
  config->central.rebuild = rebuild;
  const common::SystemClock clock;
  const common::Logger log(common::MakeStandardErrorSink(), clock, config->central.log_level, "indicator");
  const common::GrpcLog grpc_log(log);
  const std::chrono::seconds reload_interval = config->central.tls.reload_interval;
  absl::StatusOr<std::unique_ptr<indicator::CentralService>> service =
      indicator::CentralService::Start(config->central, clock, log);
  if (!service.ok()) {
    log.Error("cannot-start", {{"why", service.status()}});
    return kExitEnvironment;
  }
  const absl::StatusOr<Served> served = StartWeb(*config, **service, clock, log.For("web"));
  if (!served.ok()) {
    log.Error("cannot-start", {{"why", served.status()}});
    return kExitEnvironment;
  }
  ServeUntilStopped(shutdown, *served, reload_interval, log.For("web"));
  log.Info("stopping");
} catch (const std::exception& error) {
  std::fprintf(stderr, "hjerte-indicator cannot go on: %s\n", error.what());
  return kExitEnvironment;
}
