#include <mutex>
#include <utility>

#include "services/common/sqlite.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/store/sqlite_rows.h"
#include "services/indicator/store/sqlite_store.h"

namespace hjerte::indicator {
namespace {

using common::Database;
using common::Instant;
using common::Statement;

Instant FromMicros(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

// A slice of the log in memory is no larger than this and one entry.
constexpr std::size_t kLogSliceBytes = 8 << 20;
// A slice of the resources looks at no more of them, and takes no more bytes than this and one resource.
constexpr std::int64_t kResourcesLooked = 1000;
constexpr std::size_t kResourceSliceBytes = 4 << 20;
constexpr std::string_view kSelectLog =
    "SELECT commit_seq, authority, citizen, source, delivery_mac, content_mac, received_at, committed_at, content, "
    "chain FROM log ";

LoggedReport TakeLog(const Statement& row) {
  return {.commit_seq = row.Integer(0),
          .authority = std::string(row.Text(1)),
          .citizen = row.Integer(2),
          .source = row.Integer(3),
          .delivery_mac = std::string(row.Bytes(4)),
          .content_mac = std::string(row.Bytes(5)),
          .received_at = FromMicros(row.Integer(6)),
          .committed_at = FromMicros(row.Integer(7)),
          .content = std::string(row.Bytes(8)),
          .chain = std::string(row.Bytes(9))};
}

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
  explicit SqliteReader(SqliteStoreOptions options) : options_(std::move(options)) {}

  absl::Status Open() {
    absl::StatusOr<std::unique_ptr<Database>> database = Database::Open({.file = options_.file,
                                                                         .read_only = true,
                                                                         .cache_bytes = options_.cache_bytes,
                                                                         .vfs = options_.vfs,
                                                                         .when_dead = options_.when_dead});
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
    return absl::OkStatus();
  }

  absl::Status EachCourse(const std::function<absl::Status(const CourseRow&)>& take) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> all =
        Prepare("SELECT authority, course_key, citizen, commit_seq, open, exported, record, newest_event FROM course");
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
    absl::StatusOr<Statement> find = Prepare(
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
    absl::StatusOr<Statement> find = Prepare(
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
    HJERTE_RETURN_IF_ERROR(Revive());
    return database_->QueryInteger("SELECT coalesce(max(commit_seq), 0) FROM log");
  }

  absl::StatusOr<ResourceSlice> ResourcesAfter(const ResourcePlace& place, std::string_view type,
                                               std::string_view authority) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = Prepare(
        "SELECT authority, citizen, type, id, CASE WHEN type = ? AND entered_in_error = 0 THEN body END "
        "FROM resource WHERE (authority, citizen, type, id) > (?, ?, ?, ?) AND (? = '' OR authority = ?) "
        "ORDER BY authority, citizen, type, id LIMIT ?");
    if (!find.ok()) return find.status();
    find->BindAll(type, place.authority, place.citizen, place.type, place.id, authority, authority, kResourcesLooked);
    ResourceSlice slice;
    std::size_t bytes = 0;
    for (std::int64_t looked = 0; bytes < kResourceSliceBytes; ++looked) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) {
        slice.end = looked < kResourcesLooked;
        break;
      }
      slice.last = {std::string(find->Text(0)), find->Integer(1), std::string(find->Text(2)),
                    std::string(find->Text(3))};
      std::string body(find->Bytes(4));
      if (body.empty()) continue;
      bytes += body.size();
      slice.resources.push_back({slice.last.authority, std::move(body)});
    }
    return slice;
  }

