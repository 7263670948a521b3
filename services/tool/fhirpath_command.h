#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte fhirpath EXPRESSION [FILE]`: what an expression gives for a JSON file, one {"type":…,"value":…} a line; with
// --batch, JSON lines of expressions from standard input or a file, one answer a line.
void RegisterFhirpath(CLI::App& program, Context& context);

}  // namespace hjerte::tool
