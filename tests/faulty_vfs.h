#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace hjerte::tests {

// What the ground under a database does wrong.
enum class DiskFault : int {
  kNone,
  kFull,        // writes fail: no space left
  kWriteError,  // writes fail: I/O error
  kTornWrite,   // a write reaches the disk by half, then fails
  kSyncError,   // fsync fails
  kReadError,   // reads fail: I/O error
  kReadOnly,    // the disk was mounted anew for reading alone: nothing is written, made or deleted
};

// What a disk is told to do, and what became of it. May lie in memory that two processes share.
struct DiskOrders {
  std::atomic<DiskFault> fault = DiskFault::kNone;
  std::atomic<int> sound_left = 0;  // operations of the kind concerned that succeed first
  std::atomic<int> failures = 0;    // operations that failed so far
};

// An SQLite VFS over the system's that misbehaves on demand, after a number of sound operations of the kind concerned.
// Give its name to DatabaseOptions::vfs; it must outlive the database.
class FaultyVfs {
 public:
  // Told what to do by Set.
  FaultyVfs();
  // Told by the orders, which must outlive it, and under every database of the process that names no VFS.
  explicit FaultyVfs(DiskOrders& orders);
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
  FaultyVfs(DiskOrders* orders, bool everywhere);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::tests
