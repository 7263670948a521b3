#pragma once

#include <atomic>
#include <cstdint>

#include "tests/faulty_vfs.h"

namespace hjerte::soak {

// What the ground under a program is told to do: lies in a file that program and harness map.
struct GroundOrders {
  tests::DiskOrders disk;                        // under its SQLite files
  std::atomic<std::int64_t> clock_ahead_us{0};   // its wall clock before the machine's; negative: behind
  std::atomic<std::int64_t> threads_sound{0};    // so many can be started, …
  std::atomic<std::int64_t> threads_wanting{0};  // … and then so many cannot
};

// Environment of the programs of this folder: names the file. Without it the ground is sound.
inline constexpr const char* kGround = "HJERTE_GROUND";

}  // namespace hjerte::soak
