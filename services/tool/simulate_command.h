#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte simulate`: writes what care systems would export and the true figures beside it, or, with --compare, counts
// how many figures of a service equal the truth (exit code 1 when one differs).
void RegisterSimulate(CLI::App& program, Context& context);

}  // namespace hjerte::tool
