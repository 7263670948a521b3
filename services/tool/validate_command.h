#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte validate FILE…`: the central service's own checks on Bundles and Courses, here and now; nothing is sent.
// Exits 1 when a file would be refused.
void RegisterValidate(CLI::App& program, Context& context);

}  // namespace hjerte::tool
