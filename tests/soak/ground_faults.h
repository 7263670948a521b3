#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/soak/flow.h"
#include "tests/soak/ground_orders.h"
#include "tests/soak/timed_fault.h"

namespace hjerte::soak {

// How the ground gives way.
enum class GroundKind {
  kDiskFull,       // the disk that the states of all programs lie on
  kNoDescriptors,  // file descriptors of one program
  kNoMemory,       // its address space; it may die of it and is started again
  kNoRoom,         // the same from its first start on
  kNoThreads,      // from its first start on it can start a few threads, and then one not or none
  kFrozen,         // it stands still
  kDisk,           // what its SQLite files stand on does something wrong
  kClockBack,      // its clock is set back
  kClockForward,   // its clock is set forward
};

// One fault of the ground, of one program.
struct GroundFault {
  const char* name = "";
  GroundKind kind = GroundKind::kDiskFull;
  bool adapter = false;  // its victim, else the central service
  tests::DiskFault disk = tests::DiskFault::kNone;
  // One of which a line of the victim's log must hold; empty: nothing is asked.
  std::vector<std::string> words{};
};
const std::vector<GroundFault>& GroundFaults();

// What one run does to the ground, from its number alone.
struct GroundPlan {
  const GroundFault* fault = nullptr;
  Spell spell{};
  int sound_first = 0;           // operations of the disk, or threads, that succeed first
  std::int64_t clock_by_us = 0;  // how far the clock is set
  std::size_t adapter = 0;       // which one
  int threads_wanting = 0;       // that cannot be started then
  std::int64_t room = 0;         // bytes of address space it is first started with
  std::string text() const;
};
GroundPlan MakeGroundPlan(std::uint64_t seed, int run, std::size_t adapters);

// A small disk of a run's own; needs root.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path place);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  // Fills it to the last byte.
  void Fill() const;
  void Empty() const;

 private:
  std::filesystem::path place_;
  bool mounted_ = false;
};

// The file through which a program of a run is told what its ground does.
class GroundFile {
 public:
  // Makes the file; its folder must be there.
  explicit GroundFile(std::filesystem::path file);
  ~GroundFile();
  GroundFile(const GroundFile&) = delete;
  GroundFile& operator=(const GroundFile&) = delete;

  GroundOrders& orders() { return *orders_; }
  // Words before the command line of the program that is to heed it.
  std::vector<std::string> environment() const;

 private:
  std::filesystem::path file_;
  GroundOrders* orders_;
};

// What is so from the first start of the program on.
void SetFromTheStart(const GroundPlan& plan, GroundOrders& orders);

// Makes the ground give way for the program of that name in a flow, or be good again.
void SetFault(const GroundPlan& plan, const std::string& victim, bool on, const SmallDisk& disk, GroundOrders& orders,
              Flow& flow);

}  // namespace hjerte::soak
