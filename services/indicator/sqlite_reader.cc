#include <mutex>
#include <utility>

#include "services/common/sqlite.h"
#include "services/indicator/sqlite_store.h"

namespace hjerte::indicator {
namespace {

using common::Database;
using common::Instant;
using common::Statement;

Instant FromMicros(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

CourseRow TakeCourse(const Statement& row) {
  return {.authority = std::string(row.Text(0)),
          .course_key = std::string(row.Text(1)),
          .citizen = row.Integer(2),
          .commit_seq = row.Integer(3),
          .open = row.Integer(4) != 0,
          .exported = row.Integer(5) != 0,
          .record = std::string(row.Bytes(6)),
          .newest_event = std::string(row.Text(7))};
}

class SqliteReader final : public StoreReader {
 public:
  explicit SqliteReader(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status EachCourse(const std::function<absl::Status(const CourseRow&)>& take) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> all = database_->Prepare(
        "SELECT authority, course_key, citizen, commit_seq, open, exported, record, newest_event FROM course");
    if (!all.ok()) return all.status();
    while (true) {
      absl::StatusOr<bool> row = all->Step();
      if (!row.ok()) return row.status();
      if (!*row) return absl::OkStatus();
      if (absl::Status status = take(TakeCourse(*all)); !status.ok()) return status;
    }
  }

  absl::StatusOr<std::optional<CourseRow>> FindCourse(std::string_view authority,
                                                      std::string_view course_key) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT authority, course_key, citizen, commit_seq, open, exported, record, newest_event FROM course "
        "WHERE authority = ? AND course_key = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->BindAll(authority, course_key).Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return TakeCourse(*find);
  }

  absl::StatusOr<std::vector<ChangeRow>> ChangesAfter(std::int64_t change_seq, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT change_seq, commit_seq, committed_at, kind, authority, course_key, citizen, record FROM change "
        "WHERE change_seq > ? ORDER BY change_seq LIMIT ?");
    if (!find.ok()) return find.status();
    find->BindAll(change_seq, static_cast<std::int64_t>(limit));
    std::vector<ChangeRow> rows;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return rows;
      rows.push_back({.change_seq = find->Integer(0),
                      .commit_seq = find->Integer(1),
                      .committed_at = FromMicros(find->Integer(2)),
                      .kind = static_cast<ChangeKind>(find->Integer(3)),
                      .authority = std::string(find->Text(4)),
                      .course_key = std::string(find->Text(5)),
                      .citizen = find->Integer(6),
                      .record = std::string(find->Bytes(7))});
    }
  }

  absl::StatusOr<std::int64_t> LastCommitSeq() override {
    const std::lock_guard lock(mutex_);
    return database_->QueryInteger("SELECT coalesce(max(commit_seq), 0) FROM log");
  }

  absl::StatusOr<std::vector<DeliveryStatus>> Deliveries() override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find =
        database_->Prepare("SELECT authority, last_delivery, reports, refused FROM delivery ORDER BY authority");
    if (!find.ok()) return find.status();
    std::vector<DeliveryStatus> rows;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return rows;
      rows.push_back({.authority = std::string(find->Text(0)),
                      .last_delivery = FromMicros(find->Integer(1)),
                      .reports = find->Integer(2),
                      .refused = find->Integer(3)});
    }
  }

  absl::StatusOr<std::optional<SnapshotRow>> LatestSnapshot() override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find =
        database_->Prepare("SELECT id, computed_at, body FROM snapshot ORDER BY id DESC LIMIT 1");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return SnapshotRow{
        .id = find->Integer(0), .computed_at = FromMicros(find->Integer(1)), .body = std::string(find->Bytes(2))};
  }

  absl::StatusOr<SealedCpr> Vault(CitizenId citizen) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT surrogate, sealed FROM citizen JOIN vault ON vault.citizen = citizen.id WHERE citizen.id = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, citizen).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::NotFoundError("no such citizen");
    return SealedCpr{.surrogate = std::string(find->Text(0)), .sealed = std::string(find->Bytes(1))};
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StoreReader>> OpenSqliteReader(const SqliteStoreOptions& options) {
  absl::StatusOr<std::unique_ptr<Database>> database =
      Database::Open({.file = options.file, .read_only = true, .cache_bytes = options.cache_bytes, .vfs = options.vfs});
  if (!database.ok()) return database.status();
  return std::make_unique<SqliteReader>(*std::move(database));
}

}  // namespace hjerte::indicator
