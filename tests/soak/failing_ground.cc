#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>

#include "services/common/clock.h"
#include "services/common/thread_start.h"
#include "tests/soak/ground_orders.h"
#include "tests/soak/shared_memory.h"

namespace hjerte {
namespace {

soak::GroundOrders& Orders() {
  static soak::GroundOrders none;
  static soak::GroundOrders* const orders = [] {
    const char* file = std::getenv(soak::kGround);
    soak::GroundOrders* mapped = file == nullptr ? nullptr : soak::MapShared<soak::GroundOrders>(file);
    return mapped == nullptr ? &none : mapped;
  }();
  return *orders;
}

// There before main opens its first database.
const tests::FaultyVfs disk(Orders().disk);

}  // namespace

namespace common {

// The machine's clock, set by the orders; steady time knows nothing of that.
Instant SystemClock::Now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) +
         std::chrono::microseconds(Orders().clock_ahead_us);
}

std::chrono::microseconds SystemClock::Steady() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

int StartThreadOfSystem(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  static const auto start = reinterpret_cast<decltype(&StartThreadOfSystem)>(::dlsym(RTLD_NEXT, "pthread_create"));
  if (Orders().threads_wanting > 0 && Orders().threads_sound-- <= 0 && Orders().threads_wanting-- > 0) return EAGAIN;
  return start(thread, attributes, body, argument);
}

}  // namespace common
}  // namespace hjerte
