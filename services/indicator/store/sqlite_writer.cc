#include <unordered_map>
#include <utility>

#include "absl/strings/str_join.h"
#include "services/common/crypto.h"
#include "services/common/file_descriptor.h"
#include "services/common/file_lock.h"
#include "services/common/scrub.h"
#include "services/common/sqlite.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/store/sqlite_rows.h"
#include "services/indicator/store/sqlite_schema.h"
#include "services/indicator/store/sqlite_store.h"

namespace hjerte::indicator {
namespace {

using common::Blob;
using common::Database;
using common::Instant;
using common::Statement;

// Far more than there are; a sender that calls itself something else each time fills no memory.
constexpr std::size_t kSourcesRemembered = 4096;

std::int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }
Instant FromMicros(std::int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

// Eight bytes, the lowest first: what a field begins with, so that no two lists of fields are the same bytes.
std::string SizeOf(std::string_view field) {
  const auto size = static_cast<std::uint64_t>(field.size());
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(size >> shift));
  return bytes;
}

void AppendField(std::string& out, std::string_view field) {
  out += SizeOf(field);
  out += field;
}

class SqliteWriter final : public StoreWriter {
 public:
  SqliteWriter(SqliteStoreOptions options, common::FileDescriptor lock)
      : options_(std::move(options)), lock_(std::move(lock)) {}

  absl::Status Open() {
    database_.reset();
    absl::StatusOr<std::unique_ptr<Database>> database =
        Database::Open({.file = options_.file, .cache_bytes = options_.cache_bytes, .vfs = options_.vfs});
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
    HJERTE_RETURN_IF_ERROR(common::MigrateSchema(*database_, kSchemaSteps));
    database_->CheckpointBeside(kLogPages);
    return LoadState();
  }

  absl::Status Begin() override {
    if (database_ == nullptr || database_->dead()) HJERTE_RETURN_IF_ERROR(Open());
    if (state_stale_) HJERTE_RETURN_IF_ERROR(LoadState());
    absl::StatusOr<common::Transaction> transaction = common::Transaction::Begin(*database_);
    if (!transaction.ok()) return transaction.status();
    transaction_.emplace(*std::move(transaction));
    return absl::OkStatus();
  }

  absl::Status Commit() override {
    absl::Status status = FlushDeliveries();
    if (status.ok()) status = SealHeads();
    if (!status.ok()) {
      Rollback();
      return status;
    }
    status = transaction_->Commit();
    transaction_.reset();
    if (!status.ok()) ForgetState();
    return status;
  }

  void Rollback() override {
    transaction_.reset();
    ForgetState();
  }

  std::int64_t last_commit_seq() const override { return last_seq_; }

  void SealHeadsWith(const common::SecretKey& key) override {
    head_key_ = key;
    sealed_seq_ = sealed_audit_ = -1;
  }

  absl::StatusOr<std::vector<DataKeyRow>> DataKeys() override { return ReadDataKeys(*database_); }

  absl::Status PutDataKey(const DataKeyRow& row) override {
    return database_->Run("INSERT OR REPLACE INTO data_key VALUES(?, ?, ?, ?)", row.purpose, row.id, row.wrapping,
                          Blob{row.wrapped});
  }

  absl::Status RemoveDataKey(std::string_view purpose, std::int64_t id) override {
    return database_->Run("DELETE FROM data_key WHERE purpose = ? AND id = ?", purpose, id);
  }

  absl::Status RetireWrappings(std::string_view purpose, std::string_view wrapping) override {
    return database_->Run(
        "DELETE FROM data_key WHERE purpose = ?1 AND wrapping <> ?2 AND id IN "
        "(SELECT id FROM data_key WHERE purpose = ?1 AND wrapping = ?2)",
        purpose, wrapping);
  }

