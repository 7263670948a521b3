#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte export`: takes the course records over into a file, resumable at any moment: each line is one change with the
// cursor it was told at, so that file and cursor cannot disagree.
void RegisterExport(CLI::App& program, Context& context);

}  // namespace hjerte::tool
