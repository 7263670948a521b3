#include "services/indicator/custody/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "services/common/audit_log.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/file_descriptor.h"
#include "services/common/sqlite.h"
#include "services/common/time_text.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

namespace fs = std::filesystem;
using common::Database;
using common::Statement;

constexpr std::size_t kChunk = 1 << 20;
constexpr std::array<const char*, 2> kCompanions = {"-wal", "-shm"};

absl::Status SyncPath(const fs::path& path, int flags) {
  const common::FileDescriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
  if (!descriptor.valid() || ::fsync(descriptor.get()) != 0) {
    return absl::UnavailableError(path.string() + ": cannot be written to the disk");
  }
  return absl::OkStatus();
}

absl::Status SyncWithFolder(const fs::path& file) {
  HJERTE_RETURN_IF_ERROR(SyncPath(file, O_RDONLY));
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  return SyncPath(folder, O_RDONLY | O_DIRECTORY);
}

absl::StatusOr<std::string> HashOf(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(file.string() + ": cannot be read");
  common::Sha256Hasher hasher;
  std::string chunk(kChunk, '\0');
  while (stream.read(chunk.data(), kChunk) || stream.gcount() > 0) {
    hasher.Update(std::string_view(chunk).substr(0, static_cast<std::size_t>(stream.gcount())));
  }
  return common::ToHex(hasher.Finish());
}

absl::StatusOr<bool> HasTable(Database& database, std::string_view name) {
  absl::StatusOr<Statement> find = database.Prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  if (!find.ok()) return find.status();
  return find->Bind(1, name).Step();
}

absl::StatusOr<common::AuditHead> HeadOf(Database& database, std::string_view sql) {
  absl::StatusOr<Statement> last = database.Prepare(sql);
  if (!last.ok()) return last.status();
  absl::StatusOr<bool> row = last->Step();
  if (!row.ok()) return row.status();
  if (!*row) return common::AuditHead{};
  return common::AuditHead{.seq = last->Integer(0), .chain = std::string(last->Bytes(1))};
}

absl::StatusOr<std::string> StoreId(Database& database) {
  absl::StatusOr<Statement> find = database.Prepare("SELECT value FROM meta WHERE key = 'store_id'");
  if (!find.ok()) return find.status();
  absl::StatusOr<bool> row = find->Step();
  if (!row.ok()) return row.status();
  return *row ? std::string(find->Text(0)) : std::string();
}

// `shown` is the file that people know.
absl::Status CheckSound(const fs::path& file, const fs::path& shown) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open({.file = file, .read_only = true});
  if (!database.ok()) return database.status();
  absl::StatusOr<Statement> check = (*database)->Prepare("PRAGMA integrity_check(1)");
  if (!check.ok()) return check.status();
  const absl::StatusOr<bool> row = check->Step();
  if (!row.ok()) return row.status();
  if (*row && check->Text(0) == "ok") return absl::OkStatus();
  return absl::DataLossError(shown.string() + ": SQLite finds it damaged");
}

// What a file says about itself, but for its bytes.
absl::StatusOr<Manifest> Describe(const fs::path& file) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open({.file = file, .read_only = true});
  if (!database.ok()) return database.status();
  Manifest manifest;
  absl::StatusOr<std::int64_t> schema = (*database)->QueryInteger("PRAGMA user_version");
  if (!schema.ok()) return schema.status();
  manifest.schema = *schema;
  const absl::StatusOr<bool> central = HasTable(**database, "log");
  if (!central.ok()) return central.status();
  const absl::StatusOr<bool> adapter = HasTable(**database, "outbox");
  if (!adapter.ok()) return adapter.status();
  if (!*central && !*adapter) {
    return absl::InvalidArgumentError(file.string() + ": neither a central store nor an adapter's state file");
  }
  manifest.kind = *central ? "central" : "adapter";
  const auto audit = HeadOf(**database, "SELECT audit_seq, chain FROM audit ORDER BY audit_seq DESC LIMIT 1");
  if (!audit.ok()) return audit.status();
  manifest.audit_head = common::FormatHead(*audit);
  if (!*central) return manifest;
  const auto log = HeadOf(**database, "SELECT commit_seq, chain FROM log ORDER BY commit_seq DESC LIMIT 1");
  if (!log.ok()) return log.status();
  manifest.log_head = common::FormatHead(*log);
  manifest.commit_seq = log->seq;
  absl::StatusOr<std::string> id = StoreId(**database);
  if (!id.ok()) return id.status();
  manifest.store_id = *std::move(id);
  return manifest;
}

absl::Status WriteManifest(const Manifest& manifest, const fs::path& file) {
  const common::FileDescriptor descriptor(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const std::string text = "kind: " + manifest.kind + "\nmade_at: " + common::FormatInstant(manifest.made_at) +
                           "\nschema: " + std::to_string(manifest.schema) + "\nstore_id: " + manifest.store_id +
                           "\ncommit_seq: " + std::to_string(manifest.commit_seq) + "\nlog_head: " + manifest.log_head +
                           "\naudit_head: " + manifest.audit_head + "\nbytes: " + std::to_string(manifest.bytes) +
                           "\nsha256: " + manifest.sha256 + "\n";
  const bool written = descriptor.valid() &&
                       ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(descriptor.get()) == 0;
  return written ? absl::OkStatus() : absl::UnavailableError(file.string() + ": cannot be written");
}

// Where what a restore replaces is kept; no earlier restore's is overwritten.
fs::path Beside(const fs::path& target) {
  const std::string name = target.string() + ".before-restore";
  std::error_code error;
  if (!fs::exists(name, error)) return name;
  int number = 2;
  while (fs::exists(name + "-" + std::to_string(number), error)) ++number;
  return name + "-" + std::to_string(number);
}

}  // namespace