  absl::StatusOr<std::vector<LoggedReport>> LogAfter(std::int64_t commit_seq, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find =
        Prepare(std::string(kSelectLog) + "WHERE commit_seq > ? ORDER BY commit_seq LIMIT ?");
    if (!find.ok()) return find.status();
    find->BindAll(commit_seq, static_cast<std::int64_t>(limit));
    std::vector<LoggedReport> entries;
    std::size_t bytes = 0;
    while (bytes < kLogSliceBytes) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      entries.push_back(TakeLog(*find));
      bytes += entries.back().content.size();
    }
    return entries;
  }

  absl::StatusOr<LoggedReport> LogAt(std::int64_t commit_seq) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = Prepare(std::string(kSelectLog) + "WHERE commit_seq = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, commit_seq).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::NotFoundError("the log has no such entry");
    return TakeLog(*find);
  }

  absl::StatusOr<std::int64_t> CommitAt(Instant instant) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find =
        Prepare("SELECT commit_seq FROM log WHERE committed_at <= ? ORDER BY commit_seq DESC LIMIT 1");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, std::int64_t{instant.time_since_epoch().count()}).Step();
    if (!row.ok()) return row.status();
    return *row ? find->Integer(0) : 0;
  }

  absl::StatusOr<SourceRow> Source(SourceId source) override {
    const std::lock_guard lock(mutex_);
    HJERTE_RETURN_IF_ERROR(Revive());
    return ReadSource(*database_, source);
  }

  absl::StatusOr<CitizenRow> Citizen(CitizenId citizen) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = Prepare("SELECT surrogate, lookup FROM citizen WHERE id = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, citizen).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::NotFoundError("no such citizen");
    return CitizenRow{.surrogate = std::string(find->Text(0)), .lookup = std::string(find->Bytes(1))};
  }

  absl::StatusOr<std::vector<EpochRow>> Epochs() override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = Prepare("SELECT from_seq, at, content, engine, today FROM epoch ORDER BY id");
    if (!find.ok()) return find.status();
    std::vector<EpochRow> rows;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return rows;
      rows.push_back({.from_seq = find->Integer(0),
                      .at = FromMicros(find->Integer(1)),
                      .content = std::string(find->Text(2)),
                      .engine = std::string(find->Text(3)),
                      .today = std::string(find->Text(4))});
    }
  }

  absl::StatusOr<std::vector<DeliveryStatus>> Deliveries() override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find =
        Prepare("SELECT authority, last_delivery, reports, refused FROM delivery ORDER BY authority");
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
    absl::StatusOr<Statement> find = Prepare("SELECT id, computed_at, body FROM snapshot ORDER BY id DESC LIMIT 1");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return SnapshotRow{
        .id = find->Integer(0), .computed_at = FromMicros(find->Integer(1)), .body = std::string(find->Bytes(2))};
  }

  absl::StatusOr<VaultRow> Vault(CitizenId citizen) override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> find = Prepare(
        "SELECT surrogate, key, sealed FROM citizen JOIN vault ON vault.citizen = citizen.id WHERE citizen.id = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, citizen).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::NotFoundError("no such citizen");
    return VaultRow{.citizen = citizen,
                    .surrogate = std::string(find->Text(0)),
                    .key = find->Integer(1),
                    .sealed = std::string(find->Bytes(2))};
  }

  absl::StatusOr<common::AuditHead> LastAudit() override {
    const std::lock_guard lock(mutex_);
    absl::StatusOr<Statement> last = Prepare("SELECT audit_seq, chain FROM audit ORDER BY audit_seq DESC LIMIT 1");
    if (!last.ok()) return last.status();
    absl::StatusOr<bool> row = last->Step();
    if (!row.ok()) return row.status();
    if (!*row) return common::AuditHead{};
    return common::AuditHead{.seq = last->Integer(0), .chain = std::string(last->Bytes(1))};
  }

 private:
  // A disk that failed is asked again: the file is opened anew, as often as it takes.
  absl::Status Revive() { return database_->dead() ? Open() : absl::OkStatus(); }

  absl::StatusOr<Statement> Prepare(std::string_view sql) {
    HJERTE_RETURN_IF_ERROR(Revive());
    return database_->Prepare(sql);
  }

  const SqliteStoreOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StoreReader>> OpenSqliteReader(const SqliteStoreOptions& options) {
  auto reader = std::make_unique<SqliteReader>(options);
  HJERTE_RETURN_IF_ERROR(reader->Open());
  return reader;
}

}  // namespace hjerte::indicator