  absl::StatusOr<std::vector<VaultRow>> VaultAfter(std::int64_t citizen, std::int64_t but_key,
                                                   std::size_t limit) override {
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT vault.citizen, surrogate, key, sealed FROM vault JOIN citizen ON citizen.id = vault.citizen "
        "WHERE vault.citizen > ? AND key <> ? ORDER BY vault.citizen LIMIT ?");
    if (!find.ok()) return find.status();
    find->BindAll(citizen, but_key, static_cast<std::int64_t>(limit));
    std::vector<VaultRow> rows;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return rows;
      rows.push_back({.citizen = find->Integer(0),
                      .surrogate = std::string(find->Text(1)),
                      .key = find->Integer(2),
                      .sealed = std::string(find->Bytes(3))});
    }
  }

  absl::Status PutVault(std::int64_t citizen, std::int64_t key, std::string_view sealed) override {
    return database_->Run("UPDATE vault SET key = ?, sealed = ? WHERE citizen = ?", key, Blob{sealed}, citizen);
  }

  absl::Status PutLookup(std::int64_t citizen, std::string_view lookup) override {
    return database_->Run("UPDATE citizen SET lookup = ? WHERE id = ?", Blob{lookup}, citizen);
  }

  absl::Status RefreshReferralLookups() override {
    return database_->Run("UPDATE referral SET lookup = (SELECT lookup FROM citizen WHERE id = referral.citizen)");
  }

  absl::StatusOr<std::optional<KnownDelivery>> FindDelivery(std::string_view authority,
                                                            std::string_view delivery_mac) override {
    return Known("SELECT commit_seq, committed_at, content_mac FROM log WHERE authority = ? AND delivery_mac = ?",
                 authority, Blob{delivery_mac});
  }

  absl::StatusOr<std::optional<KnownDelivery>> FindBundle(std::string_view authority, std::string_view profile,
                                                          std::string_view bundle_id) override {
    return Known(
        "SELECT log.commit_seq, log.committed_at, log.content_mac FROM bundle JOIN log USING(commit_seq) "
        "WHERE bundle.authority = ? AND bundle.profile = ? AND bundle.bundle_id = ?",
        authority, profile, bundle_id);
  }

  absl::Status AddBundle(std::string_view authority, std::string_view profile, std::string_view bundle_id,
                         std::int64_t commit_seq) override {
    return database_->Run("INSERT INTO bundle VALUES(?, ?, ?, ?)", authority, profile, bundle_id, commit_seq);
  }

  absl::StatusOr<SourceId> InternSource(const SourceRow& source) override {
    const std::string carries = absl::StrJoin(source.carries, " ");
    std::string key;
    for (std::string_view part : {std::string_view(source.authority), std::string_view(source.name),
                                  std::string_view(source.software), std::string_view(carries)}) {
      AppendField(key, part);
    }
    if (const auto found = sources_.find(key); found != sources_.end()) return found->second;
    if (sources_.size() >= kSourcesRemembered) {
      sources_.clear();
      source_rows_.clear();
    }
    HJERTE_RETURN_IF_ERROR(
        database_->Run("INSERT OR IGNORE INTO source(authority, name, software, carries) VALUES(?, ?, ?, ?)",
                       source.authority, source.name, source.software, carries));
    absl::StatusOr<Statement> find =
        database_->Prepare("SELECT id FROM source WHERE authority = ? AND name = ? AND software = ? AND carries = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->BindAll(source.authority, source.name, source.software, carries).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::InternalError("source row vanished");
    const SourceId id = find->Integer(0);
    sources_.emplace(std::move(key), id);
    source_rows_.insert_or_assign(id, source);
    return id;
  }

  absl::StatusOr<SourceRow> Source(SourceId source) override {
    if (const auto found = source_rows_.find(source); found != source_rows_.end()) return found->second;
    absl::StatusOr<SourceRow> found = ReadSource(*database_, source);
    if (found.ok()) source_rows_.emplace(source, *found);
    return found;
  }

  absl::StatusOr<std::optional<CitizenId>> FindCitizen(std::string_view lookup) override {
    absl::StatusOr<Statement> find = database_->Prepare("SELECT id FROM citizen WHERE lookup = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, Blob{lookup}).Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return find->Integer(0);
  }

  absl::StatusOr<CitizenId> AddCitizen(std::string_view lookup, const VaultRow& cpr) override {
    HJERTE_RETURN_IF_ERROR(
        database_->Run("INSERT INTO citizen(surrogate, lookup) VALUES(?, ?)", cpr.surrogate, Blob{lookup}));
    const CitizenId citizen = database_->LastInsertId();
    HJERTE_RETURN_IF_ERROR(
        database_->Run("INSERT INTO vault(citizen, key, sealed) VALUES(?, ?, ?)", citizen, cpr.key, Blob{cpr.sealed}));
    return citizen;
  }

  absl::StatusOr<std::string> Surrogate(CitizenId citizen) override {
    absl::StatusOr<Statement> find = database_->Prepare("SELECT surrogate FROM citizen WHERE id = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, citizen).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::NotFoundError("no such citizen");
    return std::string(find->Text(0));
  }

  absl::StatusOr<std::vector<ResourceRow>> Resources(std::string_view authority, CitizenId citizen) override {
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT type, id, stamp, entered_in_error, sha, source, body FROM resource WHERE authority = ? AND citizen = "
        "?");
    if (!find.ok()) return find.status();
    find->BindAll(authority, citizen);
    std::vector<ResourceRow> rows;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return rows;
      rows.push_back({.type = std::string(find->Text(0)),
                      .id = std::string(find->Text(1)),
                      .stamp = FromMicros(find->Integer(2)),
                      .entered_in_error = find->Integer(3) != 0,
                      .sha = std::string(find->Bytes(4)),
                      .source = find->Integer(5),
                      .body = std::string(find->Bytes(6))});
    }
  }

  absl::Status PutResource(std::string_view authority, CitizenId citizen, const ResourceRow& resource) override {
    return database_->Run("INSERT OR REPLACE INTO resource VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", authority, citizen,
                          resource.type, resource.id, Micros(resource.stamp), resource.entered_in_error ? 1 : 0,
                          Blob{resource.sha}, resource.source, Blob{resource.body});
  }

  absl::StatusOr<std::optional<ReferralRow>> Referral(std::string_view authority, std::string_view id) override {
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT citizen, stamp, entered_in_error, sha, lookup FROM referral WHERE authority = ? AND id = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->BindAll(authority, id).Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return ReferralRow{.citizen = find->Integer(0),
                       .stamp = FromMicros(find->Integer(1)),
                       .entered_in_error = find->Integer(2) != 0,
                       .sha = std::string(find->Bytes(3)),
                       .lookup = std::string(find->Bytes(4))};
  }

  absl::Status PutReferral(std::string_view authority, std::string_view id, const ReferralRow& referral) override {
    return database_->Run("INSERT OR REPLACE INTO referral VALUES(?, ?, ?, ?, ?, ?, ?)", authority, id,
                          referral.citizen, Micros(referral.stamp), referral.entered_in_error ? 1 : 0,
                          Blob{referral.sha}, Blob{referral.lookup});
  }

  absl::StatusOr<std::vector<CourseRow>> Courses(std::string_view authority, CitizenId citizen) override {
    absl::StatusOr<Statement> find = database_->Prepare(
        "SELECT course_key, commit_seq, open, exported, record, newest_event FROM course "
        "WHERE authority = ? AND citizen = ?");
    if (!find.ok()) return find.status();
    find->BindAll(authority, citizen);
    std::vector<CourseRow> rows;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return rows;
      rows.push_back({.authority = std::string(authority),
                      .course_key = std::string(find->Text(0)),
                      .citizen = citizen,
                      .commit_seq = find->Integer(1),
                      .open = find->Integer(2) != 0,
                      .exported = find->Integer(3) != 0,
                      .record = std::string(find->Bytes(4)),
                      .newest_event = std::string(find->Text(5))});
    }
  }

  absl::Status PutCourse(const CourseRow& course) override {
    return database_->Run("INSERT OR REPLACE INTO course VALUES(?, ?, ?, ?, ?, ?, ?, ?)", course.authority,
                          course.citizen, course.course_key, course.commit_seq, course.open ? 1 : 0,
                          course.exported ? 1 : 0, Blob{course.record}, course.newest_event);
  }

  absl::Status RemoveCourse(std::string_view authority, CitizenId citizen, std::string_view course_key) override {
    return database_->Run("DELETE FROM course WHERE authority = ? AND citizen = ? AND course_key = ?", authority,
                          citizen, course_key);
  }

  absl::StatusOr<std::vector<std::pair<std::string, CitizenId>>> CitizensAfter(
      const std::pair<std::string, CitizenId>& position, bool open_only, std::size_t limit) override {
    absl::StatusOr<Statement> find = database_->Prepare(
        open_only ? "SELECT DISTINCT authority, citizen FROM course WHERE open = 1 AND (authority, citizen) > (?, ?) "
                    "ORDER BY authority, citizen LIMIT ?"
                  : "SELECT DISTINCT authority, citizen FROM resource WHERE (authority, citizen) > (?, ?) "
                    "ORDER BY authority, citizen LIMIT ?");
    if (!find.ok()) return find.status();
    find->BindAll(position.first, position.second, static_cast<std::int64_t>(limit));
    std::vector<std::pair<std::string, CitizenId>> citizens;
    while (true) {
      absl::StatusOr<bool> row = find->Step();
      if (!row.ok()) return row.status();
      if (!*row) return citizens;
      citizens.emplace_back(std::string(find->Text(0)), find->Integer(1));
    }
  }

  absl::StatusOr<std::int64_t> AppendLog(const LogEntry& entry, Instant committed_at) override {
    const std::int64_t seq = last_seq_ + 1;
    std::string chain = LogChain(chain_, seq, entry, committed_at);
    HJERTE_RETURN_IF_ERROR(database_->Run("INSERT INTO log VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", seq, entry.authority,
                                          entry.citizen, entry.source, Blob{entry.delivery_mac},
                                          Blob{entry.content_mac}, Micros(entry.received_at), Micros(committed_at),
                                          Blob{entry.content}, Blob{chain}));
    last_seq_ = seq;
    chain_ = std::move(chain);
    DeliveryStatus& status = deliveries_[entry.authority];
    status.last_delivery = committed_at;
    ++status.reports;
    return seq;
  }

  absl::Status AppendChange(const ChangeRow& change) override {
    return database_->Run("INSERT INTO change VALUES(?, ?, ?, ?, ?, ?, ?, ?)", ++last_change_, change.commit_seq,
                          Micros(change.committed_at), static_cast<int>(change.kind), change.authority,
                          change.course_key, change.citizen, Blob{change.record});
  }

  absl::Status CountRefusals(std::string_view authority, std::int64_t refused) override {
    deliveries_[std::string(authority)].refused += refused;
    return absl::OkStatus();
  }

  absl::Status AppendAudit(const AuditRow& given) override {
    AuditRow audit = given;
    audit.reason = common::ScrubCpr(given.reason);  // people write numbers of citizens into reasons
    std::string chain = common::AuditChain(audit_chain_, audit);
    HJERTE_RETURN_IF_ERROR(database_->Run("INSERT INTO audit VALUES(?, ?, ?, ?, ?, ?, ?)", last_audit_ + 1,
                                          Micros(audit.at), audit.who, audit.action, audit.object, audit.reason,
                                          Blob{chain}));
    ++last_audit_;
    audit_chain_ = std::move(chain);
    return absl::OkStatus();
  }

  absl::Status PutSnapshot(const SnapshotRow& snapshot, int keep) override {
    HJERTE_RETURN_IF_ERROR(database_->Run("INSERT INTO snapshot(computed_at, body) VALUES(?, ?)",
                                          Micros(snapshot.computed_at), Blob{snapshot.body}));
    return database_->Run("DELETE FROM snapshot WHERE id NOT IN (SELECT id FROM snapshot ORDER BY id DESC LIMIT ?)",
                          keep);
  }

  absl::Status AppendEpoch(const EpochRow& epoch) override {
    absl::StatusOr<Statement> last =
        database_->Prepare("SELECT content, engine, today FROM epoch ORDER BY id DESC LIMIT 1");
    if (!last.ok()) return last.status();
    absl::StatusOr<bool> row = last->Step();
    if (!row.ok()) return row.status();
    if (*row && last->Text(0) == epoch.content && last->Text(1) == epoch.engine && last->Text(2) == epoch.today) {
      return absl::OkStatus();
    }
    return database_->Run("INSERT INTO epoch(from_seq, at, content, engine, today) VALUES(?, ?, ?, ?, ?)",
                          epoch.from_seq, Micros(epoch.at), epoch.content, epoch.engine, epoch.today);
  }

  absl::StatusOr<std::optional<std::string>> Meta(std::string_view key) override {
    absl::StatusOr<Statement> find = database_->Prepare("SELECT value FROM meta WHERE key = ?");
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->Bind(1, key).Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return std::string(find->Text(0));
  }

  absl::Status PutMeta(std::string_view key, std::string_view value) override {
    return database_->Run("INSERT OR REPLACE INTO meta VALUES(?, ?)", key, value);
  }

 private:
  template <typename... Keys>
  absl::StatusOr<std::optional<KnownDelivery>> Known(std::string_view sql, const Keys&... keys) {
    absl::StatusOr<Statement> find = database_->Prepare(sql);
    if (!find.ok()) return find.status();
    absl::StatusOr<bool> row = find->BindAll(keys...).Step();
    if (!row.ok()) return row.status();
    if (!*row) return std::nullopt;
    return KnownDelivery{.commit_seq = find->Integer(0),
                         .committed_at = FromMicros(find->Integer(1)),
                         .content_mac = std::string(find->Bytes(2))};
  }

  // What is kept in memory beside the file is read again after a rollback.
  void ForgetState() {
    state_stale_ = true;
    sealed_seq_ = sealed_audit_ = -1;
    sources_.clear();
    source_rows_.clear();
    deliveries_.clear();
  }

  absl::Status LoadState() {
    ForgetState();
    HJERTE_RETURN_IF_ERROR(
        LoadLast("SELECT commit_seq, chain FROM log ORDER BY commit_seq DESC LIMIT 1", last_seq_, chain_));
    HJERTE_RETURN_IF_ERROR(
        LoadLast("SELECT audit_seq, chain FROM audit ORDER BY audit_seq DESC LIMIT 1", last_audit_, audit_chain_));
    std::string none;
    HJERTE_RETURN_IF_ERROR(
        LoadLast("SELECT change_seq, x'' FROM change ORDER BY change_seq DESC LIMIT 1", last_change_, none));
    state_stale_ = false;
    return absl::OkStatus();
  }

  absl::Status LoadLast(std::string_view sql, std::int64_t& number, std::string& chain) {
    absl::StatusOr<Statement> last = database_->Prepare(sql);
    if (!last.ok()) return last.status();
    absl::StatusOr<bool> row = last->Step();
    if (!row.ok()) return row.status();
    number = *row ? last->Integer(0) : 0;
    chain = *row ? std::string(last->Bytes(1)) : std::string();
    return absl::OkStatus();
  }

  // Both heads at most once a commit, and only where they moved.
  absl::Status SealHeads() {
    if (!head_key_.has_value()) return absl::OkStatus();
    if (sealed_seq_ != last_seq_) {
      HJERTE_RETURN_IF_ERROR(PutMeta(
          common::kSealOfLog, common::SealHead(*head_key_, common::kSealOfLog, {.seq = last_seq_, .chain = chain_})));
      sealed_seq_ = last_seq_;
    }
    if (sealed_audit_ == last_audit_) return absl::OkStatus();
    HJERTE_RETURN_IF_ERROR(
        PutMeta(common::kSealOfAudit,
                common::SealHead(*head_key_, common::kSealOfAudit, {.seq = last_audit_, .chain = audit_chain_})));
    sealed_audit_ = last_audit_;
    return absl::OkStatus();
  }

  // One row for each authority of the batch rather than one for each report.
  absl::Status FlushDeliveries() {
    for (const auto& [authority, status] : deliveries_) {
      HJERTE_RETURN_IF_ERROR(database_->Run(
          "INSERT INTO delivery VALUES(?1, ?2, ?3, ?4) ON CONFLICT(authority) DO UPDATE SET "
          "last_delivery = iif(?3 > 0, ?2, last_delivery), reports = reports + ?3, refused = refused + ?4",
          authority, Micros(status.last_delivery), status.reports, status.refused));
    }
    deliveries_.clear();
    return absl::OkStatus();
  }

  SqliteStoreOptions options_;
  common::FileDescriptor lock_;
  std::unique_ptr<Database> database_;
  std::optional<common::Transaction> transaction_;
  bool state_stale_ = false;
  std::int64_t last_seq_ = 0;
  std::int64_t last_change_ = 0;
  std::int64_t last_audit_ = 0;
  std::optional<common::SecretKey> head_key_;
  std::int64_t sealed_seq_ = -1;  // the last records whose heads are sealed in the file
  std::int64_t sealed_audit_ = -1;
  std::string chain_;
  std::string audit_chain_;
  std::unordered_map<std::string, SourceId> sources_;
  std::unordered_map<SourceId, SourceRow> source_rows_;
  std::unordered_map<std::string, DeliveryStatus> deliveries_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StoreWriter>> OpenSqliteWriter(const SqliteStoreOptions& options) {
  common::FileDescriptor lock;
  if (!options.file.empty()) {
    absl::StatusOr<common::FileDescriptor> taken = common::LockBeside(options.file);
    if (!taken.ok()) return taken.status();
    lock = *std::move(taken);
  }
  auto writer = std::make_unique<SqliteWriter>(options, std::move(lock));
  if (absl::Status status = writer->Open(); !status.ok()) return status;
  return writer;
}

