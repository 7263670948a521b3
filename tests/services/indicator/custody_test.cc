// Keys, backups and the audit log of the central service, with real files, TLS and gRPC.
#include <fstream>
#include <span>
#include <thread>

#include "hjertegateway/v1/admin.grpc.pb.h"
#include "services/common/audit_log.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/sqlite.h"
#include "services/indicator/custody/backup.h"
#include "services/indicator/custody/restore.h"
#include "services/indicator/vault/key_ring.h"
#include "tests/guesses.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/temporary_folder.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Custody : public CentralTest {
 protected:
  grpc::Status Rotate(v1::KeyKind kind, v1::RotateKeysResponse& response, const std::string& who = "admin-ops") {
    v1::RotateKeysRequest request;
    request.set_kind(kind);
    request.set_reason("test");
    grpc::ClientContext context;
    return v1::AdminService::NewStub(ChannelOf(who))->RotateKeys(&context, request, &response);
  }

  v1::BackupResponse Backup() {
    v1::BackupRequest request;
    request.set_reason("test");
    v1::BackupResponse response;
    grpc::ClientContext context;
    const grpc::Status status = v1::AdminService::NewStub(ChannelOf("admin-ops"))->Backup(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  void Publish() {
    grpc::ClientContext context;
    v1::PublishSnapshotResponse response;
    ASSERT_TRUE(v1::IndicatorService::NewStub(ChannelOf("admin-ops"))->PublishSnapshot(&context, {}, &response).ok());
  }

  // What everyone may read of the year, as bytes.
  std::string Published() {
    v1::GetResultsResponse response;
    EXPECT_TRUE(GetResults("reader-public", YearOf("2025", false), response).ok());
    return response.SerializeAsString();
  }

  static CourseReport Course(int i) { return {.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)}; }

  // Every number the exporter gets, by course.
  std::map<std::string, std::string> Numbers() {
    std::map<std::string, std::string> numbers;
    for (const auto& change : Export()) numbers[change.course().course_key()] = change.cpr();
    return numbers;
  }

  // The courses of that many citizens, and so many more of the first one.
  void ExpectEverythingReadable(int citizens, int of_the_first) {
    auto numbers = Numbers();
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(citizens + of_the_first));
    for (int i = 0; i < citizens; ++i) EXPECT_EQ(numbers[Course(i).key], Course(i).cpr);
    for (int i = 0; i < of_the_first; ++i) EXPECT_EQ(numbers["known-" + std::to_string(i)], Course(0).cpr);
  }

  std::unique_ptr<common::Database> OpenFile() {
    auto database = common::Database::Open({.file = config_.store_file});
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }

  KeyFiles Files() const { return {.vault = config_.vault_key, .pseudonym = config_.pseudonym_key}; }
};

TEST_F(Custody, EveryKeyIsExchangedWhileDeliveriesGoOnAndEverythingStaysReadable) {
  StartService();
  int citizens = 0;
  int round = 0;
  for (const v1::KeyKind kind : {v1::KEY_KIND_VAULT, v1::KEY_KIND_PSEUDONYM, v1::KEY_KIND_VAULT_WRAPPING,
                                 v1::KEY_KIND_PSEUDONYM_WRAPPING, v1::KEY_KIND_VAULT, v1::KEY_KIND_PSEUDONYM}) {
    if (kind == v1::KEY_KIND_VAULT_WRAPPING) {
      ASSERT_TRUE(common::CreateKeyFile(common::NextKeyFile(config_.vault_key)).ok());
    }
    if (kind == v1::KEY_KIND_PSEUDONYM_WRAPPING) {
      ASSERT_TRUE(common::CreateKeyFile(common::NextKeyFile(config_.pseudonym_key)).ok());
    }
    ChannelOf("admin-ops");
    std::vector<v1::DeliverRequest> requests;
    for (int i = 0; i < 20; ++i) requests.push_back(Request(Course(citizens + i).Bundle()));
    // The first citizen is known: the same person must be found again, whatever the keys.
    CourseReport known = Course(0);
    known.key = "known-" + std::to_string(round++);
    requests.push_back(Request(known.Bundle()));
    std::thread rotating([&] {
      v1::RotateKeysResponse response;
      const grpc::Status status = Rotate(kind, response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.left_to_do(), "");
    });
    for (const v1::DeliverResponse& answer : Deliver(requests)) EXPECT_TRUE(answer.has_receipt());
    rotating.join();
    citizens += 20;
    ExpectEverythingReadable(citizens, round);
    StopService();
    EXPECT_EQ(*OpenFile()->QueryInteger("SELECT count(*) FROM citizen"), citizens);
    EXPECT_EQ(*OpenFile()->QueryInteger("SELECT count(DISTINCT key) FROM vault"), 1);
    StartService();
    ExpectEverythingReadable(citizens, round);
  }
}

