#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "services/common/crash_point.h"
#include "tests/soak/crash_points.h"
#include "tests/soak/shared_memory.h"

namespace hjerte::common {
namespace {

constexpr auto kPoints = static_cast<std::size_t>(CrashPoint::kCount);
using Counts = std::array<std::atomic<std::uint32_t>, kPoints>;

// What the environment asks for, read once.
struct Orders {
  long point = -1;
  unsigned long nth = 0;
  Counts* shared = nullptr;

  Orders() {
    if (const char* at = std::getenv(soak::kCrashAt); at != nullptr) {
      char* colon = nullptr;
      point = std::strtol(at, &colon, 10);
      nth = *colon == ':' ? std::strtoul(colon + 1, nullptr, 10) : 1;
    }
    if (const char* file = std::getenv(soak::kCrashCounts); file != nullptr) {
      shared = soak::MapShared<Counts>(file);
    }
  }
};

}  // namespace

void PassCrashPoint(CrashPoint point) {
  static const Orders orders;
  static Counts passes{};
  const auto index = static_cast<std::size_t>(point);
  if (orders.shared != nullptr) ++(*orders.shared)[index];
  if (++passes[index] == orders.nth && orders.point == static_cast<long>(index)) ::kill(::getpid(), SIGKILL);
}

}  // namespace hjerte::common
