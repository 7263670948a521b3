#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte export`: takes course records over from the central service into a folder, with corrections and retractions,
// resumable after any interruption.
void RegisterExport(CLI::App& program, Context& context);

}  // namespace hjerte::tool
