#include "adapters/state/quarantine.h"

#include <utility>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/encoding.h"
#include "services/common/scrub.h"

namespace hjerte::adapters {
namespace {

constexpr std::string_view kTable = "quarantine";
constexpr std::string_view kExtract = "extract";
// What stands in the column `requeued`: to be tried again, and tried in vain until the source gives another version.
constexpr std::int64_t kRequeued = 1;
constexpr std::int64_t kWaitsForSource = 2;
constexpr std::string_view kColumns =
    "SELECT key, kind, since_us, seen_us, findings, requeued, complete_at_us, taken_at_us, course FROM quarantine ";

std::string FindingsToJson(const std::vector<registry::Finding>& findings) {
  std::string json = "[";
  const auto member = [&](std::string_view name, std::string_view value, char end) {
    json::AppendQuoted(name, json);
    json += ':';
    json::AppendQuoted(value, json);
    json += end;
  };
  for (const registry::Finding& finding : findings) {
    if (json.size() > 1) json += ',';
    json += '{';
    member("severity", registry::SeverityName(finding.severity), ',');
    member("code", finding.code, ',');
    member("location", common::ScrubCpr(finding.location), ',');
    member("variable", finding.variable, ',');
    member("da", finding.text.da, ',');
    member("en", finding.text.en, '}');
  }
  return json + "]";
}

std::vector<registry::Finding> FindingsFromJson(std::string_view text) {
  std::vector<registry::Finding> findings;
  const auto document = json::Parse(text);
  if (!document.ok()) return findings;
  for (const json::Value& value : document->root().elements()) {
    const auto member = [&](std::string_view name) {
      const json::Value* found = value.Find(name);
      return std::string(found != nullptr ? found->text() : "");
    };
    const std::string severity = member("severity");
    findings.push_back({.severity = severity == "error"     ? registry::Severity::kError
                                    : severity == "warning" ? registry::Severity::kWarning
                                                            : registry::Severity::kInformation,
                        .code = member("code"),
                        .location = member("location"),
                        .variable = member("variable"),
                        .text = {.da = member("da"), .en = member("en")}});
  }
  return findings;
}

QuarantineEntry ReadEntry(const common::Statement& row) {
  return {.key = std::string(row.Text(0)),
          .course = std::string(row.Text(8)),
          .kind = static_cast<QuarantineKind>(row.Integer(1)),
          .since_us = row.Integer(2),
          .seen_us = row.Integer(3),
          .complete_at_us = row.IsNull(6) ? std::nullopt : std::optional(row.Integer(6)),
          .taken_at_us = row.IsNull(7) ? std::nullopt : std::optional(row.Integer(7)),
          .findings = FindingsFromJson(row.Text(4)),
          .requeued = row.Integer(5) == kRequeued};
}

absl::StatusOr<std::vector<QuarantineEntry>> ReadEntries(common::Statement& rows) {
  std::vector<QuarantineEntry> entries;
  while (true) {
    const auto row = rows.Step();
    if (!row.ok()) return row.status();
    if (!*row) return entries;
    entries.push_back(ReadEntry(rows));
  }
}

}  // namespace

absl::Status Quarantine::Put(const QuarantineEntry& entry, std::string_view payload, std::string_view extract) {
  const std::string sealed = state_.Seal(kTable, entry.key, payload);
  return state_.database().Run(
      "INSERT INTO quarantine (key, course, kind, since_us, seen_us, findings, extract, complete_at_us, taken_at_us, "
      "sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (key, course) DO UPDATE SET kind = excluded.kind, seen_us = excluded.seen_us, "
      "findings = excluded.findings, extract = excluded.extract, complete_at_us = excluded.complete_at_us, "
      "taken_at_us = excluded.taken_at_us, "
      "requeued = 0, sealed = excluded.sealed",
      entry.key, entry.course, static_cast<std::int64_t>(entry.kind), entry.seen_us, entry.seen_us,
      FindingsToJson(entry.findings), common::ToHex(state_.Hide(kExtract, extract)), entry.complete_at_us,
      entry.taken_at_us, common::Blob{sealed});
}

absl::StatusOr<std::optional<std::int64_t>> Quarantine::TakenAt(std::string_view key) {
  auto statement = state_.database().Prepare("SELECT max(taken_at_us) FROM quarantine WHERE key = ?");
  if (!statement.ok()) return statement.status();
  const auto row = statement->Bind(1, key).Step();
  if (!row.ok()) return row.status();
  if (!*row || statement->IsNull(0)) return std::optional<std::int64_t>();
  return std::optional(statement->Integer(0));
}

absl::Status Quarantine::ForgetTimesAfter(std::int64_t now_us) {
  return state_.database().Run("UPDATE quarantine SET taken_at_us = NULL WHERE taken_at_us > ?", now_us);
}

absl::StatusOr<bool> Quarantine::MarkSeen(std::string_view key, std::optional<std::int64_t> taken_at_us) {
  absl::Status status = state_.database().Run(
      "UPDATE quarantine SET taken_at_us = coalesce(max(taken_at_us, ?1), taken_at_us, ?1) "
      "WHERE key = ?2 AND course = '' AND kind = ?3",
      taken_at_us, key, static_cast<std::int64_t>(QuarantineKind::kRecord));
  if (!status.ok()) return status;
  return state_.database().Changes() > 0;
}

absl::StatusOr<bool> Quarantine::Release(std::string_view key) {
  if (absl::Status status = state_.database().Run("DELETE FROM quarantine WHERE key = ?", key); !status.ok()) {
    return status;
  }
  const bool was_there = state_.database().Changes() > 0;
  if (!was_there) return false;
  absl::Status status = state_.database().Run("DELETE FROM quarantine_ref WHERE key = ?", key);
  if (!status.ok()) return status;
  return true;
}

absl::Status Quarantine::ReleaseReport(std::string_view key, std::string_view course) {
  return state_.database().Run("DELETE FROM quarantine WHERE key = ? AND course = ?", key, course);
}

absl::Status Quarantine::ReleaseReports(std::string_view key) {
  return state_.database().Run("DELETE FROM quarantine WHERE key = ? AND kind = ?", key,
                               static_cast<std::int64_t>(QuarantineKind::kDelivery));
}

absl::Status Quarantine::ReleasePlaces(std::string_view scope, std::string_view extract) {
  const std::string prefix = "@" + common::ScrubCpr(scope) + "/";
  return state_.database().Run("DELETE FROM quarantine WHERE substr(key, 1, length(?)) = ? AND extract <> ?", prefix,
                               prefix, common::ToHex(state_.Hide(kExtract, extract)));
}

absl::Status Quarantine::SetReferences(std::string_view key, const std::vector<std::string>& refs) {
  absl::Status status = state_.database().Run("DELETE FROM quarantine_ref WHERE key = ?", key);
  for (std::size_t i = 0; status.ok() && i < refs.size(); ++i) {
    status = state_.database().Run("INSERT OR IGNORE INTO quarantine_ref VALUES (?, ?)", state_.SafeKey(refs[i]), key);
  }
  return status;
}

absl::StatusOr<std::vector<std::string>> Quarantine::Holding(std::string_view ref) {
  auto statement = state_.database().Prepare("SELECT key FROM quarantine_ref WHERE ref = ?");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, state_.SafeKey(ref));
  std::vector<std::string> keys;
  while (true) {
    auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return keys;
    keys.emplace_back(statement->Text(0));
  }
}

