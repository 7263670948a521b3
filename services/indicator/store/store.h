#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/audit_log.h"
#include "services/common/clock.h"
#include "services/indicator/store/key_store.h"

namespace hjerte::indicator {

// A citizen inside the store: given in order of arrival, never shown outside (the surrogate is).
using CitizenId = std::int64_t;
// A source's declaration of what it carries, as one row of the store.
using SourceId = std::int64_t;

// Where a report came from.
struct SourceRow {
  std::string authority;
  std::string name;
  std::string software;
  std::vector<std::string> carries;  // sorted variable ids
};

// The current version of one resource. Versions are ordered by (stamp, entered_in_error, sha, source).
struct ResourceRow {
  std::string type;
  std::string id;
  common::Instant stamp;
  bool entered_in_error = false;
  std::string sha;  // 32 bytes: SHA-256 of the canonical content without meta.lastUpdated and without the CPR
  SourceId source = 0;
  std::string body;  // JSON
};

// A report the store has accepted before.
struct KnownDelivery {
  std::int64_t commit_seq = 0;
  common::Instant committed_at;
  std::string content_mac;
};

// What one accepted report leaves in the log.
struct LogEntry {
  std::string authority;
  CitizenId citizen = 0;
  SourceId source = 0;
  std::string delivery_mac;  // keyed hash of the delivery id, which itself is a hash over the CPR
  std::string content_mac;   // keyed hash of the bytes as they were sent
  common::Instant received_at;
  std::string_view content;  // the report without the CPR, JSON
};

// Which citizen a referral stands under: that of its highest version, should a wrong CPR be corrected at the source.
struct ReferralRow {
  CitizenId citizen = 0;
  common::Instant stamp;
  bool entered_in_error = false;
  std::string sha;
  std::string lookup;  // the citizen's keyed hash; the last word between equal versions
};

// One course record.
struct CourseRow {
  std::string authority;
  std::string course_key;
  CitizenId citizen = 0;
  std::int64_t commit_seq = 0;
  bool open = false;         // its state may change with the date alone
  bool exported = false;     // the consumer of the export knows it
  std::string record;        // flat JSON of DHRD variables
  std::string newest_event;  // YYYY-MM-DD: the newest thing that happened in it; for freshness only
};

enum class ChangeKind : std::uint8_t { kRecord = 1, kCorrection = 2, kRetraction = 3 };

// One entry of the export's feed.
struct ChangeRow {
  std::int64_t change_seq = 0;  // position in the feed, from 1 without gaps
  std::int64_t commit_seq = 0;
  common::Instant committed_at;
  ChangeKind kind = ChangeKind::kRecord;
  std::string authority;
  std::string course_key;
  CitizenId citizen = 0;
  std::string record;  // empty for a retraction
};

// One entry of the log as it was written.
struct LoggedReport {
  std::int64_t commit_seq = 0;
  std::string authority;
  CitizenId citizen = 0;
  SourceId source = 0;
  std::string delivery_mac;
  std::string content_mac;
  common::Instant received_at;
  common::Instant committed_at;
  std::string content;  // the report without the CPR, JSON
  std::string chain;
};

// A citizen as the store knows one.
struct CitizenRow {
  std::string surrogate;
  std::string lookup;
};

// By what the courses were derived from a moment on, until the next epoch.
struct EpochRow {
  std::int64_t from_seq = 0;  // the last commit before it
  common::Instant at;
  std::string content;  // SHA-256 of the registry content, hex
  std::string engine;   // version of the gateway
  std::string today;    // YYYY-MM-DD: the day the courses were judged on
};

// A look at a citizen, or an act of administration.
using AuditRow = common::AuditRecord;

// The place of one current resource; all current resources stand in this order.
struct ResourcePlace {
  std::string authority;
  CitizenId citizen = 0;
  std::string type;
  std::string id;
};

// Some current resources, and where the next slice begins.
struct ResourceSlice {
  struct Resource {
    std::string authority;
    std::string body;  // JSON
  };
  std::vector<Resource> resources;
  ResourcePlace last;  // of what was looked at, taken or not
  bool end = false;
};

// What the store knows of one authority's deliveries.
struct DeliveryStatus {
  std::string authority;
  common::Instant last_delivery;
  std::int64_t reports = 0;
  std::int64_t refused = 0;
};

// How many published snapshots a store keeps.
inline constexpr int kSnapshotsKept = 8;

// A published snapshot: opaque to the store.
struct SnapshotRow {
  std::int64_t id = 0;
  common::Instant computed_at;
  std::string body;
};

// The writing side of the store, used by one thread. All changes stand between Begin and Commit; a Status that is not
// OK leaves the transaction to be rolled back, and the caller may go on with another one later: a full disk or an I/O
// error ends by itself or by the operator's hand, and Begin opens the store again when it has to.
class StoreWriter : public KeyStore {
 public:
  // From the next commit on each one seals the last records of log and audit log under this key (common::SealHead).
  virtual void SealHeadsWith(const common::SecretKey& key) = 0;

  virtual absl::Status Begin() = 0;
  // Durable when it returns OK; rolled back when not.
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;

  // The sequence number the latest log entry has; 0 in an empty store.
  virtual std::int64_t last_commit_seq() const = 0;

