#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace hjertegateway::v1 {
class Course;
}

namespace hjerte::indicator {

// A typed Course as the plain JSON object that course.map reads: members are named as in the protobuf, absent ones are
// left out, the point is "start", "end" or "follow-up", numbers are JSON numbers with every digit they were sent with.
// InvalidArgument, naming the value's place, when a quantity is no decimal.
absl::StatusOr<std::string> CourseToJson(const hjertegateway::v1::Course& course);

}  // namespace hjerte::indicator
