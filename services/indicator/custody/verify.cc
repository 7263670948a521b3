#include "services/indicator/custody/verify.h"

#include <map>
#include <memory>
#include <utility>

#include "services/common/sqlite.h"
#include "services/indicator/courses/replay.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {
namespace {

constexpr std::size_t kFaultsMax = 100;
constexpr std::size_t kSlice = 256;

void Fault(VerifyReport& report, std::string what) {
  if (report.faults.size() < kFaultsMax) report.faults.push_back(std::move(what));
}

absl::StatusOr<std::string> MetaOf(common::Database& database, std::string_view key) {
  absl::StatusOr<common::Statement> find = database.Prepare("SELECT value FROM meta WHERE key = ?");
  if (!find.ok()) return find.status();
  absl::StatusOr<bool> row = find->Bind(1, key).Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(find->Text(0)) : std::string();
}

// The log from its first entry on, in slices.
absl::Status CheckLog(StoreReader& store, const std::vector<common::AuditHead>& anchors, VerifyReport& report) {
  common::AuditHead& head = report.log_head;
  while (true) {
    const absl::StatusOr<std::vector<LoggedReport>> entries = store.LogAfter(head.seq, kSlice);
    if (!entries.ok()) return entries.status();
    if (entries->empty()) break;
    for (const LoggedReport& entry : *entries) {
      const std::string where = "log " + std::to_string(entry.commit_seq) + ": ";
      if (entry.commit_seq != head.seq + 1) Fault(report, where + "the entry before it is missing");
      const LogEntry fields{.authority = entry.authority,
                            .citizen = entry.citizen,
                            .source = entry.source,
                            .delivery_mac = entry.delivery_mac,
                            .content_mac = entry.content_mac,
                            .received_at = entry.received_at,
                            .content = entry.content};
      if (LogChain(head.chain, entry.commit_seq, fields, entry.committed_at) != entry.chain) {
        Fault(report, where + "changed, moved, or the one before it was cut or inserted");
      }
      head = {.seq = entry.commit_seq, .chain = entry.chain};
      ++report.log_entries;
      for (const common::AuditHead& anchor : anchors) {
        if (anchor.seq == head.seq && anchor.chain != head.chain) {
          Fault(report, where + "differs from what was noted elsewhere (anchor)");
        }
      }
    }
  }
  for (const common::AuditHead& anchor : anchors) {
    if (anchor.seq > head.seq) {
      Fault(report, "log " + std::to_string(anchor.seq) + ": was noted elsewhere (anchor) and is not there any more");
    }
  }
  return absl::OkStatus();
}

// `before` and `after` were read around the log. While nothing is committed they are the same and name its last entry;
// a service that runs moves on between them.
void CheckLogSeal(const std::optional<common::AuditHead>& before, const std::optional<common::AuditHead>& after,
                  VerifyReport& report) {
  if (!before.has_value() || !after.has_value()) {
    if (report.log_head.seq > 0) Fault(report, "log: the seal over its last entry is missing or of another key");
    return;
  }
  const bool still = *before == *after;
  const bool fits =
      still ? *after == report.log_head : before->seq <= report.log_head.seq && report.log_head.seq <= after->seq;
  if (!fits) {
    Fault(report, "log: the seal names entry " + std::to_string(after->seq) +
                      " as the last one: the end was cut off or written anew");
  }
}

// Every course as the log makes it against every course as it is stored.
absl::Status CheckCourses(StoreReader& store, const registry::Content& content, registry::Date today,
                          VerifyReport& report) {
  std::map<std::string, CourseRow> stored;
  HJERTE_RETURN_IF_ERROR(store.EachCourse([&](const CourseRow& row) {
    stored.emplace(row.authority + "/" + std::to_string(row.citizen) + "/" + row.course_key, row);
    return absl::OkStatus();
  }));
  report.courses = static_cast<std::int64_t>(stored.size());
  const auto name = [](const std::string& authority, const std::string& course) {
    return "course " + authority + "/" + course + ": ";
  };
  HJERTE_RETURN_IF_ERROR(ReplayCourses(
      store, {.content = content, .today = today, .up_to_seq = report.log_head.seq}, [&](ReplayedCourse course) {
        const auto found =
            stored.find(course.authority + "/" + std::to_string(course.citizen) + "/" + course.course.course_key);
        if (found == stored.end()) {
          Fault(report, name(course.authority, course.course.course_key) + "the log has it, the store has not");
          return absl::OkStatus();
        }
        if (found->second.record != course.course.record || found->second.open != course.course.open ||
            found->second.exported != course.course.exported) {
          Fault(report, name(course.authority, course.course.course_key) + "is stored otherwise than the log makes it");
        }
        stored.erase(found);
        return absl::OkStatus();
      }));
  for (const auto& [key, row] : stored) {
    Fault(report, name(row.authority, row.course_key) + "the store has it, the log has not");
  }
  report.rebuilt = true;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifyReport> VerifyStore(const SqliteStoreOptions& options, const KeyFiles& keys,
                                         const registry::Content& content, const Anchors& anchors) {
  VerifyReport report;
  absl::StatusOr<std::unique_ptr<common::Database>> database =
      common::Database::Open({.file = options.file, .read_only = true, .vfs = options.vfs});
  if (!database.ok()) return database.status();
  const absl::StatusOr<std::vector<DataKeyRow>> rows = ReadDataKeys(**database);
  if (!rows.ok()) return rows.status();
  const absl::StatusOr<std::unique_ptr<KeyRing>> ring = KeyRing::Read(*rows, keys);
  if (!ring.ok()) return ring.status();
  const common::SecretKey head_key = (*ring)->current()->HeadKey();
  absl::StatusOr<std::unique_ptr<StoreReader>> store = OpenSqliteReader(options);
  if (!store.ok()) return store.status();
  const absl::StatusOr<std::string> sealed = MetaOf(**database, common::kSealOfLog);
  if (!sealed.ok()) return sealed.status();
  HJERTE_RETURN_IF_ERROR(CheckLog(**store, anchors.log, report));
  const absl::StatusOr<std::string> sealed_now = MetaOf(**database, common::kSealOfLog);
  if (!sealed_now.ok()) return sealed_now.status();
  CheckLogSeal(common::OpenHead(head_key, common::kSealOfLog, *sealed),
               common::OpenHead(head_key, common::kSealOfLog, *sealed_now), report);
  const absl::StatusOr<common::AuditReport> audit = common::VerifyAudit(**database, head_key, anchors.audit);
  if (!audit.ok()) return audit.status();
  report.audit_records = audit->records;
  report.audit_head = audit->head;
  for (const common::AuditFault& fault : audit->faults) {
    Fault(report, "audit " + std::to_string(fault.seq) + ": " + fault.what);
  }
  const absl::StatusOr<std::vector<EpochRow>> epochs = (*store)->Epochs();
  if (!epochs.ok()) return epochs.status();
  if (epochs->empty() || epochs->back().content != content.sha256()) {
    report.note = "the courses were derived with other registry content than the configured one: not compared";
    return report;
  }
  const std::optional<registry::Date> today = registry::ParseDate(epochs->back().today);
  if (!today.has_value()) return absl::DataLossError("the store does not say by which day its courses were derived");
  HJERTE_RETURN_IF_ERROR(CheckCourses(**store, content, *today, report));
  return report;
}

}  // namespace hjerte::indicator
