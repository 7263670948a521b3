#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/config.h"
#include "adapters/dispatch/dispatcher.h"
#include "adapters/intake/pipeline.h"
#include "adapters/source/source.h"
#include "adapters/state/outbox.h"
#include "adapters/state/state_file.h"
#include "services/common/clock.h"
#include "services/common/key_provider.h"
#include "services/common/log.h"
#include "services/common/metrics.h"
#include "services/common/random.h"

namespace hjerte::adapters {

// Where an adapter stands, for its status line and metrics.
struct AdapterStatus {
  PipelineCounts pipeline;
  DispatcherCounts dispatcher;
  OutboxSize outbox;
  CourseCounts courses;
  std::int64_t quarantined = 0;
  bool connected = false;
  // What the source waits for, and why the connection ended last; empty when all is well.
  source::Text waiting;
  std::string trouble;
};

// One municipality's adapter: source, pipeline, outbox and dispatcher, driven step by step by one thread.
class Adapter {
 public:
  // The parts that a test or a simulation puts in the place of the machine's. All must outlive the adapter.
  struct World {
    const common::Clock* clock = nullptr;
    common::Random* random = nullptr;
    common::Logger log;
    // Takes the place of gRPC; null: the gateway of the configuration.
    Link* link = nullptr;
    // Takes the place of the configuration's key file.
    const common::KeyProvider* key = nullptr;
  };

  // Opens state, registry content, maps and source. Fails with file and line of what is wrong.
  static absl::StatusOr<std::unique_ptr<Adapter>> Open(const AdapterConfig& config, const World& world);
  ~Adapter();

  // One round: takes records in if there is room, sends what may be sent, acts on answers. Waits at most `rest` when
  // there is nothing to do. An error is trouble of the machine: it was logged and the round may be repeated, unless it
  // is DataLoss, after which the program must end.
  absl::Status Step(std::chrono::milliseconds rest);

  // Whether everything the source holds was taken in, everything in the outbox was received and nothing is awaited.
  bool Idle() const;
  // What the source waits for; whether all that was taken in is delivered; records read since it was opened.
  const source::Text& Waiting() const;
  bool Delivered() const;
  std::int64_t RecordsRead() const;
  AdapterStatus Status();
  // Records that the gateway has lost and the source has not given since (RecordMemory::CountToSendAgain).
  absl::StatusOr<std::int64_t> ToSendAgain();
  StateFile& state();

 private:
  struct Parts;
  explicit Adapter(std::unique_ptr<Parts> parts);
  // Keeps what the source waits for, and tells when it waits for long.
  void NoteWaiting(const source::Text& waiting);
  absl::Status PullIfDue();
  bool HasRoom() const;

  std::unique_ptr<Parts> parts_;
};

// The pipeline's options of a configuration: maps read, carried variables known to the registry. For those who run it
// without a gateway.
absl::StatusOr<PipelineOptions> MakePipelineOptions(const AdapterConfig& config, const registry::Content& content);

// The source of a configuration; `clock` must outlive it.
std::unique_ptr<source::Source> MakeSource(const SourceConfig& config, const common::Clock& clock);

}  // namespace hjerte::adapters
