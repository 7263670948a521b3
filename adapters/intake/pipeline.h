#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/intake/citizen_merge.h"
#include "adapters/intake/kept_aside.h"
#include "adapters/intake/read_ahead.h"
#include "adapters/intake/record_reader.h"
#include "adapters/intake/report_intake.h"
#include "adapters/intake/trying_again.h"
#include "adapters/reports/carries.h"
#include "adapters/reports/course_plan.h"
#include "adapters/reports/mapper.h"
#include "adapters/source/source.h"
#include "adapters/state/outbox.h"
#include "adapters/state/quarantine.h"
#include "adapters/state/record_memory.h"
#include "adapters/state/state_file.h"
#include "mapping/json/arena.h"
#include "mapping/registry/content/content.h"
#include "services/common/clock.h"
#include "services/common/log.h"

namespace hjerte::adapters {

// What decides what becomes of a record.
struct PipelineOptions {
  // Four-digit code of the authority delivered for.
  std::string authority;
  std::string source_id;
  // Name and version of the care system, for people.
  std::string software;
  // The variables the source carries.
  Carries carries;
  // Reads the source's records. Null for a source of delivery reports.
  std::shared_ptr<const Mapper> mapper;
  // For a source of delivery reports: the kinds it may bring, and what merges them by citizen.
  std::vector<ReportKind> report_kinds;
  // SOR ids of municipalities and their codes: a report from another one is refused.
  std::map<std::string, std::string> municipality_of_sor;
  // When more than this share of the records is missing from a complete extract, the extract is not believed.
  int gone_percent_max = 50;
};

// What has passed since the pipeline was made, for metrics.
struct PipelineCounts {
  std::int64_t records_read = 0;
  std::int64_t records_unchanged = 0;
  // Of an extract that is older than the one that was processed.
  std::int64_t records_older = 0;
  std::int64_t records_quarantined = 0;
  std::int64_t reports_queued = 0;
  std::int64_t courses_retracted = 0;
  // Sent before, out of scope now and taken back for it.
  std::int64_t courses_left_cohort = 0;
};

// Turns what a source gave into reports in the outbox. Everything that is made of one batch, the source's progress
// included, is one transaction: after a crash either all of it is there or none, and the batch is pulled again. Called
// by one thread, the only one that touches the state file; a second one reads a batch's records ahead (read_ahead.h).
// What it is given must outlive it.
class Pipeline {
 public:
  Pipeline(PipelineOptions options, std::shared_ptr<const registry::Content> content, StateFile& state, Outbox& outbox,
           const common::Clock& clock, common::Logger log);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  using NextBatch = std::function<std::shared_ptr<const source::Batch>()>;

  // Takes a batch in. An error is trouble of the machine: nothing of the batch is kept and it can be taken in again.
  // `next`, if any, is asked by the thread that reads ahead for the batch that will be taken in then, whose records it
  // begins to read while this one is committed; null when that is not known.
  absl::Status Accept(const source::Batch& batch, const NextBatch& next = {});
  // Tries again what an operator asked for and, once an hour, what was refused for a date after its receipt; at most
  // `limit` records; returns how many.
  absl::StatusOr<std::size_t> Requeue(std::size_t limit);
  // Whether Requeue set the source's progress back since this was asked last: the source is to be restarted.
  bool TakeReadAgain() { return again_.TakeReadAgain(); }

  // The gateway was set back to an earlier state: puts everything it was given in the outbox again, as it was given;
  // what only the source still holds follows when it is read, which must begin anew. Takes part in the transaction the
  // caller holds.
  absl::Status Repeat();

  // Sends everything anew when the state file was put back in place of a later one, once; the source is not read
  // before. To be called first of all.
  absl::Status SendAnewIfPutBack();
  // Makes everything be looked at again that was read by another configuration or other content of the registry, once.
  // To be called after SendAnewIfPutBack; the source is not read before.
  absl::Status LookAgainIfConfiguredAnew();

  // Everything the source holds was read: tells, once after SendAnewIfPutBack, how many records could not be sent anew.
  absl::Status TellNotSentAnew();

  // The gateway refused a report: what later ones of its course hold is sent in its place, or it is moved from the
  // outbox to quarantine and what it held is sent with the record's next version. Takes part in the transaction the
  // caller holds.
  absl::Status Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings);

  RecordMemory& memory() { return memory_; }
  Quarantine& quarantine() { return quarantine_; }
  const PipelineCounts& counts() const { return counts_; }
  // Whether reports of one citizen are merged before they are judged.
  bool merges() const { return options_.mapper == nullptr; }

