#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/dispatch/dispatcher.h"
#include "adapters/intake/pipeline.h"
#include "adapters/state/outbox.h"
#include "tests/soak/simulation/central_service.h"
#include "tests/soak/simulation/scenario.h"
#include "tests/soak/simulation/sim_disk.h"
#include "tests/soak/simulation/sim_net.h"

namespace hjerte::soak {

// What is planted in the harness, to see that the checker finds it. None of it is in the product.
enum class Plant : std::uint8_t {
  kNone,
  kReceiptBeforeCommit,  // the receipt leaves when the report arrives
  kCursorApart,          // the source's progress moves in a transaction of its own, before the outbox fills
  kNoLogSync,            // as synchronous=NORMAL
  kNoRecognition,        // what comes twice comes under another id
  kRemoveOnSend,         // a report leaves the outbox when it is sent
  kAllAtOnce             // reports of one citizen leave together
};

// A machine's clock: steady time is the run's, the wall clock may be set.
class NodeClock final : public common::Clock {
 public:
  NodeClock(const std::chrono::microseconds& steady, common::Instant start) : steady_(steady), offset_(start) {}
  common::Instant Now() const override { return offset_ + steady_; }
  std::chrono::microseconds Steady() const override { return steady_; }
  void Set(std::chrono::microseconds by) { offset_ += by; }

 private:
  const std::chrono::microseconds& steady_;
  common::Instant offset_;
};

// The adapter's program: the real state file, pipeline, outbox and dispatcher over a simulated disk and link.
class AdapterNode {
 public:
  AdapterNode(const Ground& ground, const Scenario& scenario, SimDisk& disk, SimNet& net, const NodeClock& clock,
              common::Random& random, Plant plant);

  // Starts the program; an error is trouble of the disk.
  absl::Status Start();
  // The program is gone, in whatever state.
  void Stop();
  bool running() const { return dispatcher_ != nullptr; }
  absl::Status Pull();
  absl::Status Dispatch();
  bool Idle() const;
  // Codes of what was put aside; empty when nothing was, as it should be: no record of the story is wrong.
  std::string PutAside() const;
  // Whether anything ever was.
  bool has_put_aside() const { return has_put_aside_; }

 private:
  source::Batch NextBatch(std::size_t from);

  const Ground& ground_;
  const Scenario& scenario_;
  SimDisk& disk_;
  SimNet& net_;
  const NodeClock& clock_;
  common::Random& random_;
  const Plant plant_;
  SimLink link_;
  std::unique_ptr<adapters::StateFile> state_;
  std::unique_ptr<adapters::Outbox> outbox_;
  std::unique_ptr<adapters::Pipeline> pipeline_;
  std::unique_ptr<adapters::Dispatcher> dispatcher_;
  bool has_put_aside_ = false;
};

// The central service's program over a simulated disk and link.
class CentralNode {
 public:
  // Told of every receipt at the moment it leaves.
  using Acknowledged = std::function<void(const std::string& delivery_id, std::int64_t commit_seq)>;

  CentralNode(const Ground& ground, std::string file, SimDisk& disk, SimNet& net, const NodeClock& clock,
              common::Random& random, Plant plant, Acknowledged acknowledged);
  ~CentralNode() { Stop(); }

  absl::Status Start() { return service_.Start(); }
  void Stop() { service_.Stop(); }
  bool running() const { return service_.running(); }
  // A request arrived.
  void Receive(int connection, const std::string& request);
  // One commit, and the move to a new day when it is time.
  bool Work();
  const indicator::LiveCube& cube() const { return service_.cube(); }
  const std::string& file() const { return service_.file(); }

 private:
  void Answer(int connection, const std::string& delivery_id, const indicator::DeliveryOutcome& outcome);

  SimDisk& disk_;
  SimNet& net_;
  const NodeClock& clock_;
  const Plant plant_;
  const Acknowledged acknowledged_;
  CentralService service_;
};

}  // namespace hjerte::soak
