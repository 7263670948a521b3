#pragma once

#include <string>
#include <variant>

#include "mapping/registry/content/variable.h"
#include "mapping/registry/finding.h"

namespace hjertegateway::v1 {
class Course;
}

namespace hjerte::indicator {

// A typed Course as the plain JSON object that course.map reads: members are named as in the protobuf, absent ones are
// left out, the point is "start", "end" or "follow-up", numbers are JSON numbers with every digit they were sent with.
// A finding with the place in the Course when it has no key, or a value is of no variable that can be sent, stands in
// another field than the variable's type asks for, or is no decimal.
std::variant<std::string, registry::Finding> CourseToJson(const hjertegateway::v1::Course& course,
                                                          const registry::VariableSet& variables);

}  // namespace hjerte::indicator
