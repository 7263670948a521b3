#include "services/common/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/match.h"
#include "services/common/checkpointer.h"
#include "services/common/file_descriptor.h"

namespace hjerte::common {
namespace {

constexpr std::size_t kStatementsMax = 256;
// Read in seconds.
constexpr std::uintmax_t kCheckedBytesMax = std::uintmax_t{1} << 30;

// I/O errors and corruption: what is on the disk is no longer known. Reads that fail are counted too, since the cache
// that would hide them is shared with the writes. A write that failed for want of space is told apart by SQLite itself
// (SQLITE_FULL).
bool IsDeadly(int code) {
  switch (code & 0xff) {
    case SQLITE_IOERR:
      return code != SQLITE_IOERR_NOMEM && code != SQLITE_IOERR_BLOCKED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return true;
    default:
      return false;
  }
}

absl::StatusCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kNotFound;
    case SQLITE_INTERRUPT:
      return absl::StatusCode::kCancelled;
    default:
      return absl::StatusCode::kInternal;
  }
}

// SQLite creates files with the umask's mode; this one is to be its owner's alone, and so are the files SQLite puts
// beside it, which take the mode of the first.
absl::Status CreatePrivately(const std::filesystem::path& file) {
  const FileDescriptor created(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!created.valid() && errno != EEXIST) {
    const int code = errno;
    return absl::ErrnoToStatus(code, file.string() + ": cannot create the database");
  }
  return absl::OkStatus();
}

// SQLite syncs the folder after files it makes itself, not for those a program made that was killed before it came to
// it: these names would be lost with the power, and all commits in the files with them.
absl::Status SyncFolder(sqlite3* handle, const DatabaseOptions& options) {
  if (!options.vfs.empty()) {
    sqlite3_file_control(handle, "main", kSyncFolder, nullptr);
    return absl::OkStatus();
  }
  const std::filesystem::path folder = options.file.has_parent_path() ? options.file.parent_path() : ".";
  const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.valid() && ::fsync(opened.get()) == 0) return absl::OkStatus();
  const int code = errno;
  return absl::ErrnoToStatus(code, folder.string() + ": cannot sync the folder");
}

// After a failed fsync the kernel counts pages as written that are in its cache alone, and a program started anew reads
// them there and believes them: what it then acknowledges hangs on a log with a hole in it. So whoever opens the file
// writes the log as it reads it once more, which makes its pages dirty again, and syncs it. Under the write lock:
// nobody appends meanwhile. Somebody else who holds that lock has done it.
int WriteLogAgain(sqlite3* handle) {
  constexpr int kPiece = 1 << 16;
  const int begun = sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  if ((begun & 0xff) == SQLITE_BUSY) return SQLITE_OK;
  if (begun != SQLITE_OK) return begun;
  sqlite3_file* log = nullptr;
  int result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  sqlite3_int64 size = 0;
  const bool open = result == SQLITE_OK && log != nullptr && log->pMethods != nullptr;
  if (open) result = log->pMethods->xFileSize(log, &size);
  std::string piece;
  for (sqlite3_int64 at = 0; open && result == SQLITE_OK && at < size; at += kPiece) {
    piece.resize(static_cast<std::size_t>(std::min<sqlite3_int64>(kPiece, size - at)));
    result = log->pMethods->xRead(log, piece.data(), static_cast<int>(piece.size()), at);
    if (result == SQLITE_OK) result = log->pMethods->xWrite(log, piece.data(), static_cast<int>(piece.size()), at);
  }
  if (open && result == SQLITE_OK && size > 0) result = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
  return result;
}

// SQLite takes a null pointer for NULL, so that an empty text or blob needs an address.
const char* Address(std::string_view bytes) { return bytes.data() == nullptr ? "" : bytes.data(); }

bool IsIoError(const absl::Status& status) { return absl::StrContains(status.message(), sqlite3_errstr(SQLITE_IOERR)); }

