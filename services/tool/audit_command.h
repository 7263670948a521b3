#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte audit verify` and `hjerte audit export`.
void RegisterAudit(CLI::App& program, Context& context);

}  // namespace hjerte::tool
