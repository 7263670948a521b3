#include "tests/soak/simulation/sim_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <new>
#include <utility>
#include <vector>

#include "services/common/sqlite.h"

namespace hjerte::soak {
namespace {

constexpr std::int64_t kSector = 512;

// A change that only the cache knows.
struct Change {
  bool truncates = false;
  std::int64_t at = 0;  // offset, or the new size
  std::string bytes;
};

// The wal-index and its locks, shared by the connections to one file.
struct Shared {
  std::vector<std::unique_ptr<char[]>> regions;
  std::array<int, SQLITE_SHM_NLOCK> readers{};
  std::array<bool, SQLITE_SHM_NLOCK> writer{};
};

struct OpenFile;

struct Inode {
  std::vector<OpenFile*> open;  // of this life of the machine
  std::string platter;
  std::string cache;
  std::vector<Change> unsynced;
  Shared shared;
};

void Apply(std::string& to, const Change& change) {
  const auto at = static_cast<std::size_t>(change.at);
  if (change.truncates) {
    to.resize(at, '\0');
    return;
  }
  if (to.size() < at + change.bytes.size()) to.resize(at + change.bytes.size(), '\0');
  to.replace(at, change.bytes.size(), change.bytes);
}

using Folder = std::map<std::string, std::shared_ptr<Inode>>;

}  // namespace

struct SimDisk::Image {
  std::map<std::string, std::string> files;
};

struct SimDisk::Impl {
  explicit Impl(common::Random& random_in) : random(random_in) {}

  common::Random& random;
  sqlite3_vfs vfs{};
  std::string name;
  Folder now;
  Folder synced;
  int generation = 0;
  bool dead = false;
  int dies_after = -1;
  Trouble trouble = Trouble::kNone;
  int trouble_left = 0;
  bool skips_log_syncs = false;

  // Whether an operation that changes the disk may be done; counts it.
  bool MayChange() {
    if (dead) return false;
    if (dies_after < 0) return true;
    if (dies_after-- > 0) return true;
    dead = true;
    return random.Below(2) == 0;  // the last one may still have been done
  }
  bool Fails(Trouble kind) {
    if (trouble != kind || trouble_left == 0) return false;
    --trouble_left;
    return true;
  }
  void SyncFile(Inode& inode) {
    for (const Change& change : inode.unsynced) Apply(inode.platter, change);
    inode.unsynced.clear();
  }
  // The kernel's way with a failed fsync: the pages count as clean, and some were never written.
  void FailSync(Inode& inode) {
    for (const Change& change : inode.unsynced) {
      if (random.Below(2) == 0) Apply(inode.platter, change);
    }
    inode.unsynced.clear();
  }
  void LosePower(Inode& inode);
  void Kept(Folder& kept);
};

namespace {

struct OpenFile {
  sqlite3_file base;
  SimDisk::Impl* disk;
  std::shared_ptr<Inode> inode;
  int generation;
  bool sync_folder;  // at the next sync, as SQLite does for journals it made
  bool is_log;
  int level;  // SQLITE_LOCK_…
  std::uint32_t shm_shared;
  std::uint32_t shm_exclusive;

  bool gone() const { return disk->dead || generation != disk->generation; }
};

OpenFile& Of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
SimDisk::Impl& Of(sqlite3_vfs* vfs) { return *static_cast<SimDisk::Impl*>(vfs->pAppData); }

void UnlockShared(OpenFile& file) {
  Shared& shared = file.inode->shared;
  for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    if ((file.shm_shared >> i & 1U) != 0) --shared.readers[static_cast<std::size_t>(i)];
    if ((file.shm_exclusive >> i & 1U) != 0) shared.writer[static_cast<std::size_t>(i)] = false;
  }
  file.shm_shared = 0;
  file.shm_exclusive = 0;
}

int Close(sqlite3_file* file) {
  if (!Of(file).gone()) UnlockShared(Of(file));
  std::erase(Of(file).inode->open, &Of(file));
  Of(file).~OpenFile();
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  if (Of(file).gone()) return SQLITE_IOERR_READ;
  const std::string& cache = Of(file).inode->cache;
  const auto size = static_cast<sqlite3_int64>(cache.size());
  const auto there = static_cast<std::size_t>(std::clamp<sqlite3_int64>(size - at, 0, bytes));
  if (there > 0) cache.copy(static_cast<char*>(to), there, static_cast<std::size_t>(at));
  if (there == static_cast<std::size_t>(bytes)) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, static_cast<std::size_t>(bytes) - there);
  return SQLITE_IOERR_SHORT_READ;
}

