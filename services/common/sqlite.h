#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hjerte::common {

struct DatabaseOptions {
  std::filesystem::path file;
  bool read_only = false;
  std::chrono::milliseconds busy_timeout{5000};
  std::int64_t cache_bytes = 8 << 20;
  // Name of a registered SQLite VFS; empty is the system's. Tests put faults under a database with it. Such a one is
  // told by kSyncFolder when the folder of its file is to be synced.
  std::string vfs{};
  // Told once when an I/O error makes the connection unusable: why.
  std::function<void(const std::string& why)> when_dead{};
};

// An opcode of sqlite3_file_control, above SQLite's own.
inline constexpr int kSyncFolder = 71001;

// Bytes rather than text, for Statement::Bind.
struct Blob {
  std::string_view bytes;
};

class Checkpointer;
class Database;

// A prepared statement, borrowed from its database's cache until it goes out of scope; must not outlive the database.
// Parameters count from 1, columns from 0, as in SQLite. What Text and Bytes return is valid until the next Step or
// Reset.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Binding copies the value. A wrong index is a fault of the program and is reported by the next Step.
  Statement& Bind(int index, std::int64_t value);
  Statement& Bind(int index, int value) { return Bind(index, std::int64_t{value}); }
  Statement& Bind(int index, double value);
  Statement& Bind(int index, std::string_view text);
  Statement& Bind(int index, const char* text) { return Bind(index, std::string_view(text)); }
  Statement& Bind(int index, Blob blob);
  Statement& Bind(int index, std::nullptr_t);
  template <typename Value>
  Statement& Bind(int index, const std::optional<Value>& value) {
    return value.has_value() ? Bind(index, *value) : Bind(index, nullptr);
  }
  // Binds parameters 1, 2, … in order.
  template <typename... Values>
  Statement& BindAll(const Values&... values) {
    int index = 0;
    (Bind(++index, values), ...);
    return *this;
  }

  // Binds like BindAll, without copies, and runs: for a statement that is run time after time.
  template <typename... Values>
  absl::Status RunWith(const Values&... values) {
    copies_ = false;
    BindAll(values...);
    absl::Status status = Run();
    copies_ = true;
    return status;
  }

  // Moves to the next row: true when there is one. After false or an error the statement is reset.
  absl::StatusOr<bool> Step();
  // Runs a statement that returns no rows of interest, and resets it for the next binding.
  absl::Status Run();
  // Ready to be bound and stepped again; bindings are cleared.
  void Reset();

  bool IsNull(int column) const;
  std::int64_t Integer(int column) const;
  double Real(int column) const;
  std::string_view Text(int column) const;
  std::string_view Bytes(int column) const;

 private:
  friend class Database;
  // `home` is where it is put back; null: nowhere.
  Statement(Database* database, sqlite3_stmt* statement, sqlite3_stmt** home);
  Database* database_;
  sqlite3_stmt* statement_;
  sqlite3_stmt** home_;
  int bind_result_ = 0;
  // Whether texts and blobs that are bound are copied.
  bool copies_ = true;
};

// One connection to one SQLite file: WAL, synchronous=FULL, foreign keys on. Used by one thread at a time.
//
// Durability: when a commit, or any write to the file, fails with an I/O error, nobody knows what reached the disk (a
// later fsync may succeed though the data is gone). The connection is then dead: every call fails with DataLoss until
// the program has closed it and opened the file again. A full disk (ResourceExhausted) and a busy file (Unavailable)
// are not deadly: the transaction is rolled back and may be tried again.
//
// Every error begins with the file's name; bound values are never part of it.
class Database {
 public:
  // Opens or creates the file with mode 0600 (it may hold data about people).
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs one or more statements without parameters or results.
  absl::Status Execute(const std::string& sql);
  // Prepares a statement, or takes it from the cache. The text should be a literal: the cache keeps up to 256 texts.
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  // Prepare, bind and run in one.
  template <typename... Values>
  absl::Status Run(std::string_view sql, const Values&... values) {
    absl::StatusOr<Statement> statement = Prepare(sql);
    if (!statement.ok()) return statement.status();
    return statement->RunWith(values...);
  }
  // The first column of the first row as a number; NotFound without a row.
  absl::StatusOr<std::int64_t> QueryInteger(std::string_view sql);

  std::int64_t LastInsertId() const;
  // Rows changed by the latest statement.
  std::int64_t Changes() const;
  // From now on the log is written back into the file by a thread of its own whenever it has grown by `log_pages`,
  // while this one goes on; no commit waits for that, but when the log is four times as long.
  void CheckpointBeside(int log_pages);
  // Copies the whole database into another file while it is in use.
  absl::Status BackupTo(const std::filesystem::path& target);
  // Whether an I/O error has made the connection unusable.
  bool dead() const { return dead_; }
  const std::filesystem::path& file() const { return file_; }
  sqlite3* handle() { return handle_; }

 private:
  friend class Statement;
  friend class Transaction;
  Database(sqlite3* handle, const DatabaseOptions& options);
  // The Status of an SQLite result code; marks the connection dead when the code is deadly.
  absl::Status Fail(int code, std::string_view doing);
  absl::Status CheckAlive() const;
  // Called by SQLite after each commit.
  static int AfterCommit(void* database, sqlite3* handle, const char* schema, int log_pages);

  // Lets a text be looked up without a copy of it.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  sqlite3* handle_;
  std::filesystem::path file_;
  std::string vfs_;
  std::function<void(const std::string& why)> when_dead_;
  bool dead_ = false;
  std::string why_dead_;
  // Statements by their text; null while one is lent.
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
  int checkpoint_pages_ = 0;
  std::unique_ptr<Checkpointer> checkpointer_;
};

// A write transaction; rolled back when it goes out of scope without Commit.
class Transaction {
 public:
  // BEGIN IMMEDIATE: the write lock is taken now, not at the first write.
  static absl::StatusOr<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  // Durable when it returns OK. On an error the transaction is rolled back.
  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

// Whether SQLite finds a file whole, log included: a damaged one, or one that was copied beside another's log, may
// serve for weeks before anything is missed. To be asked before a program opens it for good. A file that is not there
// passes, and one larger than a gigabyte, which takes minutes to read. DataLoss that says what to do.
absl::Status CheckSound(const DatabaseOptions& options);

// Brings a database to the newest schema: `steps[n]` is the SQL from version n to n+1 (PRAGMA user_version; a new file
// is 0). All missing steps run in one transaction. A file from a newer program is FailedPrecondition and left
// untouched.
absl::Status MigrateSchema(Database& database, std::span<const std::string_view> steps);

// A step that also moves what stands in the file: first `sql`, then `move`, where there is one.
struct SchemaStep {
  std::string_view sql;
  std::function<absl::Status(Database&)> move{};
};
absl::Status MigrateSchema(Database& database, std::span<const SchemaStep> steps);

}  // namespace hjerte::common