TEST_F(Custody, ARotationThatACrashCutShortIsFinishedAtTheNextStart) {
  StartService();
  DeliverCourses({Course(0), Course(1), Course(2)});
  StopService();
  // As a crash leaves it: the new key is there, one number is sealed with it, the old ones are not.
  {
    auto database = OpenFile();
    const auto rows = ReadDataKeys(*database);
    const auto ring = KeyRing::Read(*rows, Files());
    ASSERT_TRUE(ring.ok());
    const auto provider = common::OpenKeyFile(config_.vault_key);
    const common::SecretKey next(std::string(32, 'n'));
    ASSERT_TRUE(database
                    ->Run("INSERT INTO data_key VALUES('vault', 2, ?, ?)", (*provider)->id(),
                          common::Blob{*(*provider)->Wrap(next, kVaultPurpose)})
                    .ok());
    auto row = *database->Prepare(
        "SELECT surrogate, key, sealed FROM vault JOIN citizen ON id = citizen WHERE vault.citizen = 1");
    ASSERT_TRUE(*row.Step());
    const std::string surrogate(row.Text(0));
    const std::string number = *(*ring)->OpenNumber(
        {.citizen = 1, .surrogate = surrogate, .key = row.Integer(1), .sealed = std::string(row.Bytes(2))});
    row.Reset();
    ASSERT_TRUE(database
                    ->Run("UPDATE vault SET key = 2, sealed = ? WHERE citizen = 1",
                          common::Blob{common::Seal(next, number, surrogate)})
                    .ok());
  }
  StartService();
  ExpectEverythingReadable(3, 0);
  StopService();
  EXPECT_EQ(*OpenFile()->QueryInteger("SELECT count(*) FROM vault WHERE key = 2"), 3);
  EXPECT_EQ(*OpenFile()->QueryInteger("SELECT count(*) FROM data_key WHERE purpose = 'vault'"), 1);
}

TEST_F(Custody, AWrappingKeyMayBeExchangedInSteps) {
  StartService();
  DeliverCourses({Course(0)});
  StopService();
  const std::string old_key = tests::ReadFile(config_.vault_key);
  // A crash after the store was wrapped anew and before the file was put in its place: either file opens the store.
  ASSERT_TRUE(common::CreateKeyFile(common::NextKeyFile(config_.vault_key)).ok());
  {
    auto database = OpenFile();
    const auto ring = KeyRing::Read(*ReadDataKeys(*database), Files());
    const auto next = common::OpenKeyFile(common::NextKeyFile(config_.vault_key));
    for (const KeyRing::DataKey& key : (*ring)->DataKeysOf({kVaultPurpose})) {
      ASSERT_TRUE(database
                      ->Run("INSERT INTO data_key VALUES('vault', ?, ?, ?)", key.id, (*next)->id(),
                            common::Blob{*(*next)->Wrap(key.key, kVaultPurpose)})
                      .ok());
    }
  }
  StartService();
  ExpectEverythingReadable(1, 0);
  StopService();
  std::filesystem::rename(common::NextKeyFile(config_.vault_key), config_.vault_key);
  StartService();
  ExpectEverythingReadable(1, 0);
  StopService();
  // From then on the old key opens nothing.
  std::ofstream(config_.vault_key) << old_key;
  const common::Logger log(log_, clock_, common::LogLevel::kInfo, "indicator");
  const auto refused = CentralService::Start(config_, clock_, log);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("wrapped by another key file"));
}

