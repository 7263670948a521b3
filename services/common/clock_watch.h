#pragma once

#include <chrono>

#include "services/common/clock.h"
#include "services/common/log.h"

namespace hjerte::common {

// Notices that the wall clock was set: it then went another way than steady time. Used by one thread.
class ClockWatch {
 public:
  // Begins to watch; `clock` must outlive it.
  ClockWatch(const Clock& clock, Logger log);
  // Writes a line when the clock was set by more than a minute since the last look: event=clock-set, by how many
  // seconds. Smaller steps are what keeping time by the network does.
  void Look();

 private:
  std::chrono::microseconds Ahead() const;

  const Clock& clock_;
  Logger log_;
  std::chrono::microseconds ahead_;  // of steady time, at the last look
};

}  // namespace hjerte::common
