#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/metrics.h"
#include "services/indicator/config.h"
#include "services/indicator/publish/publisher.h"
#include "services/indicator/publish/read_model.h"

namespace hjerte::indicator {

// The central service: every component, wired and running until it is destroyed. Orderly: accepts nothing new, answers
// what it admitted, commits, closes the store.
class CentralService {
 public:
  // `clock` must outlive the service. Fails with what is wrong and where: content, keys, certificates, store, address.
  static absl::StatusOr<std::unique_ptr<CentralService>> Start(Config config, const common::Clock& clock,
                                                               const common::Logger& log);
  ~CentralService();
  CentralService(const CentralService&) = delete;
  CentralService& operator=(const CentralService&) = delete;

  // The port of the gRPC server.
  int port() const;
  ReadModel& read_model();
  Publisher& publisher();
  const doors::CallerTable& access() const;
  common::Metrics& metrics();
  // What the clock demands now: moves to a new day, publishes when it is time. The service does it by itself twice a
  // minute; a test that moves the clock calls it.
  absl::Status Tick();

 private:
  struct Impl;
  explicit CentralService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::indicator
