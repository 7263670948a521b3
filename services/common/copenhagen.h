#pragma once

#include <chrono>

#include "services/common/clock.h"

namespace hjerte::common {

// A date and time of day as the wall clock in Denmark shows it.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

// The wall clock in Europe/Copenhagen at an instant.
LocalTime ToCopenhagen(Instant instant);

// The instant of a wall clock time. An hour that occurs twice (October) means its first occurrence; an hour that does
// not occur (March) is read as if summer time had not begun, i.e. 02:30 is the instant that 03:30 summer time is.
Instant FromCopenhagen(LocalTime local);

// The date in Denmark at an instant: "today" in every rule about dates.
std::chrono::year_month_day CopenhagenDate(Instant instant);

}  // namespace hjerte::common