TEST_F(Custody, AStolenStoreAndBackupGiveNoNumberBackByGuessing) {
  StartService();
  tests::Guesses guesses;
  std::vector<v1::DeliverRequest> requests;
  for (int i = 0; i < 12; ++i) {
    const CourseReport course = Course(i);
    requests.push_back(Request(course.Bundle()));
    // The thief knows the whole report but the number, and tries numbers: the report, its ids, and the number itself.
    guesses.Add(course.Bundle());
    guesses.Add(requests.back().delivery_id());
    for (const std::string& form : tests::FormsOf(course.cpr, "0751")) guesses.Add(form);
  }
  for (const v1::DeliverResponse& answer : Deliver(requests)) ASSERT_TRUE(answer.has_receipt());
  const v1::BackupResponse backup = Backup();
  StopService();
  std::vector<std::filesystem::path> files = tests::FilesOf(config_.store_file);
  files.push_back(backup.file());
  files.push_back(ManifestFile(backup.file()));
  EXPECT_THAT(guesses.FoundIn(files), IsEmpty());
  for (const std::filesystem::path& file : files) {
    const auto others = std::filesystem::status(file).permissions() &
                        (std::filesystem::perms::group_all | std::filesystem::perms::others_all);
    EXPECT_EQ(others, std::filesystem::perms::none) << file;
    const std::string bytes = tests::ReadFile(file);
    for (const std::filesystem::path& key : {config_.vault_key, config_.pseudonym_key}) {
      const std::string hex = tests::ReadFile(key).substr(0, 64);
      EXPECT_EQ(bytes.find(hex), std::string::npos) << "a key lies in " << file;
      EXPECT_EQ(bytes.find(*common::FromHex(hex)), std::string::npos) << "a key lies in " << file;
    }
  }
}

