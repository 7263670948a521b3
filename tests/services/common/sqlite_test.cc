#include "services/common/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <array>

#include "tests/temporary_folder.h"

namespace hjerte::common {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Sqlite : public testing::Test {
 protected:
  std::unique_ptr<Database> Open(const std::string& name = "a.db") {
    absl::StatusOr<std::unique_ptr<Database>> database = Database::Open({.file = folder_ / name});
    if (!database.ok()) {
      ADD_FAILURE() << database.status();
      std::abort();
    }
    return *std::move(database);
  }

  tests::TemporaryFolder folder_;
};

TEST_F(Sqlite, EveryKindOfValueComesBackAsItWent) {
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(i, r, t, b, n, e)").ok());
  const std::string bytes("\x00\xff", 2);
  const std::optional<std::int64_t> nothing;
  ASSERT_TRUE(database
                  ->Run("INSERT INTO t VALUES(?,?,?,?,?,?)", std::int64_t{1} << 60, 0.5, "søer", Blob{bytes}, nothing,
                        std::string_view())
                  .ok());
  absl::StatusOr<Statement> select = database->Prepare("SELECT * FROM t");
  ASSERT_TRUE(select.ok());
  ASSERT_TRUE(select->Step().value());
  EXPECT_EQ(select->Integer(0), std::int64_t{1} << 60);
  EXPECT_EQ(select->Real(1), 0.5);
  EXPECT_EQ(select->Text(2), "søer");
  EXPECT_EQ(select->Bytes(3), bytes);
  EXPECT_TRUE(select->IsNull(4));
  EXPECT_FALSE(select->IsNull(5)) << "an empty text is a value";
  EXPECT_FALSE(select->Step().value());
}

TEST_F(Sqlite, ALogThatIsWrittenBackBesideCommitsStaysShort) {
  constexpr int kLogPages = 8;
  const std::unique_ptr<Database> database = Open();
  database->CheckpointBeside(kLogPages);
  ASSERT_TRUE(database->Execute("CREATE TABLE t(i INTEGER PRIMARY KEY, b)").ok());
  const std::string bytes(4 * 4096, 'x');
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES(?, ?)", i, Blob{bytes}).ok());
    // Four times as long, and what one commit adds.
    EXPECT_LT(std::filesystem::file_size(folder_ / "a.db-wal"), (4 * kLogPages + 8) * 4200);
  }
  EXPECT_EQ(Open()->QueryInteger("SELECT sum(length(b)) FROM t").value(), 200 * 4 * 4096);
}

TEST_F(Sqlite, IsDurableAndPrivate) {
  const std::unique_ptr<Database> database = Open();
  absl::StatusOr<Statement> mode = database->Prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode->Step().value());
  EXPECT_EQ(mode->Text(0), "wal");
  EXPECT_EQ(database->QueryInteger("PRAGMA synchronous").value(), 2) << "FULL";
  EXPECT_EQ(database->QueryInteger("PRAGMA foreign_keys").value(), 1);
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a)").ok());
  for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((folder_ / name).c_str(), &facts), 0) << name;
    EXPECT_EQ(facts.st_mode & 0777u, 0600u) << name;
  }
}

TEST_F(Sqlite, ATransactionNotCommittedLeavesNothing) {
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a)").ok());
  {
    absl::StatusOr<Transaction> transaction = Transaction::Begin(*database);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database->Run("INSERT INTO t VALUES(1)").ok());
  }
  EXPECT_EQ(database->QueryInteger("SELECT count(*) FROM t").value(), 0);
  absl::StatusOr<Transaction> transaction = Transaction::Begin(*database);
  ASSERT_TRUE(database->Run("INSERT INTO t VALUES(1)").ok());
  EXPECT_EQ(database->Changes(), 1);
  EXPECT_EQ(database->LastInsertId(), 1);
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(Open()->QueryInteger("SELECT count(*) FROM t").value(), 1);
}

TEST_F(Sqlite, AStatementIsUsedAgainWithoutOldValues) {
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a, b)").ok());
  const char* insert = "INSERT INTO t VALUES(?,?)";
  ASSERT_TRUE(database->Run(insert, 1, "x").ok());
  ASSERT_TRUE(database->Run(insert, 2).ok());
  EXPECT_EQ(database->QueryInteger("SELECT count(*) FROM t WHERE b IS NULL").value(), 1);
  absl::StatusOr<Statement> outer = database->Prepare("SELECT a FROM t ORDER BY a");
  absl::StatusOr<Statement> inner = database->Prepare("SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(outer->Step().value() && outer->Step().value() && inner->Step().value());
  EXPECT_EQ(outer->Integer(0), 2);
  EXPECT_EQ(inner->Integer(0), 1) << "the same text twice at a time is two statements";
}