  virtual absl::StatusOr<std::optional<KnownDelivery>> FindDelivery(std::string_view authority,
                                                                    std::string_view delivery_mac) = 0;
  virtual absl::StatusOr<std::optional<KnownDelivery>> FindBundle(std::string_view authority, std::string_view profile,
                                                                  std::string_view bundle_id) = 0;
  virtual absl::Status AddBundle(std::string_view authority, std::string_view profile, std::string_view bundle_id,
                                 std::int64_t commit_seq) = 0;

  virtual absl::StatusOr<SourceId> InternSource(const SourceRow& source) = 0;
  virtual absl::StatusOr<SourceRow> Source(SourceId source) = 0;

  // `lookup` is the keyed hash of the CPR.
  virtual absl::StatusOr<std::optional<CitizenId>> FindCitizen(std::string_view lookup) = 0;
  // `cpr` goes to the vault; its citizen is the one that is given.
  virtual absl::StatusOr<CitizenId> AddCitizen(std::string_view lookup, const VaultRow& cpr) = 0;
  virtual absl::StatusOr<std::string> Surrogate(CitizenId citizen) = 0;

  // All current resources of a citizen at an authority.
  virtual absl::StatusOr<std::vector<ResourceRow>> Resources(std::string_view authority, CitizenId citizen) = 0;
  virtual absl::Status PutResource(std::string_view authority, CitizenId citizen, const ResourceRow& resource) = 0;

  virtual absl::StatusOr<std::optional<ReferralRow>> Referral(std::string_view authority, std::string_view id) = 0;
  virtual absl::Status PutReferral(std::string_view authority, std::string_view id, const ReferralRow& referral) = 0;

  virtual absl::StatusOr<std::vector<CourseRow>> Courses(std::string_view authority, CitizenId citizen) = 0;
  virtual absl::Status PutCourse(const CourseRow& course) = 0;
  virtual absl::Status RemoveCourse(std::string_view authority, CitizenId citizen, std::string_view course_key) = 0;
  // Citizens with courses after a position, for rebuilds in slices; `open_only` leaves out what the date cannot change.
  virtual absl::StatusOr<std::vector<std::pair<std::string, CitizenId>>> CitizensAfter(
      const std::pair<std::string, CitizenId>& position, bool open_only, std::size_t limit) = 0;

  // Gives the entry its sequence number and its place in the hash chain.
  virtual absl::StatusOr<std::int64_t> AppendLog(const LogEntry& entry, common::Instant committed_at) = 0;
  virtual absl::Status AppendChange(const ChangeRow& change) = 0;
  virtual absl::Status CountRefusals(std::string_view authority, std::int64_t refused) = 0;
  virtual absl::Status AppendAudit(const AuditRow& audit) = 0;
  // Keeps the newest `keep` snapshots.
  virtual absl::Status PutSnapshot(const SnapshotRow& snapshot, int keep) = 0;

  // Notes what courses are derived by from now on; nothing when the latest epoch says the same.
  virtual absl::Status AppendEpoch(const EpochRow& epoch) = 0;

  virtual absl::StatusOr<std::optional<std::string>> Meta(std::string_view key) = 0;
  virtual absl::Status PutMeta(std::string_view key, std::string_view value) = 0;
};

// The reading side: sees what is committed; may be called from any thread.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // Every course record, in no particular order, until `take` returns an error.
  virtual absl::Status EachCourse(const std::function<absl::Status(const CourseRow&)>& take) = 0;
  virtual absl::StatusOr<std::optional<CourseRow>> FindCourse(std::string_view authority,
                                                              std::string_view course_key) = 0;
  virtual absl::StatusOr<std::vector<ChangeRow>> ChangesAfter(std::int64_t change_seq, std::size_t limit) = 0;
  virtual absl::StatusOr<std::int64_t> LastCommitSeq() = 0;
  // Looks at a bounded number of current resources after a place and takes those of a type that are not entered in
  // error, of one authority where it is not empty. A slice is short, so that other readers do not wait; several slices
  // see what was committed between them.
  virtual absl::StatusOr<ResourceSlice> ResourcesAfter(const ResourcePlace& place, std::string_view type,
                                                       std::string_view authority) = 0;
  // The log after a commit, in order: at most `limit` entries and a few megabytes, at least one if there is one.
  virtual absl::StatusOr<std::vector<LoggedReport>> LogAfter(std::int64_t commit_seq, std::size_t limit) = 0;
  // NotFound when there is no such entry.
  virtual absl::StatusOr<LoggedReport> LogAt(std::int64_t commit_seq) = 0;
  // The highest commit made at or before an instant; 0 before the first. A clock that was set back is taken as it was.
  virtual absl::StatusOr<std::int64_t> CommitAt(common::Instant instant) = 0;
  virtual absl::StatusOr<SourceRow> Source(SourceId source) = 0;
  virtual absl::StatusOr<CitizenRow> Citizen(CitizenId citizen) = 0;
  // Every epoch in order.
  virtual absl::StatusOr<std::vector<EpochRow>> Epochs() = 0;
  virtual absl::StatusOr<std::vector<DeliveryStatus>> Deliveries() = 0;
  virtual absl::StatusOr<std::optional<SnapshotRow>> LatestSnapshot() = 0;
  virtual absl::StatusOr<VaultRow> Vault(CitizenId citizen) = 0;
  // The last record of the audit log.
  virtual absl::StatusOr<common::AuditHead> LastAudit() = 0;
};

}  // namespace hjerte::indicator
