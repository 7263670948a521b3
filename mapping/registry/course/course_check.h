#pragma once

#include <vector>

#include "mapping/registry/content/content.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/finding.h"

namespace hjerte::registry {

// The checks that need the whole course: presence (also conditional), completeness, cross-checks. They never refuse;
// what they find makes the indicators that need the value unknown. Location is the record's member, e.g. "smoking.end".
std::vector<Finding> CheckCourse(const Content& content, const CourseRecord& record);

}  // namespace hjerte::registry
