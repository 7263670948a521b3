#pragma once

#include <optional>

#include "services/tool/simulation/course.h"

namespace hjerte::tool {

// What the care system shows of a course on a day: nothing that had not happened or was not yet written down, wrong
// values where they were not yet corrected, with the times of the last changes. Nothing when it does not hold the
// course.
std::optional<Course> AsKnownOn(const Course& course, const Calendar& calendar, Day day);

}  // namespace hjerte::tool