std::string LogChain(std::string_view previous, std::int64_t commit_seq, const LogEntry& entry, Instant committed_at) {
  common::Sha256Hasher hasher;
  const auto add = [&](std::string_view field) {
    hasher.Update(SizeOf(field));
    hasher.Update(field);
  };
  add(previous);
  for (const std::int64_t number :
       {commit_seq, entry.citizen, entry.source, Micros(entry.received_at), Micros(committed_at)}) {
    add(std::to_string(number));
  }
  for (const std::string_view text : {std::string_view(entry.authority), std::string_view(entry.delivery_mac),
                                      std::string_view(entry.content_mac), entry.content}) {
    add(text);
  }
  return hasher.Finish();
}

absl::StatusOr<std::vector<DataKeyRow>> ReadDataKeys(Database& database) {
  absl::StatusOr<Statement> all = database.Prepare("SELECT purpose, id, wrapping, wrapped FROM data_key");
  if (!all.ok()) return all.status();
  std::vector<DataKeyRow> rows;
  while (true) {
    absl::StatusOr<bool> row = all->Step();
    if (!row.ok()) return row.status();
    if (!*row) return rows;
    rows.push_back({.purpose = std::string(all->Text(0)),
                    .id = all->Integer(1),
                    .wrapping = std::string(all->Text(2)),
                    .wrapped = std::string(all->Bytes(3))});
  }
}

}  // namespace hjerte::indicator