int Alter(OpenFile& file, Change change, int error) {
  if (file.gone()) return error;
  if (file.disk->Fails(Trouble::kFull)) return SQLITE_FULL;
  if (file.disk->Fails(Trouble::kWriteError)) return error;
  const bool done = file.disk->MayChange();
  if (done) {
    Apply(file.inode->cache, change);
    file.inode->unsynced.push_back(std::move(change));
  }
  return file.disk->dead ? error : SQLITE_OK;
}

int Write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  return Alter(Of(file),
               {.truncates = false,
                .at = at,
                .bytes = std::string(static_cast<const char*>(from), static_cast<std::size_t>(bytes))},
               SQLITE_IOERR_WRITE);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return Alter(Of(file), {.truncates = true, .at = size, .bytes = {}}, SQLITE_IOERR_TRUNCATE);
}

int Sync(sqlite3_file* file, int /*flags*/) {
  OpenFile& own = Of(file);
  if (own.gone()) return SQLITE_IOERR_FSYNC;
  if (own.disk->Fails(Trouble::kSyncError)) {
    own.disk->FailSync(*own.inode);
    return SQLITE_IOERR_FSYNC;
  }
  if (own.disk->skips_log_syncs && own.is_log) return SQLITE_OK;
  if (own.disk->MayChange()) {
    own.disk->SyncFile(*own.inode);
    if (own.sync_folder) own.disk->synced = own.disk->now;
    own.sync_folder = false;
  }
  return own.disk->dead ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  if (Of(file).gone()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(Of(file).inode->cache.size());
  return SQLITE_OK;
}

// The highest lock that another connection has on the file.
int HighestOfOthers(const OpenFile& own) {
  int highest = SQLITE_LOCK_NONE;
  for (const OpenFile* other : own.inode->open) {
    if (other != &own) highest = std::max(highest, other->level);
  }
  return highest;
}

int Lock(sqlite3_file* file, int level) {
  OpenFile& own = Of(file);
  if (own.gone()) return SQLITE_IOERR_LOCK;
  const int others = HighestOfOthers(own);
  const int bearable = level == SQLITE_LOCK_SHARED     ? SQLITE_LOCK_RESERVED
                       : level == SQLITE_LOCK_RESERVED ? SQLITE_LOCK_SHARED
                                                       : SQLITE_LOCK_NONE;
  if (others > bearable) return SQLITE_BUSY;
  own.level = std::max(own.level, level);
  return SQLITE_OK;
}

int Unlock(sqlite3_file* file, int level) {
  Of(file).level = std::min(Of(file).level, level);
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* reserved) {
  *reserved = HighestOfOthers(Of(file)) >= SQLITE_LOCK_RESERVED ? 1 : 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file* file, int operation, void*) {
  if (operation != common::kSyncFolder) return SQLITE_NOTFOUND;
  SimDisk::Impl& disk = *Of(file).disk;
  if (!Of(file).gone() && disk.MayChange()) disk.synced = disk.now;
  return SQLITE_OK;
}
int SectorSize(sqlite3_file*) { return 4096; }
// What SQLite's own VFS says of Linux: a write changes no byte beside those written.
int Characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int ShmMap(sqlite3_file* file, int region, int bytes, int extend, void volatile** to) {
  *to = nullptr;
  if (Of(file).gone()) return SQLITE_IOERR_SHMMAP;
  auto& regions = Of(file).inode->shared.regions;
  const auto wanted = static_cast<std::size_t>(region);
  if (wanted >= regions.size() && extend == 0) return SQLITE_OK;
  while (wanted >= regions.size()) regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(bytes)));
  *to = regions[wanted].get();
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  OpenFile& own = Of(file);
  if (own.gone()) return SQLITE_IOERR_SHMLOCK;
  Shared& shared = own.inode->shared;
  const bool unlock = (flags & SQLITE_SHM_UNLOCK) != 0;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (int i = offset; i < offset + count && !unlock; ++i) {
    const auto slot = static_cast<std::size_t>(i);
    const int others = shared.readers[slot] - static_cast<int>(own.shm_shared >> i & 1U);
    if (shared.writer[slot] && (own.shm_exclusive >> i & 1U) == 0) return SQLITE_BUSY;
    if (exclusive && others > 0) return SQLITE_BUSY;
  }
  for (int i = offset; i < offset + count; ++i) {
    const auto slot = static_cast<std::size_t>(i);
    const std::uint32_t bit = 1U << i;
    if (exclusive) {
      shared.writer[slot] = !unlock;
      own.shm_exclusive = unlock ? own.shm_exclusive & ~bit : own.shm_exclusive | bit;
    } else if (((own.shm_shared & bit) != 0) == unlock) {
      shared.readers[slot] += unlock ? -1 : 1;
      own.shm_shared ^= bit;
    }
  }
  return SQLITE_OK;
}

