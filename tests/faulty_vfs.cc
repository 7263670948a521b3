#include "tests/faulty_vfs.h"

#include <sqlite3.h>

#include <initializer_list>

namespace hjerte::tests {

struct FaultyVfs::Impl {
  sqlite3_vfs vfs{};
  sqlite3_vfs* ground = nullptr;
  std::string name;
  DiskOrders own;
  DiskOrders* orders = &own;

  // Whether an operation that these faults concern is to fail.
  bool Fails(std::initializer_list<DiskFault> concerned) const {
    const DiskFault now = orders->fault;
    for (const DiskFault one : concerned) {
      if (now != one) continue;
      if (orders->sound_left.fetch_sub(1) > 0) return false;
      ++orders->failures;
      return true;
    }
    return false;
  }
};

namespace {

// An open file: SQLite allocates it, the ground's own file stands behind it in the same memory.
struct File {
  sqlite3_file base;
  FaultyVfs::Impl* owner;
  sqlite3_file* ground() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
FaultyVfs::Impl* Of(sqlite3_vfs* vfs) { return static_cast<FaultyVfs::Impl*>(vfs->pAppData); }

int Close(sqlite3_file* file) {
  sqlite3_file* ground = Of(file)->ground();
  return ground->pMethods->xClose(ground);
}

int Read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  if (Of(file)->owner->Fails({DiskFault::kReadError})) return SQLITE_IOERR_READ;
  sqlite3_file* ground = Of(file)->ground();
  return ground->pMethods->xRead(ground, to, bytes, at);
}

int Write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  sqlite3_file* ground = Of(file)->ground();
  FaultyVfs::Impl* owner = Of(file)->owner;
  if (owner->Fails({DiskFault::kFull})) return SQLITE_FULL;
  if (owner->Fails({DiskFault::kWriteError, DiskFault::kReadOnly})) return SQLITE_IOERR_WRITE;
  if (owner->Fails({DiskFault::kTornWrite})) {
    ground->pMethods->xWrite(ground, from, bytes / 2, at);
    return SQLITE_IOERR_WRITE;
  }
  return ground->pMethods->xWrite(ground, from, bytes, at);
}

int Sync(sqlite3_file* file, int flags) {
  if (Of(file)->owner->Fails({DiskFault::kSyncError})) return SQLITE_IOERR_FSYNC;
  sqlite3_file* ground = Of(file)->ground();
  return ground->pMethods->xSync(ground, flags);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (Of(file)->owner->Fails({DiskFault::kReadOnly})) return SQLITE_IOERR_TRUNCATE;
  sqlite3_file* ground = Of(file)->ground();
  return ground->pMethods->xTruncate(ground, size);
}

// The rest goes to the ground unchanged.
template <auto method, typename... Arguments>
auto Pass(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* ground = Of(file)->ground();
  return (ground->pMethods->*method)(ground, arguments...);
}

const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = &Close,
    .xRead = &Read,
    .xWrite = &Write,
    .xTruncate = &Truncate,
    .xSync = &Sync,
    .xFileSize = &Pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = &Pass<&sqlite3_io_methods::xLock, int>,
    .xUnlock = &Pass<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = &Pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = &Pass<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = &Pass<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = &Pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = &Pass<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = &Pass<&sqlite3_io_methods::xShmLock, int, int, int>,
    .xShmBarrier = &Pass<&sqlite3_io_methods::xShmBarrier>,
    .xShmUnmap = &Pass<&sqlite3_io_methods::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  FaultyVfs::Impl* owner = Of(vfs);
  Of(file)->owner = owner;
  Of(file)->base.pMethods = nullptr;
  if ((flags & SQLITE_OPEN_READWRITE) != 0 && owner->Fails({DiskFault::kReadOnly})) {
    // As the system's VFS does when open(2) answers EROFS.
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  }
  const int result = owner->ground->xOpen(owner->ground, name, Of(file)->ground(), flags, out_flags);
  if (result == SQLITE_OK) Of(file)->base.pMethods = &kMethods;
  return result;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  const FaultyVfs::Impl* owner = Of(vfs);
  if (owner->Fails({DiskFault::kReadOnly})) return SQLITE_IOERR_DELETE;
  return owner->ground->xDelete(owner->ground, name, sync_folder);
}

}  // namespace

FaultyVfs::FaultyVfs() : FaultyVfs(nullptr, /*everywhere=*/false) {}
FaultyVfs::FaultyVfs(DiskOrders& orders) : FaultyVfs(&orders, /*everywhere=*/true) {}

FaultyVfs::FaultyVfs(DiskOrders* orders, bool everywhere) : impl_(std::make_unique<Impl>()) {
  if (orders != nullptr) impl_->orders = orders;
  static std::atomic<int> count{0};
  impl_->name = "faulty-" + std::to_string(++count);
  impl_->ground = sqlite3_vfs_find(nullptr);
  impl_->vfs = *impl_->ground;
  impl_->vfs.szOsFile = static_cast<int>(sizeof(File)) + impl_->ground->szOsFile;
  impl_->vfs.zName = impl_->name.c_str();
  impl_->vfs.pAppData = impl_.get();
  impl_->vfs.pNext = nullptr;
  impl_->vfs.xOpen = &Open;
  impl_->vfs.xDelete = &Delete;
  sqlite3_vfs_register(&impl_->vfs, everywhere ? 1 : 0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&impl_->vfs); }

const std::string& FaultyVfs::name() const { return impl_->name; }

void FaultyVfs::Set(DiskFault fault, int sound_first) {
  impl_->orders->sound_left = sound_first;
  impl_->orders->fault = fault;
}

int FaultyVfs::failures() const { return impl_->orders->failures; }

}  // namespace hjerte::tests
