#include "services/indicator/custody/restore.h"

#include <optional>
#include <utility>

#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/file_lock.h"
#include "services/common/time_text.h"
#include "services/indicator/custody/backup.h"
#include "services/indicator/publish/snapshot.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/store/sqlite_store.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {
namespace {

constexpr std::int64_t kCacheBytes = 8 << 20;

struct Published {
  std::string store_id;
  SnapshotRow last;
};

// What a store has published last; nothing when there is nothing, or the file cannot be read.
std::optional<Published> PublishedLast(const std::filesystem::path& store) {
  std::error_code error;
  if (!std::filesystem::exists(store, error)) return std::nullopt;
  const auto reader = OpenSqliteReader({.file = store, .cache_bytes = kCacheBytes, .vfs = {}});
  if (!reader.ok()) return std::nullopt;
  absl::StatusOr<std::optional<SnapshotRow>> last = (*reader)->LatestSnapshot();
  if (!last.ok() || !last->has_value()) return std::nullopt;
  return Published{.store_id = StoreIdOf(store).value_or(""), .last = **std::move(last)};
}

// Whether the store in place showed nothing, or has been set back itself: then it is not the one that went on from the
// backup, and the series of the backup is the public's.
bool IsOfAnotherSeries(const Published& in_place, const std::optional<Published>& of_backup) {
  if (!of_backup || in_place.last.computed_at == of_backup->last.computed_at) return false;
  // Of one store the snapshots are numbered, whatever its clock said when they were made.
  if (!in_place.store_id.empty() && in_place.store_id == of_backup->store_id) {
    return in_place.last.id < of_backup->last.id;
  }
  if (in_place.last.computed_at < of_backup->last.computed_at) return true;
  const auto snapshot = Snapshot::Open(in_place.last.body);
  return snapshot.ok() && (*snapshot)->IsEmpty();
}

// Gives the copy a new id and its record. The keys have to open it: without them it is worth nothing, and the store in
// place would be lost for it.
absl::Status Prepare(const std::filesystem::path& copy, const KeyFiles& keys, const common::AuditRecord& record,
                     const std::optional<Published>& published) {
  {
    absl::StatusOr<std::unique_ptr<StoreWriter>> store =
        OpenSqliteWriter({.file = copy, .cache_bytes = kCacheBytes, .vfs = {}});
    if (!store.ok()) return store.status();
    HJERTE_RETURN_IF_ERROR((*store)->Begin());
    const absl::StatusOr<std::vector<VaultRow>> any = (*store)->VaultAfter(0, 0, 1);
    if (!any.ok()) return any.status();
    const absl::StatusOr<std::unique_ptr<KeyRing>> ring = KeyRing::Open(**store, keys, !any->empty());
    if (!ring.ok()) return ring.status();
    (*store)->SealHeadsWith((*ring)->current()->HeadKey());
    HJERTE_RETURN_IF_ERROR((*store)->PutMeta("store_id", common::ToHex(common::RandomBytes(4))));
    HJERTE_RETURN_IF_ERROR((*store)->AppendAudit(record));
    HJERTE_RETURN_IF_ERROR(
        (*store)->PutMeta(kRestoredMeta, record.object + ", put in place " + common::FormatInstant(record.at)));
    if (published) HJERTE_RETURN_IF_ERROR((*store)->PutSnapshot(published->last, kSnapshotsKept));
    HJERTE_RETURN_IF_ERROR((*store)->Commit());
  }
  std::error_code error;
  std::filesystem::remove(copy.string() + ".lock", error);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> RestoreStore(const std::filesystem::path& backup, const std::filesystem::path& target,
                                  const KeyFiles& keys, bool replace, const common::AuditRecord& record) {
  const absl::StatusOr<common::FileDescriptor> lock = common::LockBeside(target);
  if (!lock.ok()) return lock.status();
  std::optional<Published> published = PublishedLast(target);
  HJERTE_RETURN_IF_ERROR(PutInPlace(backup, target, replace, [&](const std::filesystem::path& copy) {
    if (published && IsOfAnotherSeries(*published, PublishedLast(copy))) published.reset();
    return Prepare(copy, keys, record, published);
  }));
  return published.has_value();
}

}  // namespace hjerte::indicator