TEST_F(Sqlite, ErrorsNameTheFileAndQuoteNoValue) {
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a UNIQUE)").ok());
  ASSERT_TRUE(database->Run("INSERT INTO t VALUES(?)", "secret").ok());
  const absl::Status twice = database->Run("INSERT INTO t VALUES(?)", "secret");
  EXPECT_EQ(twice.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(twice.message()), StartsWith((folder_ / "a.db").string() + ": "));
  EXPECT_THAT(std::string(twice.message()), testing::Not(HasSubstr("secret")));
  EXPECT_FALSE(database->dead());
  EXPECT_FALSE(database->Run("INSERT INTO t VALUES(?)", 1, 2).ok()) << "one value too many";
  EXPECT_FALSE(database->Prepare("SELEC").ok());
  EXPECT_EQ(database->QueryInteger("SELECT a FROM t WHERE a = 'x'").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(Database::Open({.file = folder_ / "none" / "a.db"}).ok());
}

TEST_F(Sqlite, ABusyFileIsToldApartFromABrokenOne) {
  const std::unique_ptr<Database> one = Open();
  ASSERT_TRUE(one->Execute("CREATE TABLE t(a)").ok());
  absl::StatusOr<std::unique_ptr<Database>> other =
      Database::Open({.file = folder_ / "a.db", .busy_timeout = std::chrono::milliseconds(0)});
  absl::StatusOr<Transaction> writing = Transaction::Begin(*one);
  ASSERT_TRUE(writing.ok() && other.ok());
  EXPECT_EQ(Transaction::Begin(**other).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE((*other)->dead());
}

TEST_F(Sqlite, AFileThatIsNoDatabaseIsRefused) {
  folder_.Write("a.db", std::string(8192, 'x'));
  const absl::Status status = Database::Open({.file = folder_ / "a.db"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), StartsWith((folder_ / "a.db").string()));
}

TEST_F(Sqlite, ABackupIsMadeWhileTheDatabaseIsInUse) {
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a); INSERT INTO t VALUES(7)").ok());
  ASSERT_TRUE(database->BackupTo(folder_ / "copy.db").ok());
  EXPECT_EQ(Open("copy.db")->QueryInteger("SELECT a FROM t").value(), 7);
}

TEST_F(Sqlite, ASchemaMovesForwardInOneTransaction) {
  constexpr std::array<std::string_view, 2> kSteps = {"CREATE TABLE t(a);", "ALTER TABLE t ADD COLUMN b DEFAULT 5;"};
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(MigrateSchema(*database, std::span(kSteps).first(1)).ok());
  ASSERT_TRUE(database->Run("INSERT INTO t VALUES(1)").ok());
  ASSERT_TRUE(MigrateSchema(*database, kSteps).ok());
  ASSERT_TRUE(MigrateSchema(*database, kSteps).ok()) << "nothing left to do";
  EXPECT_EQ(database->QueryInteger("SELECT b FROM t").value(), 5);
}

TEST_F(Sqlite, ABrokenStepLeavesTheOldSchema) {
  constexpr std::array<std::string_view, 3> kSteps = {"CREATE TABLE t(a);", "CREATE TABLE u(a);", "CREATE TABLE t(a);"};
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(MigrateSchema(*database, std::span(kSteps).first(1)).ok());
  EXPECT_FALSE(MigrateSchema(*database, kSteps).ok());
  EXPECT_EQ(database->QueryInteger("PRAGMA user_version").value(), 1);
  EXPECT_EQ(database->QueryInteger("SELECT count(*) FROM sqlite_master WHERE name='u'").value(), 0);
}

// As a program leaves it that is killed in its first transaction.
TEST_F(Sqlite, AFileWhoseLastTransactionWasCutOffIsSound) {
  const std::filesystem::path begun = folder_ / "begun.db";
  const std::filesystem::path left = folder_ / "left.db";
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(begun.c_str(), &handle), SQLITE_OK);
  const auto run = [handle](const char* sql) { return sqlite3_exec(handle, sql, nullptr, nullptr, nullptr); };
  ASSERT_EQ(run("PRAGMA cache_size=1; CREATE TABLE t(a); INSERT INTO t VALUES(1)"), SQLITE_OK);
  ASSERT_EQ(run("BEGIN; INSERT INTO t SELECT randomblob(5000) FROM "
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<50) SELECT i FROM n)"),
            SQLITE_OK);
  std::filesystem::copy_file(begun, left);
  std::filesystem::copy_file(begun.string() + "-journal", left.string() + "-journal");
  sqlite3_close(handle);
  const absl::Status sound = CheckSound({.file = left});
  EXPECT_TRUE(sound.ok()) << sound;
  const auto database = Database::Open({.file = left});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ((*database)->QueryInteger("SELECT count(*) FROM t").value(), 1);
}

TEST_F(Sqlite, AFileOfANewerProgramIsRefusedAndUntouched) {
  constexpr std::array<std::string_view, 1> kSteps = {"CREATE TABLE t(a);"};
  const std::unique_ptr<Database> database = Open();
  ASSERT_TRUE(database->Execute("PRAGMA user_version=9").ok());
  const absl::Status status = MigrateSchema(*database, kSteps);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema version 9, this program knows versions up to 1"));
  EXPECT_EQ(database->QueryInteger("SELECT count(*) FROM sqlite_master").value(), 0);
}

}  // namespace
}  // namespace hjerte::common