// "ok", or the first fault that SQLite finds in a file.
absl::StatusOr<std::string> QuickCheck(DatabaseOptions options) {
  options.read_only = true;
  options.when_dead = {};
  const absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(options);
  if (!database.ok()) return database.status();
  absl::StatusOr<Statement> check = (*database)->Prepare("PRAGMA quick_check(1)");
  if (!check.ok()) return check.status();
  const absl::StatusOr<bool> row = check->Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(check->Text(0)) : "ok";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  const bool in_memory = options.file.empty();
  if (!options.read_only && options.vfs.empty() && !in_memory) {
    if (absl::Status created = CreatePrivately(options.file); !created.ok()) return created;
  }
  const int flags = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const char* name = in_memory ? ":memory:" : options.file.c_str();
  const int opened = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     options.vfs.empty() ? nullptr : options.vfs.c_str());
  std::unique_ptr<Database> database(new Database(handle, options));
  if (opened != SQLITE_OK) return database->Fail(opened, "cannot open the database");
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  // A hostile file must not make SQL of its own run, nor reach beyond itself.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  std::string settings =
      "PRAGMA foreign_keys=ON; PRAGMA cache_size=-" + std::to_string(options.cache_bytes / 1024) + ";";
  // FULL: a commit has reached the disk when it returns; WAL with NORMAL would lose acknowledged commits on power loss.
  // What is deleted is overwritten where that costs no write of its own: a key that was retired must not be left behind
  // in a page.
  if (!options.read_only) settings += "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST;";
  if (absl::Status set = database->Execute(settings); !set.ok()) return set;
  if (!options.read_only) {
    // SQLite opens for reading what it may not write, says so at the first row only, and never tries again.
    if (sqlite3_db_readonly(handle, "main") == 1) {
      return absl::PermissionDeniedError(options.file.string() +
                                         ": can only be read; is the disk mounted read-only, or another's the file?");
    }
    if (const int again = WriteLogAgain(handle); again != SQLITE_OK) {
      return database->Fail(again, "cannot write the log again");
    }
    if (absl::Status synced = SyncFolder(handle, options); !synced.ok()) return synced;
  }
  return database;
}

Database::Database(sqlite3* handle, const DatabaseOptions& options)
    : handle_(handle), file_(options.file), vfs_(options.vfs), when_dead_(options.when_dead) {}

Database::~Database() {
  // Who closes last writes the log back and takes it away.
  checkpointer_.reset();
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

absl::Status Database::Fail(int code, std::string_view doing) {
  std::string text = file_.string() + ": ";
  text += doing;
  text += ": ";
  // What failed outside a statement is not known to the handle.
  const bool known = handle_ != nullptr && sqlite3_errcode(handle_) != SQLITE_OK;
  const std::string why = known ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  text += why;
  if (IsDeadly(code)) {
    if (!dead_ && when_dead_) when_dead_(text);
    if (!dead_) why_dead_ = why;
    dead_ = true;
    text += "; the file must be closed and opened again before anything else is done with it";
  }
  return {CodeOf(code), text};
}

absl::Status Database::CheckAlive() const {
  if (!dead_) return absl::OkStatus();
  return absl::DataLossError(file_.string() + ": an earlier error (" + why_dead_ +
                             ") left the state of the disk unknown; open the file again");
}

absl::Status Database::Execute(const std::string& sql) {
  if (absl::Status alive = CheckAlive(); !alive.ok()) return alive;
  const int result = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : Fail(result, "cannot run a statement");
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  if (absl::Status alive = CheckAlive(); !alive.ok()) return alive;
  auto known = statements_.find(sql);
  if (known != statements_.end() && known->second != nullptr) {
    return Statement(this, std::exchange(known->second, nullptr), &known->second);
  }
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
  if (result != SQLITE_OK) return Fail(result, "cannot prepare a statement");
  if (known == statements_.end() && statements_.size() < kStatementsMax) {
    known = statements_.emplace(sql, nullptr).first;
  }
  return Statement(this, statement, known != statements_.end() ? &known->second : nullptr);
}

absl::StatusOr<std::int64_t> Database::QueryInteger(std::string_view sql) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError(file_.string() + ": no row");
  return statement->Integer(0);
}

std::int64_t Database::LastInsertId() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Database::Changes() const { return sqlite3_changes64(handle_); }

void Database::CheckpointBeside(int log_pages) {
  checkpoint_pages_ = log_pages;
  checkpointer_ = std::make_unique<Checkpointer>(file_, vfs_);
  // In place of SQLite's own checkpoint after a commit.
  sqlite3_wal_hook(handle_, &Database::AfterCommit, this);
}

int Database::AfterCommit(void* database, sqlite3*, const char*, int log_pages) {
  constexpr int kLongLog = 4;
  const auto* self = static_cast<Database*>(database);
  if (log_pages >= self->checkpoint_pages_) self->checkpointer_->Begin();
  if (log_pages >= kLongLog * self->checkpoint_pages_) self->checkpointer_->Wait();
  return SQLITE_OK;
}

absl::Status Database::BackupTo(const std::filesystem::path& target) {
  if (absl::Status alive = CheckAlive(); !alive.ok()) return alive;
  absl::StatusOr<std::unique_ptr<Database>> copy = Open({.file = target});
  if (!copy.ok()) return copy.status();
  sqlite3_backup* backup = sqlite3_backup_init((*copy)->handle_, "main", handle_, "main");
  if (backup == nullptr) return (*copy)->Fail(sqlite3_extended_errcode((*copy)->handle_), "cannot begin the backup");
  const int result = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  return result == SQLITE_DONE ? absl::OkStatus() : (*copy)->Fail(result, "cannot write the backup");
}

