#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "services/common/audit_log.h"
#include "services/indicator/store/sqlite_store.h"
#include "services/indicator/vault/keys.h"

namespace hjerte::indicator {

// What a check of a store found.
struct VerifyReport {
  std::int64_t log_entries = 0;
  std::int64_t audit_records = 0;
  std::int64_t courses = 0;
  common::AuditHead log_head;
  common::AuditHead audit_head;
  bool rebuilt = false;             // courses were compared with the log
  std::string note;                 // why they were not
  std::vector<std::string> faults;  // what differs, the first hundred
};

// Heads that were noted elsewhere.
struct Anchors {
  std::vector<common::AuditHead> log;
  std::vector<common::AuditHead> audit;
};

// Checks the log's hash chain, numbering, seal and anchors, the same of the audit log, then rebuilds every course from
// the log and compares it with the record that is stored. Only reads; a running service is no hindrance, but what it
// commits meanwhile may show as a difference. Courses are compared when `content` is the content they were derived
// with, else `note` says so.
absl::StatusOr<VerifyReport> VerifyStore(const SqliteStoreOptions& options, const KeyFiles& keys,
                                         const registry::Content& content, const Anchors& anchors);

}  // namespace hjerte::indicator