fs::path ManifestFile(const fs::path& backup) { return backup.string() + ".manifest"; }

absl::StatusOr<Manifest> MakeBackup(const fs::path& source, const fs::path& target, common::Instant now) {
  std::error_code error;
  if (fs::exists(target, error) || fs::exists(ManifestFile(target), error)) {
    return absl::AlreadyExistsError(target.string() + ": is there already; a backup overwrites nothing");
  }
  const fs::path part = target.string() + ".part";
  fs::remove(part, error);
  {
    absl::StatusOr<std::unique_ptr<Database>> database = Database::Open({.file = source, .read_only = true});
    if (!database.ok()) return database.status();
    if (absl::Status copied = (*database)->BackupTo(part); !copied.ok()) {
      fs::remove(part, error);
      return copied;
    }
  }
  // No restore would take it: who makes backups is told while an earlier one is still there.
  if (absl::Status sound = CheckSound(part, source); !sound.ok()) {
    fs::remove(part, error);
    return sound;
  }
  absl::StatusOr<Manifest> manifest = Describe(part);
  if (!manifest.ok()) return manifest.status();
  for (const char* companion : kCompanions) fs::remove(part.string() + companion, error);
  manifest->made_at = now;
  manifest->bytes = static_cast<std::int64_t>(fs::file_size(part, error));
  absl::StatusOr<std::string> hash = HashOf(part);
  if (!hash.ok()) return hash.status();
  manifest->sha256 = *std::move(hash);
  HJERTE_RETURN_IF_ERROR(SyncPath(part, O_RDONLY));
  HJERTE_RETURN_IF_ERROR(WriteManifest(*manifest, ManifestFile(target)));
  fs::rename(part, target, error);
  if (error) return absl::UnavailableError(target.string() + ": cannot be put in place: " + error.message());
  HJERTE_RETURN_IF_ERROR(SyncWithFolder(target));
  return manifest;
}

absl::StatusOr<std::string> StoreIdOf(const fs::path& store) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open({.file = store, .read_only = true});
  if (!database.ok()) return database.status();
  return StoreId(**database);
}

absl::StatusOr<Manifest> ReadManifest(const fs::path& backup) {
  std::ifstream stream(ManifestFile(backup));
  if (!stream) return absl::NotFoundError(ManifestFile(backup).string() + ": the backup's manifest was expected");
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(stream, line);) {
    if (const std::size_t colon = line.find(": "); colon != std::string::npos) {
      values[line.substr(0, colon)] = line.substr(colon + 2);
    }
  }
  Manifest manifest{.kind = values["kind"],
                    .made_at = common::ParseInstant(values["made_at"]).value_or(common::Instant{}),
                    .store_id = values["store_id"],
                    .log_head = values["log_head"],
                    .audit_head = values["audit_head"],
                    .sha256 = values["sha256"]};
  if (!absl::SimpleAtoi(values["schema"], &manifest.schema) ||
      !absl::SimpleAtoi(values["commit_seq"], &manifest.commit_seq) ||
      !absl::SimpleAtoi(values["bytes"], &manifest.bytes)) {
    return absl::DataLossError(ManifestFile(backup).string() + ": is no manifest");
  }
  return manifest;
}

absl::StatusOr<Manifest> CheckBackup(const fs::path& backup) {
  absl::StatusOr<Manifest> manifest = ReadManifest(backup);
  if (!manifest.ok()) return manifest.status();
  const absl::StatusOr<std::string> hash = HashOf(backup);
  if (!hash.ok()) return hash.status();
  const absl::Status changed = absl::DataLossError(
      backup.string() + ": is not the file its manifest describes; it was changed or cut since it was made");
  if (*hash != manifest->sha256) return changed;
  const absl::StatusOr<Manifest> facts = Describe(backup);
  if (!facts.ok()) return facts.status();
  if (facts->log_head != manifest->log_head || facts->audit_head != manifest->audit_head ||
      facts->kind != manifest->kind || facts->schema != manifest->schema) {
    return changed;
  }
  HJERTE_RETURN_IF_ERROR(CheckSound(backup, backup));
  return manifest;
}

absl::Status PutInPlace(const fs::path& backup, const fs::path& target, bool replace,
                        const std::function<absl::Status(const fs::path&)>& prepare) {
  std::error_code error;
  const bool there = fs::exists(target, error);
  if (there && !replace) {
    return absl::AlreadyExistsError(target.string() +
                                    ": is there; give --replace to put the backup in its place (it is kept beside it)");
  }
  const fs::path part = target.string() + ".restoring";
  fs::remove(part, error);
  // Of a restore that was killed: what it had written would become the copy's.
  for (const char* companion : kCompanions) fs::remove(part.string() + companion, error);
  fs::copy_file(backup, part, error);
  if (error) return absl::UnavailableError(part.string() + ": cannot be written: " + error.message());
  fs::permissions(part, fs::perms::owner_read | fs::perms::owner_write, error);
  if (absl::Status prepared = prepare(part); !prepared.ok()) {
    fs::remove(part, error);
    return prepared;
  }
  HJERTE_RETURN_IF_ERROR(SyncPath(part, O_RDONLY));
  if (there) {
    const fs::path before = Beside(target);
    // With its log, so that it can be put back as it was.
    for (const char* end : {"", "-wal", "-shm"}) {
      fs::remove(before.string() + end, error);
      fs::rename(target.string() + end, before.string() + end, error);
    }
  }
  for (const char* companion : kCompanions) fs::remove(target.string() + companion, error);
  fs::rename(part, target, error);
  if (error) return absl::UnavailableError(target.string() + ": cannot be put in place: " + error.message());
  return SyncWithFolder(target);
}

}  // namespace hjerte::indicator
