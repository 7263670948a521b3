#pragma once

#include <array>

#include "services/common/crash_point.h"

namespace hjerte::soak {

// The names of the crash points, in their order.
inline constexpr std::array<const char*, static_cast<std::size_t>(common::CrashPoint::kCount)> kCrashPointNames = {
    "source-read",
    "intake-before-commit",
    "intake-after-commit",
    "dispatch-before-send",
    "dispatch-after-send",
    "answer-before-apply",
    "answer-before-commit",
    "answer-after-commit",
    "store-opened",
    "cube-loaded",
    "ingest-before-prepare",
    "ingest-after-prepare",
    "vault-written",
    "log-appended",
    "resource-written",
    "course-written",
    "feed-appended",
    "group-before-commit",
    "group-after-commit",
    "cube-updated",
    "receipt-before-send",
    "receipt-after-send",
    "day-moved",
    "snapshot-before-commit",
    "snapshot-after-commit",
    "snapshot-shown",
    "feed-read",
    "journal-before-write",
    "journal-before-sync",
    "records-before-rename",
};
static_assert(kCrashPointNames.back() != nullptr);

// Environment of the programs with crash points. HJERTE_CRASH_AT=<number of the point>:<n> ends the process with
// SIGKILL when it passes the point for the nth time; HJERTE_CRASH_COUNTS names a file of kCount 32-bit counters that
// every pass is added to.
inline constexpr const char* kCrashAt = "HJERTE_CRASH_AT";
inline constexpr const char* kCrashCounts = "HJERTE_CRASH_COUNTS";

}  // namespace hjerte::soak
