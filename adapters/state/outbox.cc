#include "adapters/state/outbox.h"

#include <utility>

namespace hjerte::adapters {
namespace {

constexpr std::string_view kTable = "outbox";

std::string JoinLines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return text;
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

absl::Status Outbox::Load() {
  auto statement =
      state_.database().Prepare("SELECT count(*), coalesce(sum(bytes), 0), coalesce(min(queued_at_us), 0) FROM outbox");
  if (!statement.ok()) return statement.status();
  auto row = statement->Step();
  if (!row.ok()) return row.status();
  size_ = {.reports = statement->Integer(0), .bytes = statement->Integer(1), .oldest_us = statement->Integer(2)};
  return absl::OkStatus();
}

absl::Status Outbox::Put(const OutboxReport& report, std::int64_t now_us) {
  const std::string sealed = state_.Seal(kTable, report.delivery_id, report.payload);
  const auto bytes = static_cast<std::int64_t>(sealed.size());
  absl::Status status = state_.database().Run(
      "INSERT INTO outbox (delivery_id, citizen, record, course, refs, bytes, sealed, queued_at_us) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (delivery_id) DO NOTHING",
      report.delivery_id, report.citizen, report.record, report.course, JoinLines(report.refs), bytes,
      common::Blob{sealed}, now_us);
  if (!status.ok() || state_.database().Changes() == 0) return status;
  if (size_.reports == 0) size_.oldest_us = now_us;
  ++size_.reports;
  size_.bytes += bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OutboxEntry>> Outbox::List(std::int64_t after, std::size_t limit) {
  auto statement = state_.database().Prepare(
      "SELECT seq, delivery_id, citizen, attempts, not_before_us FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?");
  if (!statement.ok()) return statement.status();
  statement->BindAll(after, static_cast<std::int64_t>(limit));
  std::vector<OutboxEntry> entries;
  while (true) {
    auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return entries;
    entries.push_back({.seq = statement->Integer(0),
                       .delivery_id = std::string(statement->Text(1)),
                       .citizen = std::string(statement->Text(2)),
                       .attempts = statement->Integer(3),
                       .not_before_us = statement->Integer(4)});
  }
}

absl::StatusOr<std::string> Outbox::Payload(std::int64_t seq) {
  auto statement = state_.database().Prepare("SELECT delivery_id, sealed FROM outbox WHERE seq = ?");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, seq).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("outbox: no such report");
  return state_.Unseal(kTable, statement->Text(0), statement->Bytes(1));
}

absl::StatusOr<OutboxReport> Outbox::Get(std::int64_t seq) {
  auto statement =
      state_.database().Prepare("SELECT delivery_id, citizen, record, course, refs, sealed FROM outbox WHERE seq = ?");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, seq).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("outbox: no such report");
  OutboxReport report{.delivery_id = std::string(statement->Text(0)),
                      .citizen = std::string(statement->Text(1)),
                      .record = std::string(statement->Text(2)),
                      .course = std::string(statement->Text(3)),
                      .refs = SplitLines(statement->Text(4)),
                      .payload = {}};
  auto payload = state_.Unseal(kTable, report.delivery_id, statement->Bytes(5));
  if (!payload.ok()) return payload.status();
  report.payload = *std::move(payload);
  return report;
}

absl::Status Outbox::Remove(std::int64_t seq) {
  auto statement = state_.database().Prepare("DELETE FROM outbox WHERE seq = ? RETURNING bytes");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, seq).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::OkStatus();
  --size_.reports;
  size_.bytes -= statement->Integer(0);
  if (size_.reports == 0) size_.oldest_us = 0;
  return absl::OkStatus();
}

absl::Status Outbox::Postpone(std::int64_t seq, std::int64_t not_before_us) {
  return state_.database().Run("UPDATE outbox SET attempts = attempts + 1, not_before_us = ? WHERE seq = ?",
                               not_before_us, seq);
}

absl::StatusOr<std::int64_t> Outbox::FirstOfCourse(std::string_view record, std::string_view course) {
  auto statement =
      state_.database().Prepare("SELECT coalesce(min(seq), 0) FROM outbox WHERE record = ? AND course = ?");
  if (!statement.ok()) return statement.status();
  auto row = statement->Bind(1, record).Bind(2, course).Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Integer(0) : 0;
}

}  // namespace hjerte::adapters