 private:
  // A record with its safe key and the hash of what decides what becomes of it.
  struct PulledRecord {
    std::string key;
    std::string_view json;
    std::string content;
  };
  // Nothing, this version, this version of a later extract, or another one of a later extract.
  enum class Known { kNot, kSame, kSameLater, kLater };
  // A batch whose records are being read.
  struct BatchAhead {
    const source::Batch* batch = nullptr;
    // Keeps the batch until it is given to Accept.
    std::shared_ptr<const source::Batch> owner;
    // Steady time.
    std::chrono::microseconds begun_at{0};
    // Whether each is read: it was not known when reading began.
    std::vector<std::pair<PulledRecord, bool>> records;
    // The batch after it, once the thread that reads has it.
    std::shared_ptr<const source::Batch> next;
    std::unique_ptr<ReadAhead> reading;
  };

  // Runs a change and commits it; on an error nothing of it is kept.
  absl::Status InTransaction(const std::function<absl::Status()>& change);
  absl::Status AcceptAll(const source::Batch& batch, const NextBatch& next);
  absl::Status AcceptReports(const source::Batch& batch);
  absl::Status AcceptRecords(const source::Batch& batch, const NextBatch& next);
  // Reads the batch from now on; what was read ahead of another one is forgotten.
  absl::Status ReadFrom(const source::Batch& batch);
  bool IsReadAhead(const source::Batch& batch) const;
  PulledRecord Pulled(std::string key, std::string_view json, const source::Batch& batch) const;
  // Whether the record was processed as it is now, or as a later extract has it.
  absl::StatusOr<Known> WhatIsKnown(const PulledRecord& record, const source::Batch& batch);
  // `reading` is the record's, or null: it is read when it must be.
  absl::Status ProcessRecord(const PulledRecord& record, Reading* reading, const source::Batch& batch);
  absl::Status ProcessReport(const std::string& key, const std::string& json, const source::Batch& batch);
  absl::Status ProcessCitizen(const std::string& citizen);
  // The same without the citizens whose courses were told of this one later.
  absl::Status ProcessOneCitizen(const std::string& citizen);
  absl::Status Queue(const std::string& record, Reading& reading, const source::Batch& batch);
  absl::StatusOr<PlanInput> RememberedOf(const std::string& record, const source::Batch& batch);
  // Puts courses out of scope that were told of another citizen later and are out of scope there.
  absl::Status LeaveToOthers(const std::string& citizen, PlanInput& input);
  void CheckOutgoing(const RecordPlan& plan, Reading& reading);
  absl::Status Carry(const std::string& record, RecordPlan plan);
  void TellLeftCohort(const LeftCohort& left);
  OutboxReport MakeOutboxReport(const std::string& record, PlannedReport report);
  // Looks once more at what delivery reports have brought.
  absl::Status LookAgainAtReports();
  // Queues the retractions of these records, and every citizen's merged reports, as far as they are to be sent again.
  absl::Status QueueAgain(const std::vector<std::string>& retracted);
  // `content` is the version's, as PulledRecord's; empty: not known.
  absl::Status PutAside(const std::string& key, std::string_view json, std::vector<registry::Finding> findings,
                        const source::Batch& batch, QuarantineKind kind = QuarantineKind::kRecord,
                        std::string_view content = "");
  absl::Status EndExtract(const source::Batch& batch);
  void TellOlder(const source::Batch& batch);
  // Records that are there and neither in the complete extract nor in a later one.
  absl::StatusOr<std::vector<std::string>> MissingFrom(const source::Batch& batch);
  absl::Status RetractMissing(const source::Batch& batch);
  // Forgets what was made in it before.
  json::Arena& FreshArena();
  std::int64_t NowUs() const { return clock_.Now().time_since_epoch().count(); }
  std::string ContentOf(std::string_view json) const;

  PipelineOptions options_;
  std::shared_ptr<const registry::Content> content_;
  StateFile& state_;
  Outbox& outbox_;
  const common::Clock& clock_;
  common::Logger log_;
  RecordMemory memory_;
  Quarantine quarantine_;
  CitizenMerge merge_;
  KeptAside aside_;
  TryingAgain again_;
  // Hash of everything but the record that decides what becomes of it.
  std::string fingerprint_;
  // Hash of the maps alone.
  std::string maps_;
  RecordReader reader_;
  ReadAhead::Readings readings_;
  // For what is not read ahead.
  Reading reading_;
  // Citizens whose merged resources changed in the batch at hand.
  std::set<std::string> changed_citizens_;
  PipelineCounts counts_;
  // Everything is being sent anew, and what the source lacks for it was not told yet.
  bool sending_anew_ = false;
  // PlanInput::stamps_from_us.
  std::int64_t stamps_from_us_ = 0;
  // Of records_older, those told of in the log.
  std::int64_t older_told_ = 0;
  // Its thread reads with what stands above.
  std::optional<BatchAhead> ahead_;
};

}  // namespace hjerte::adapters
