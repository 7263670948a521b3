#pragma once

#include <memory>
#include <string>

namespace hjerte::tests {

// What the ground under a database does wrong.
enum class DiskFault {
  kNone,
  kFull,        // writes fail: no space left
  kWriteError,  // writes fail: I/O error
  kTornWrite,   // a write reaches the disk by half, then fails
  kSyncError,   // fsync fails
  kReadError,   // reads fail: I/O error
};

// An SQLite VFS over the system's that misbehaves on demand, after a number of sound operations of the kind concerned.
// Give its name to DatabaseOptions::vfs; it must outlive the database.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  const std::string& name() const;
  // From now on: `sound_first` operations succeed, every further one fails until the fault is kNone again.
  void Set(DiskFault fault, int sound_first = 0);
  // Operations that failed so far.
  int failures() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::tests
