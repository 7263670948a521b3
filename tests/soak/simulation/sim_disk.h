#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "services/common/random.h"

namespace hjerte::soak {

// What a disk that goes on working does wrong for a while.
enum class Trouble : std::uint8_t {
  kNone,
  kFull,        // writes fail: no space left
  kWriteError,  // writes fail: I/O error
  kSyncError,   // fsync fails; what it was about may never reach the platter, though the cache still shows it
};

// A disk in memory behind an SQLite VFS of its own, no kinder than a kernel: what was not synced is in the cache only;
// when the power goes, any subset of its sectors reaches the platter, one torn at any byte; a file's name, its size and
// its removal are lost too unless the folder was synced after them. Shared memory and locks never survive.
class SimDisk {
 public:
  // `random` decides what survives; it must outlive the disk.
  explicit SimDisk(common::Random& random);
  ~SimDisk();
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  // For DatabaseOptions::vfs.
  const std::string& vfs() const;

  // The machine stops dead once that many more operations that change the disk were done, perhaps in the midst of the
  // last: from then on every operation fails and changes nothing.
  void DieAfter(int operations);
  void DieNow();
  bool dead() const;
  // Comes up again after a death. With `power_lost` only what the platter kept is there; else the cache survived, as it
  // does the death of a process alone. Handles from before stay dead.
  void Restart(bool power_lost);

  // The next so many operations concerned fail.
  void SetTrouble(Trouble trouble, int operations);
  // Syncs of write-ahead logs do nothing, as with synchronous=NORMAL.
  void SkipLogSyncs();

  // The files as they are now, all of them synced, to begin another run with; and back to such a state.
  struct Image;
  std::shared_ptr<const Image> Save() const;
  void Load(const Image& image);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::soak