void ShmBarrier(sqlite3_file*) {}

int ShmUnmap(sqlite3_file* file, int remove) {
  if (Of(file).gone()) return SQLITE_OK;
  UnlockShared(Of(file));
  if (remove != 0 && Of(file).inode->open.size() == 1) Of(file).inode->shared.regions.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = &Close,
    .xRead = &Read,
    .xWrite = &Write,
    .xTruncate = &Truncate,
    .xSync = &Sync,
    .xFileSize = &FileSize,
    .xLock = &Lock,
    .xUnlock = &Unlock,
    .xCheckReservedLock = &CheckReservedLock,
    .xFileControl = &FileControl,
    .xSectorSize = &SectorSize,
    .xDeviceCharacteristics = &Characteristics,
    .xShmMap = &ShmMap,
    .xShmLock = &ShmLock,
    .xShmBarrier = &ShmBarrier,
    .xShmUnmap = &ShmUnmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  SimDisk::Impl& disk = Of(vfs);
  file->pMethods = nullptr;
  if (disk.dead) return SQLITE_CANTOPEN;
  std::shared_ptr<Inode> inode;
  bool made = false;
  if (name == nullptr) {
    inode = std::make_shared<Inode>();
  } else if (const auto found = disk.now.find(name); found != disk.now.end()) {
    inode = found->second;
  } else {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    inode = std::make_shared<Inode>();
    if (disk.MayChange()) disk.now[name] = inode;
    if (disk.dead) return SQLITE_CANTOPEN;
    made = true;
  }
  constexpr int kJournals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  new (file) OpenFile{.base = {.pMethods = &kMethods},
                      .disk = &disk,
                      .inode = std::move(inode),
                      .generation = disk.generation,
                      .sync_folder = made && (flags & kJournals) != 0,
                      .is_log = (flags & SQLITE_OPEN_WAL) != 0,
                      .level = SQLITE_LOCK_NONE,
                      .shm_shared = 0,
                      .shm_exclusive = 0};
  Of(file).inode->open.push_back(&Of(file));
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  SimDisk::Impl& disk = Of(vfs);
  if (disk.dead) return SQLITE_IOERR_DELETE;
  if (!disk.now.contains(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (disk.MayChange()) {
    disk.now.erase(name);
    if (sync_folder != 0) disk.synced = disk.now;
  }
  return disk.dead ? SQLITE_IOERR_DELETE : SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* result) {
  *result = Of(vfs).now.contains(name) ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int bytes, char* out) {
  sqlite3_snprintf(bytes, out, "%s", name);
  return SQLITE_OK;
}

int Sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

}  // namespace

// Of what only the cache knew any subset of sectors got to the platter, one of them by part.
void SimDisk::Impl::LosePower(Inode& inode) {
  constexpr std::array<std::uint64_t, 4> kSurvivePercent = {0, 50, 90, 100};
  const std::uint64_t percent = kSurvivePercent[random.Below(kSurvivePercent.size())];
  const std::size_t torn = inode.unsynced.empty() ? 0 : random.Below(inode.unsynced.size());
  for (std::size_t i = 0; i < inode.unsynced.size(); ++i) {
    const Change& change = inode.unsynced[i];
    if (change.truncates) {
      if (random.Below(100) < percent) Apply(inode.platter, change);
      continue;
    }
    const auto size = static_cast<std::int64_t>(change.bytes.size());
    const std::int64_t tear = i == torn ? static_cast<std::int64_t>(random.Below(change.bytes.size() + 1)) : -1;
    for (std::int64_t from = 0; from < size;) {
      const std::int64_t to = std::min(size, (change.at + from) / kSector * kSector + kSector - change.at);
      std::int64_t until = random.Below(100) < percent ? to : from;
      if (tear >= from && tear < to) until = tear;
      const auto length = static_cast<std::size_t>(until - from);
      if (length > 0) {
        Apply(inode.platter, {.truncates = false,
                              .at = change.at + from,
                              .bytes = change.bytes.substr(static_cast<std::size_t>(from), length)});
      } else if (random.Below(2) == 0) {
        // The file's size came through, its content did not.
        const auto end = static_cast<std::size_t>(change.at + to);
        if (inode.platter.size() < end) inode.platter.resize(end, '\0');
      }
      from = to;
    }
  }
}

// Names and removals that were not synced may or may not have got there.
void SimDisk::Impl::Kept(Folder& kept) {
  kept = synced;
  for (const auto& [file, inode] : now) {
    const auto before = synced.find(file);
    if ((before == synced.end() || before->second != inode) && random.Below(2) == 0) kept[file] = inode;
  }
  for (const auto& [file, inode] : synced) {
    if (!now.contains(file) && random.Below(2) == 0) kept.erase(file);
  }
}

SimDisk::SimDisk(common::Random& random) : impl_(std::make_unique<Impl>(random)) {
  static std::atomic<int> count{0};
  impl_->name = "sim-" + std::to_string(++count);
  const sqlite3_vfs* ground = sqlite3_vfs_find(nullptr);
  sqlite3_vfs& vfs = impl_->vfs;
  vfs = *ground;  // time and randomness are the ground's: they decide nothing
  vfs.iVersion = 1;
  vfs.szOsFile = static_cast<int>(sizeof(OpenFile));
  vfs.zName = impl_->name.c_str();
  vfs.pAppData = impl_.get();
  vfs.pNext = nullptr;
  vfs.xOpen = &Open;
  vfs.xDelete = &Delete;
  vfs.xAccess = &Access;
  vfs.xFullPathname = &FullPathname;
  vfs.xSleep = &Sleep;
  sqlite3_vfs_register(&vfs, 0);
}

SimDisk::~SimDisk() { sqlite3_vfs_unregister(&impl_->vfs); }

const std::string& SimDisk::vfs() const { return impl_->name; }
void SimDisk::DieAfter(int operations) { impl_->dies_after = operations; }
void SimDisk::DieNow() { impl_->dead = true; }
bool SimDisk::dead() const { return impl_->dead; }

void SimDisk::Restart(bool power_lost) {
  Impl& disk = *impl_;
  ++disk.generation;
  disk.dead = false;
  disk.dies_after = -1;
  disk.trouble = Trouble::kNone;
  if (power_lost) {
    Folder kept;
    disk.Kept(kept);
    disk.now = std::move(kept);
  }

  for (const auto& [name, inode] : disk.now) {
    if (power_lost) {
      disk.LosePower(*inode);
      inode->cache = inode->platter;
      inode->unsynced.clear();
    }
    inode->shared = Shared{};
    inode->open.clear();
  }
  if (power_lost) disk.synced = disk.now;
}

void SimDisk::SetTrouble(Trouble trouble, int operations) {
  impl_->trouble = trouble;
  impl_->trouble_left = operations;
}

void SimDisk::SkipLogSyncs() { impl_->skips_log_syncs = true; }

std::shared_ptr<const SimDisk::Image> SimDisk::Save() const {
  auto image = std::make_shared<Image>();
  for (const auto& [name, inode] : impl_->now) image->files[name] = inode->cache;
  return image;
}

void SimDisk::Load(const Image& image) {
  Impl& disk = *impl_;
  ++disk.generation;
  disk.now.clear();
  for (const auto& [name, bytes] : image.files) {
    auto inode = std::make_shared<Inode>();
    inode->platter = bytes;
    inode->cache = bytes;
    disk.now[name] = std::move(inode);
  }
  disk.synced = disk.now;
}

}  // namespace hjerte::soak