TEST_F(Custody, ABackupIsWholeWhileDeliveriesGoOn) {
  StartService();
  DeliverCourses({Course(0), Course(1)});
  ChannelOf("admin-ops");
  std::thread delivering([&] {
    std::vector<CourseReport> courses;
    for (int i = 2; i < 40; ++i) courses.push_back(Course(i));
    DeliverCourses(courses);
  });
  const v1::BackupResponse backup = Backup();
  delivering.join();
  const auto manifest = CheckBackup(backup.file());
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->commit_seq, backup.commit_seq());
  EXPECT_GE(manifest->commit_seq, 2);
  // One changed byte is found.
  std::fstream file(backup.file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('~');
  file.close();
  EXPECT_EQ(CheckBackup(backup.file()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(Custody, OfADamagedFileNoBackupIsMade) {
  StartService();
  DeliverCourses({Course(0), Course(1)});
  ChannelOf("admin-ops");
  const v1::BackupResponse backup = Backup();
  constexpr std::streamoff kPage = 4096;
  std::fstream file(backup.file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5 * kPage);
  file << std::string(kPage, '~');
  file.close();
  const std::string again = backup.file() + ".again";
  EXPECT_EQ(MakeBackup(backup.file(), again, {}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(std::filesystem::exists(again));
  EXPECT_FALSE(std::filesystem::exists(again + ".part"));
}

TEST_F(Custody, ADamagedStoreIsRefusedAtStartWithWhatToDo) {
  StartService();
  DeliverCourses({Course(0), Course(1)});
  StopService();
  constexpr std::streamoff kPage = 4096;
  std::fstream file(config_.store_file, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5 * kPage);
  file << std::string(kPage, '~');
  file.close();
  const auto started = CentralService::Start(config_, clock_, {});
  EXPECT_EQ(started.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(started.status().message()),
              AllOf(HasSubstr(config_.store_file.string()), HasSubstr("hjerte restore")));
}

// Figures of a series are safe beside each other; a series that began anew at the backup would not be beside what was
// published after it.
TEST_F(Custody, ARestoredStoreGoesOnWithWhatWasPublishedLast) {
  StartService();
  const std::string backup = Backup().file();
  std::vector<CourseReport> courses;
  for (int i = 0; i < 12; ++i) courses.push_back(Course(i));
  DeliverCourses(courses);
  Publish();
  const std::string before = Published();
  ASSERT_THAT(before, HasSubstr("K1"));
  StopService();
  const auto restore = [&] {
    return RestoreStore(backup, config_.store_file, Files(), /*replace=*/true,
                        {.at = clock_.Now(), .who = "test", .action = "restore", .object = "backup", .reason = "test"});
  };
  const absl::StatusOr<bool> taken_over = restore();
  ASSERT_TRUE(taken_over.ok()) << taken_over.status();
  EXPECT_TRUE(*taken_over);
  StartService();
  EXPECT_TRUE(Live().empty());
  EXPECT_EQ(Published(), before);
  StopService();
  std::ofstream(config_.store_file, std::ios::trunc) << "no store";
  const absl::StatusOr<bool> from_nothing = restore();
  ASSERT_TRUE(from_nothing.ok()) << from_nothing.status();
  EXPECT_FALSE(*from_nothing) << "the operator is to know that the series begins anew";
}

TEST_F(Custody, ABackupMadeWhileTheClockRanAheadGoesOnWithWhatWasPublishedAfterIt) {
  StartService();
  clock_.Advance(std::chrono::hours(24 * 365));
  std::vector<CourseReport> courses;
  for (int i = 0; i < 12; ++i) courses.push_back(Course(i));
  DeliverCourses(courses);
  Publish();
  const std::string of_backup = Published();
  const std::string backup = Backup().file();
  clock_.Advance(-std::chrono::hours(24 * 364));
  courses.clear();
  for (int i = 12; i < 24; ++i) courses.push_back(Course(i));
  DeliverCourses(courses);
  Publish();
  const std::string before = Published();
  ASSERT_NE(before, of_backup);
  StopService();
  const auto taken_over =
      RestoreStore(backup, config_.store_file, Files(), /*replace=*/true,
                   {.at = clock_.Now(), .who = "test", .action = "restore", .object = "backup", .reason = "test"});
  ASSERT_TRUE(taken_over.ok()) << taken_over.status();
  EXPECT_TRUE(*taken_over);
  StartService();
  EXPECT_EQ(Published(), before);
}

TEST_F(Custody, AServiceThatStartsOnARestoredStoreSaysSoOnce) {
  StartService();
  const std::string backup = Backup().file();
  StopService();
  EXPECT_THAT(log_->Lines(), Not(Contains(HasSubstr("event=store_restored"))));
  const auto restored = RestoreStore(
      backup, config_.store_file, Files(), /*replace=*/true,
      {.at = clock_.Now(), .who = "test", .action = "restore", .object = "backup of yesterday", .reason = "test"});
  ASSERT_TRUE(restored.ok()) << restored.status();
  StartService();
  StopService();
  StartService();
  EXPECT_THAT(
      log_->Lines(),
      Contains(HasSubstr("event=store_restored from=\"backup of yesterday, put in place 2026-02-01T12:00")).Times(1));
}

// A new store publishes at once that there is nothing; what the public remembers is the snapshot of the backup.
TEST_F(Custody, ARestoreOverANewStoreGoesOnWithTheSeriesOfTheBackup) {
  StartService();
  std::vector<CourseReport> courses;
  for (int i = 0; i < 12; ++i) courses.push_back(Course(i));
  DeliverCourses(courses);
  clock_.Advance(std::chrono::hours(1));
  Publish();
  const std::string before = Published();
  ASSERT_THAT(before, HasSubstr("K1"));
  const std::string backup = Backup().file();
  StopService();
  for (const std::filesystem::path& file : tests::FilesOf(config_.store_file)) std::filesystem::remove(file);
  clock_.Advance(std::chrono::hours(1));
  StartService();
  ASSERT_THAT(Published(), Not(HasSubstr("K1")));
  StopService();
  const absl::StatusOr<bool> taken_over =
      RestoreStore(backup, config_.store_file, Files(), /*replace=*/true,
                   {.at = clock_.Now(), .who = "test", .action = "restore", .object = "backup", .reason = "test"});
  ASSERT_TRUE(taken_over.ok()) << taken_over.status();
  EXPECT_FALSE(*taken_over) << "the operator is to know that what came after the backup is no part of it";
  StartService();
  EXPECT_EQ(Published(), before);
  DeliverCourses({Course(12)});
  Publish();
  const auto without_provenance = [](const std::string& bytes) {
    v1::GetResultsResponse response;
    response.ParseFromString(bytes);
    response.clear_provenance();
    return response.SerializeAsString();
  };
  EXPECT_EQ(without_provenance(Published()), without_provenance(before)) << "one more course is not to be seen";
}

// Versions of the schema before this one, written by their steps.
TEST_F(Custody, ARestoreThatWasKilledLeavesNothingInTheStoreOfTheNextOne) {
  StartService();
  DeliverCourses({Course(0)});
  const std::string backup = Backup().file();
  StopService();
  const std::filesystem::path half = config_.store_file.string() + ".restoring";
  const std::filesystem::path newer = half.string() + "-wal";
  std::filesystem::copy_file(backup, half);
  {
    auto killed = common::Database::Open({.file = half});
    ASSERT_TRUE(killed.ok()) << killed.status();
    ASSERT_TRUE((*killed)->Execute("DELETE FROM course").ok());
    std::filesystem::copy_file(newer, half.string() + "-kept");
  }
  std::filesystem::rename(half.string() + "-kept", newer);
  const absl::StatusOr<bool> restored =
      RestoreStore(backup, config_.store_file, Files(), /*replace=*/true,
                   {.at = clock_.Now(), .who = "test", .action = "restore", .object = "backup", .reason = "test"});
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(*OpenFile()->QueryInteger("SELECT count(*) FROM course"), 1);
}

TEST_F(Custody, AStoreOfTheVersionBeforeIsBroughtForwardWithItsVault) {
  StartService();
  DeliverCourses({Course(0), Course(1)});
  StopService();
  {
    // As version 2 had it: no wrapped keys, and the vault sealed with the file's own key.
    auto database = OpenFile();
    const auto ring = KeyRing::Read(*ReadDataKeys(*database), Files());
    const common::SecretKey file_key = *common::LoadKeyFile(config_.vault_key);
    for (const std::int64_t citizen : {1, 2}) {
      auto row = *database->Prepare(
          "SELECT surrogate, key, sealed FROM vault JOIN citizen ON id = citizen WHERE vault.citizen = ?");
      ASSERT_TRUE(*row.Bind(1, citizen).Step());
      const std::string surrogate(row.Text(0));
      const std::string number = *(*ring)->OpenNumber(
          {.citizen = citizen, .surrogate = surrogate, .key = row.Integer(1), .sealed = std::string(row.Bytes(2))});
      row.Reset();
      ASSERT_TRUE(database
                      ->Run("UPDATE vault SET sealed = ? WHERE citizen = ?",
                            common::Blob{common::Seal(file_key, number, surrogate)}, citizen)
                      .ok());
    }
    ASSERT_TRUE(database
                    ->Execute("DROP TABLE data_key; ALTER TABLE vault DROP COLUMN key; "
                              "DELETE FROM meta WHERE key IN ('log-head', 'audit-head'); PRAGMA user_version = 2")
                    .ok());
  }
  StartService();
  ExpectEverythingReadable(2, 0);
  CourseReport again = Course(1);
  again.key = "known-0";
  DeliverCourses({again});
  StopService();
  EXPECT_EQ(*OpenFile()->QueryInteger("SELECT count(*) FROM citizen"), 2) << "a known citizen was not found again";
}

TEST_F(Custody, AStoreOfANewerProgramIsRefusedUntouched) {
  StartService();
  StopService();
  ASSERT_TRUE(OpenFile()->Execute("PRAGMA user_version = 99").ok());
  const common::Logger log(log_, clock_, common::LogLevel::kInfo, "indicator");
  const auto refused = CentralService::Start(config_, clock_, log);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("newer program"));
  EXPECT_EQ(*OpenFile()->QueryInteger("PRAGMA user_version"), 99);
}

// Every change to the audit log is found.
class AuditLog : public Custody {
 protected:
  void MakeRecords() {
    StartService();
    DeliverCourses({Course(0)});
    Export();
    Backup();
    v1::PublishSnapshotRequest publish;
    publish.set_reason("a new quarter");
    v1::PublishSnapshotResponse published;
    grpc::ClientContext context;
    ASSERT_TRUE(
        v1::IndicatorService::NewStub(ChannelOf("admin-ops"))->PublishSnapshot(&context, publish, &published).ok());
    v1::ExplainCourseRequest explain;
    explain.set_authority("0751");
    explain.set_course_key(Course(0).key);
    explain.set_reason("a question");
    v1::ExplainCourseResponse explained;
    grpc::ClientContext asking;
    ASSERT_TRUE(
        v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"))->ExplainCourse(&asking, explain, &explained).ok());
    StopService();
    std::filesystem::copy_file(config_.store_file, Sound());
  }
  std::filesystem::path Sound() const { return folder_ / "sound.db"; }

  // The faults found in a sound log on which `sql` was run.
  common::AuditReport After(const std::string& sql, std::span<const common::AuditHead> anchors = {}) {
    const std::filesystem::path file = folder_ / "tampered.db";
    std::filesystem::copy_file(Sound(), file, std::filesystem::copy_options::overwrite_existing);
    auto database = *common::Database::Open({.file = file});
    const absl::Status run = database->Execute(sql);
    EXPECT_TRUE(run.ok()) << run;
    const auto ring = KeyRing::Read(*ReadDataKeys(*database), Files());
    EXPECT_TRUE(ring.ok()) << ring.status();
    auto report = common::VerifyAudit(*database, (*ring)->current()->HeadKey(), anchors);
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }
};

TEST_F(AuditLog, HoldsEveryLookAndEveryActWithWhoAndWhy) {
  MakeRecords();
  auto database = *common::Database::Open({.file = Sound()});
  std::vector<std::string> lines;
  ASSERT_TRUE(common::EachAudit(*database, [&](std::int64_t, const common::AuditRecord& record) {
                lines.push_back(record.action + " by " + record.who + " because " + record.reason);
                return absl::OkStatus();
              }).ok());
  EXPECT_THAT(lines, ::testing::ElementsAre("access-table by service because the configuration at this start",
                                            "export-with-cpr by urn:hjertegateway:exporter:dhrd because test",
                                            "backup by urn:hjertegateway:admin:ops because test",
                                            "publish by urn:hjertegateway:admin:ops because a new quarter",
                                            "explain by urn:hjertegateway:registry:dhrd because a question"));
}

TEST_F(AuditLog, AnyChangeCutOrInsertionIsFound) {
  MakeRecords();
  const common::AuditReport sound = After("SELECT 1");
  ASSERT_THAT(sound.faults, IsEmpty());
  ASSERT_EQ(sound.records, 5);
  for (int row = 1; row <= 5; ++row) {
    const std::string where = " WHERE audit_seq = " + std::to_string(row);
    for (const char* change : {"at = at + 1", "who = who || 'x'", "action = 'publish '", "object = ''",
                               "reason = 'because'", "chain = x'00'"}) {
      const auto found = After("UPDATE audit SET " + std::string(change) + where);
      ASSERT_THAT(found.faults, Not(IsEmpty())) << change << where;
      EXPECT_EQ(found.faults.front().seq, row) << change << where;
    }
    EXPECT_THAT(After("DELETE FROM audit" + where).faults, Not(IsEmpty())) << row;
    EXPECT_THAT(After("DELETE FROM audit" + where + "; UPDATE audit SET audit_seq = audit_seq - 1 WHERE audit_seq > " +
                      std::to_string(row))
                    .faults,
                Not(IsEmpty()))
        << row;
  }
  EXPECT_THAT(After("UPDATE audit SET audit_seq = 99 WHERE audit_seq = 2; UPDATE audit SET audit_seq = 2 WHERE "
                    "audit_seq = 3; UPDATE audit SET audit_seq = 3 WHERE audit_seq = 99")
                  .faults,
              Not(IsEmpty()))
      << "swapped";
  EXPECT_THAT(
      After("INSERT INTO audit SELECT 6, at, who, action, object, reason, chain FROM audit WHERE audit_seq = 1").faults,
      Not(IsEmpty()))
      << "inserted";
  EXPECT_THAT(After("DELETE FROM audit").faults, Not(IsEmpty())) << "emptied";
  EXPECT_THAT(After("DELETE FROM meta WHERE key = 'audit-head'").faults, Not(IsEmpty())) << "unsealed";
}

TEST_F(AuditLog, ATailThatWasWrittenAnewWithAFittingChainIsFoundByItsSealAndByAnchors) {
  MakeRecords();
  const common::AuditHead noted = After("SELECT 1").head;
  // Whoever can compute SHA-256 can write a chain that fits; without the key there is no seal for it.
  common::AuditHead head;
  common::AuditRecord last;
  {
    auto database = *common::Database::Open({.file = Sound()});
    std::int64_t count = 0;
    ASSERT_TRUE(common::EachAudit(*database, [&](std::int64_t, const common::AuditRecord& record) {
                  if (++count < 5) head.chain = common::AuditChain(head.chain, record);
                  last = record;
                  return absl::OkStatus();
                }).ok());
  }
  last.reason = "nothing to see";
  const std::string forged = common::ToHex(common::AuditChain(head.chain, last));
  const std::string sql = "UPDATE audit SET reason = 'nothing to see', chain = x'" + forged + "' WHERE audit_seq = 5";
  EXPECT_THAT(After(sql).faults, Not(IsEmpty()));
  // Whoever holds the key too is found by what was noted elsewhere, e.g. in the log lines.
  EXPECT_THAT(After(sql, std::span(&noted, 1)).faults, ::testing::SizeIs(2));
  bool told = false;
  for (const std::string& line : log_->Lines()) {
    told = told || line.find("head=" + common::FormatHead(noted)) != std::string::npos;
  }
  EXPECT_TRUE(told) << "the head stands in no log line";
}

}  // namespace
}  // namespace hjerte::indicator::testing
