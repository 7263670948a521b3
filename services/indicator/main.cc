#include <CLI/CLI.hpp>
#include <iostream>

#include "services/common/grpc_log.h"
#include "services/common/process.h"
#include "services/common/shutdown.h"
#include "services/common/tls.h"
#include "services/indicator/central_service.h"

namespace {

// Exit codes: 0 asked to stop, 2 wrong configuration, 3 the surroundings are not as they must be.
constexpr int kExitUsage = 2;
constexpr int kExitEnvironment = 3;

}  // namespace

int main(int argc, char** argv) {
  namespace common = hjerte::common;
  namespace indicator = hjerte::indicator;

  CLI::App program("HjerteGateway's central service: takes delivery reports in and publishes indicators.");
  std::string config_file;
  bool rebuild = false;
  program.add_option("--config", config_file, "Configuration, e.g. indicator.yaml")->required();
  program.add_flag("--rebuild", rebuild, "Take changed registry content into use: derive every course anew");
  CLI11_PARSE(program, argc, argv);

  common::ForbidCoreDumps();
  // Signals first: every thread inherits the mask. TLS before gRPC is touched.
  common::ShutdownSignal shutdown;
  common::RequireTls13();

  absl::StatusOr<indicator::Config> config = indicator::LoadConfig(config_file);
  if (!config.ok()) {
    std::cerr << config.status().message() << "\n";
    return kExitUsage;
  }
  config->rebuild = rebuild;
  const common::SystemClock clock;
  const common::Logger log(common::MakeStandardErrorSink(), clock, config->log_level, "indicator");
  const common::GrpcLog grpc_log(log);
  absl::StatusOr<std::unique_ptr<indicator::CentralService>> service =
      indicator::CentralService::Start(*std::move(config), clock, log);
  if (!service.ok()) {
    log.Error("cannot-start", {{"why", service.status()}});
    return kExitEnvironment;
  }
  shutdown.Wait();
  log.Info("stopping");
}
