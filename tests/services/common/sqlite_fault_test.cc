#include "services/common/sqlite.h"
#include "tests/faulty_vfs.h"
#include "tests/temporary_folder.h"

namespace hjerte::common {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::DiskFault;

// A database over a disk that can fail, with one committed row.
class SqliteFault : public testing::Test {
 protected:
  void SetUp() override {
    database_ = Open();
    ASSERT_TRUE(database_->Execute("CREATE TABLE t(a)").ok());
    ASSERT_TRUE(Insert().ok());
  }
  std::unique_ptr<Database> Open() {
    absl::StatusOr<std::unique_ptr<Database>> database =
        Database::Open({.file = folder_ / "a.db", .vfs = disk_.name()});
    if (!database.ok()) ADD_FAILURE() << database.status();
    return database.ok() ? *std::move(database) : nullptr;
  }
  // One row in one transaction.
  absl::Status Insert() {
    absl::StatusOr<Transaction> transaction = Transaction::Begin(*database_);
    if (!transaction.ok()) return transaction.status();
    if (absl::Status run = database_->Run("INSERT INTO t VALUES(?)", std::string(10'000, 'x')); !run.ok()) return run;
    return transaction->Commit();
  }
  std::int64_t Rows() { return database_->QueryInteger("SELECT count(*) FROM t").value_or(-1); }
  void Reopen() {
    database_.reset();
    database_ = Open();
  }

  tests::TemporaryFolder folder_;
  tests::FaultyVfs disk_;
  std::unique_ptr<Database> database_;
};

TEST_F(SqliteFault, AfterAFailedSyncNothingIsBelievedUntilTheFileIsOpenedAgain) {
  disk_.Set(DiskFault::kSyncError);
  const absl::Status failed = Insert();
  EXPECT_EQ(failed.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(failed.message()), HasSubstr((folder_ / "a.db").string() + ": "));
  disk_.Set(DiskFault::kNone);
  EXPECT_TRUE(database_->dead());
  EXPECT_EQ(Insert().code(), absl::StatusCode::kDataLoss) << "though the disk would take it now";
  EXPECT_EQ(database_->QueryInteger("SELECT 1").status().code(), absl::StatusCode::kDataLoss);
  Reopen();
  EXPECT_GE(Rows(), 1) << "what was committed before is there";
  EXPECT_TRUE(Insert().ok());
}

TEST_F(SqliteFault, AFileThatCanOnlyBeReadIsNotOpenedForWriting) {
  // With an empty log nothing need be written to open it.
  ASSERT_TRUE(database_->Execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
  disk_.Set(DiskFault::kReadOnly);
  const auto refused = Database::Open({.file = folder_ / "a.db", .vfs = disk_.name()});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("can only be read"));
  disk_.Set(DiskFault::kNone);
  Reopen();
  EXPECT_TRUE(Insert().ok());
}

TEST_F(SqliteFault, ALogIsWrittenBackBesideCommitsAgainWheneverTheDiskFailed) {
  for (const DiskFault fault :
       {DiskFault::kReadOnly, DiskFault::kFull, DiskFault::kWriteError, DiskFault::kSyncError}) {
    for (int sound_first = 0; sound_first < 12; ++sound_first) {
      SCOPED_TRACE(sound_first);
      Reopen();
      // So short that each commit waits until it is written back.
      database_->CheckpointBeside(1);
      disk_.Set(fault, sound_first);
      (void)Insert();
      disk_.Set(DiskFault::kNone);
      if (database_->dead()) continue;
      for (int i = 0; i < 10; ++i) ASSERT_TRUE(Insert().ok());
      EXPECT_LT(std::filesystem::file_size(folder_ / "a.db-wal"), 30 * 4200);
    }
  }
}

TEST_F(SqliteFault, WhatKilledAConnectionIsToldOnceAndStandsInEveryLaterError) {
  std::vector<std::string> told;
  database_ =
      *Database::Open({.file = folder_ / "a.db", .vfs = disk_.name(), .when_dead = [&told](const std::string& why) {
                         told.push_back(why);
                       }});
  disk_.Set(DiskFault::kSyncError);
  EXPECT_FALSE(Insert().ok());
  for (int i = 0; i < 2; ++i) EXPECT_THAT(std::string(Insert().message()), HasSubstr("disk I/O error"));
  EXPECT_THAT(told, ElementsAre(HasSubstr("disk I/O error")));
  // Found while the file is opened, outside any statement.
  disk_.Set(DiskFault::kWriteError);
  EXPECT_THAT(std::string(Database::Open({.file = folder_ / "a.db", .vfs = disk_.name()}).status().message()),
              HasSubstr("cannot write the log again: disk I/O error"));
}

TEST_F(SqliteFault, AWriteThatFailsKillsTheConnectionToo) {
  for (const DiskFault fault : {DiskFault::kWriteError, DiskFault::kTornWrite}) {
    disk_.Set(fault);
    EXPECT_EQ(Insert().code(), absl::StatusCode::kDataLoss);
    disk_.Set(DiskFault::kNone);
    EXPECT_TRUE(database_->dead());
    Reopen();
    EXPECT_EQ(Rows(), 1) << "a commit that failed left nothing";
  }
}

TEST_F(SqliteFault, AFullDiskIsToldAndWorkGoesOnWhenThereIsRoomAgain) {
  disk_.Set(DiskFault::kFull);
  EXPECT_EQ(Insert().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(database_->dead());
  EXPECT_EQ(Rows(), 1) << "what is there can still be read";
  disk_.Set(DiskFault::kNone);
  EXPECT_TRUE(Insert().ok());
  EXPECT_EQ(Rows(), 2);
}

TEST_F(SqliteFault, WhereverADiskFailsWhatWasCommittedIsThereAndWhatWasNotIsNot) {
  std::int64_t committed = 1;
  for (const DiskFault fault :
       {DiskFault::kFull, DiskFault::kWriteError, DiskFault::kTornWrite, DiskFault::kSyncError}) {
    for (int sound_first = 0; sound_first < 12; ++sound_first) {
      const int failures = disk_.failures();
      disk_.Set(fault, sound_first);
      const bool committed_now = Insert().ok();
      disk_.Set(DiskFault::kNone);
      Reopen();
      const std::int64_t rows = Rows();
      if (committed_now) {
        EXPECT_EQ(rows, committed + 1);
      } else {
        // A sync that fails may have written all the same: nobody knows, so both are right.
        EXPECT_TRUE(rows == committed || (fault == DiskFault::kSyncError && rows == committed + 1)) << rows;
        EXPECT_GT(disk_.failures(), failures);
      }
      committed = rows;
    }
  }
}

}  // namespace
}  // namespace hjerte::common
