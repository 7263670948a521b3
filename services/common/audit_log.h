#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/clock.h"
#include "services/common/secret_key.h"

namespace hjerte::common {

class Database;

// A look at a citizen, or an act of administration: who, what, when, why.
struct AuditRecord {
  Instant at;
  std::string who;     // SAN URI of a peer, "user:<name>" at the machine itself, or "service"
  std::string action;  // e.g. "explain"
  std::string object;  // what was looked at or changed, e.g. "0751/course-17"
  std::string reason;  // why, in the words of who did it
};

// The last record of an audit log at some moment. Kept elsewhere (a log line, a backup's manifest) it is an anchor:
// whatever is changed or cut before it is found by comparing.
struct AuditHead {
  std::int64_t seq = 0;  // 0: no record
  std::string chain;     // 32 bytes
  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

// The tables of an audit log, for a schema: `audit`, and `meta` for its seal if the schema has none.
inline constexpr std::string_view kAuditTable = R"sql(
CREATE TABLE audit(
  audit_seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL,
  chain BLOB NOT NULL);
)sql";

// The chain's next link: SHA-256 over the link before it and the record's fields, each with its length as eight bytes
// before it.
std::string AuditChain(std::string_view previous, const AuditRecord& record);

// The seal over a head that stands in `meta` beside the log, under kSealOfAudit or kSealOfLog: whoever has the file but
// not the key can neither cut the log's tail nor write another. "seq:chain:mac" in hexadecimal.
inline constexpr std::string_view kSealOfAudit = "audit-head";
inline constexpr std::string_view kSealOfLog = "log-head";
std::string SealHead(const SecretKey& key, std::string_view name, const AuditHead& head);
// The head a seal names; nothing when it was not made with the key.
std::optional<AuditHead> OpenHead(const SecretKey& key, std::string_view name, std::string_view sealed);

// "17:9f86d0…": a head as people see it and hand it to `hjerte audit verify --anchor`.
std::string FormatHead(const AuditHead& head);
std::optional<AuditHead> ParseHead(std::string_view text);

// Appends a record and seals the new head. Part of the caller's transaction.
absl::StatusOr<AuditHead> AppendAudit(Database& database, const SecretKey& seal_key, const AuditRecord& record);

// What is wrong with a log, at which record.
struct AuditFault {
  std::int64_t seq = 0;
  std::string what;
};

struct AuditReport {
  std::int64_t records = 0;
  AuditHead head;
  std::vector<AuditFault> faults;  // the first hundred
};

// Checks every record against its link, the numbering, the seal, and the anchors (heads noted elsewhere). A fault is
// part of the report; a Status is trouble with reading.
absl::StatusOr<AuditReport> VerifyAudit(Database& database, const SecretKey& seal_key,
                                        std::span<const AuditHead> anchors);

// Every record in order, with its number, until `take` returns an error.
absl::Status EachAudit(Database& database,
                       const std::function<absl::Status(std::int64_t seq, const AuditRecord&)>& take);

}  // namespace hjerte::common
