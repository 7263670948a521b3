#include "services/common/clock.h"

namespace hjerte::common {

Instant SystemClock::Now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace hjerte::common