absl::Status Quarantine::ReleaseReference(std::string_view key, std::string_view ref) {
  absl::Status status =
      state_.database().Run("DELETE FROM quarantine_ref WHERE ref = ? AND key = ?", state_.SafeKey(ref), key);
  if (!status.ok()) return status;
  return state_.database().Run(
      "DELETE FROM quarantine WHERE key = ? AND NOT EXISTS (SELECT 1 FROM quarantine_ref WHERE key = ?)", key, key);
}

absl::StatusOr<std::vector<QuarantineEntry>> Quarantine::List(std::size_t limit, bool requeued_only) {
  const std::string sql =
      std::string(kColumns) + (requeued_only ? "WHERE requeued = 1 " : "") + "ORDER BY since_us, key, course LIMIT ?";
  auto statement = state_.database().Prepare(sql);
  if (!statement.ok()) return statement.status();
  statement->Bind(1, static_cast<std::int64_t>(limit));
  return ReadEntries(*statement);
}

absl::StatusOr<std::vector<QuarantineEntry>> Quarantine::Of(std::string_view key) {
  auto statement = state_.database().Prepare(std::string(kColumns) + "WHERE key = ? ORDER BY course");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, key);
  auto entries = ReadEntries(*statement);
  if (entries.ok() && entries->empty()) return absl::NotFoundError("quarantine: no such key");
  return entries;
}

absl::StatusOr<std::string> Quarantine::Payload(std::string_view key, std::string_view course) {
  auto statement = state_.database().Prepare("SELECT sealed FROM quarantine WHERE key = ? AND course = ?");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, key).Bind(2, course).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("quarantine: no such key");
  return state_.Unseal(kTable, key, statement->Bytes(0));
}

absl::Status Quarantine::Requeue(std::string_view key) {
  absl::Status status = state_.database().Run("UPDATE quarantine SET requeued = 1 WHERE key = ?", key);
  if (!status.ok()) return status;
  return state_.database().Changes() > 0 ? absl::OkStatus() : absl::NotFoundError("quarantine: no such key");
}

absl::Status Quarantine::WaitForSource(std::string_view key, std::string_view course) {
  return state_.database().Run("UPDATE quarantine SET requeued = ? WHERE key = ? AND course = ?", kWaitsForSource, key,
                               course);
}

absl::Status Quarantine::RequeueDatedAhead() {
  // The codes of such findings end so (mapping/registry/report/finding_text.cc, report_shape.cc).
  return state_.database().Run("UPDATE quarantine SET requeued = 1 WHERE findings LIKE '%-future\"%' AND requeued <> ?",
                               kWaitsForSource);
}

absl::Status Quarantine::ReleaseOvertaken(std::string_view key) {
  return state_.database().Run("DELETE FROM quarantine WHERE key = ? AND course = '' AND requeued = 1", key);
}

absl::StatusOr<std::int64_t> Quarantine::Count() {
  return state_.database().QueryInteger("SELECT count(*) FROM quarantine");
}

}  // namespace hjerte::adapters