Statement::Statement(Database* database, sqlite3_stmt* statement, sqlite3_stmt** home)
    : database_(database), statement_(statement), home_(home) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      home_(other.home_),
      bind_result_(other.bind_result_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  Reset();
  // The place is taken when the same text was lent twice at one time.
  if (home_ == nullptr || *home_ != nullptr) {
    sqlite3_finalize(statement_);
  } else {
    *home_ = statement_;
  }
}

Statement& Statement::Bind(int index, std::int64_t value) {
  bind_result_ |= sqlite3_bind_int64(statement_, index, value);
  return *this;
}

Statement& Statement::Bind(int index, double value) {
  bind_result_ |= sqlite3_bind_double(statement_, index, value);
  return *this;
}

Statement& Statement::Bind(int index, std::string_view text) {
  bind_result_ |= sqlite3_bind_text64(statement_, index, Address(text), text.size(),
                                      copies_ ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::Bind(int index, Blob blob) {
  bind_result_ |= sqlite3_bind_blob64(statement_, index, Address(blob.bytes), blob.bytes.size(),
                                      copies_ ? SQLITE_TRANSIENT : SQLITE_STATIC);
  return *this;
}

Statement& Statement::Bind(int index, std::nullptr_t) {
  bind_result_ |= sqlite3_bind_null(statement_, index);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (absl::Status alive = database_->CheckAlive(); !alive.ok()) return alive;
  if (bind_result_ != SQLITE_OK) {
    return absl::InternalError(database_->file().string() +
                               ": a parameter cannot be bound: " + sqlite3_sql(statement_));
  }
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  absl::Status status = result == SQLITE_DONE ? absl::OkStatus() : database_->Fail(result, "cannot run a statement");
  sqlite3_reset(statement_);
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = Step();
  while (row.ok() && *row) row = Step();
  Reset();
  return row.status();
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bind_result_ = 0;
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::Real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  if (absl::Status begun = database.Run("BEGIN IMMEDIATE"); !begun.ok()) return begun;
  return Transaction(&database);
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // SQLite may have rolled back by itself (full disk); then there is nothing left to end.
  if (sqlite3_get_autocommit(database_->handle_) == 0) {
    sqlite3_exec(database_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

absl::Status Transaction::Commit() {
  if (absl::Status committed = database_->Run("COMMIT"); !committed.ok()) return committed;
  database_ = nullptr;
  return absl::OkStatus();
}

absl::Status CheckSound(const DatabaseOptions& options) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(options.file, error);
  if (error || bytes > kCheckedBytesMax) return absl::OkStatus();
  const absl::StatusOr<std::string> found = QuickCheck(options);
  if (found.ok() && *found == "ok") return absl::OkStatus();
  // A transaction that was cut off is taken back by whoever opens the file for writing.
  if (absl::IsPermissionDenied(found.status())) return absl::OkStatus();
  if (!found.ok() && (!absl::IsDataLoss(found.status()) || IsIoError(found.status()))) return found.status();
  return absl::DataLossError(options.file.string() + ": the file is damaged, or not of one piece with its -wal (" +
                             (found.ok() ? *found : std::string(found.status().message())) +
                             "); put a backup in its place: hjerte restore --replace");
}

absl::Status MigrateSchema(Database& database, std::span<const std::string_view> steps) {
  std::vector<SchemaStep> with_moves;
  for (const std::string_view sql : steps) with_moves.push_back({.sql = sql});
  return MigrateSchema(database, with_moves);
}

absl::Status MigrateSchema(Database& database, std::span<const SchemaStep> steps) {
  absl::StatusOr<Transaction> transaction = Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  const absl::StatusOr<std::int64_t> version = database.QueryInteger("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (*version < 0 || *version > newest) {
    return absl::FailedPreconditionError(database.file().string() + ": the file has schema version " +
                                         std::to_string(*version) + ", this program knows versions up to " +
                                         std::to_string(newest) + "; use the newer program that wrote it");
  }
  if (*version == newest) return absl::OkStatus();
  for (std::int64_t step = *version; step < newest; ++step) {
    const SchemaStep& next = steps[static_cast<std::size_t>(step)];
    if (absl::Status run = database.Execute(std::string(next.sql)); !run.ok()) return run;
    if (!next.move) continue;
    if (absl::Status moved = next.move(database); !moved.ok()) return moved;
  }
  if (absl::Status set = database.Execute("PRAGMA user_version=" + std::to_string(newest)); !set.ok()) return set;
  return transaction->Commit();
}

}  // namespace hjerte::common
