#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte keys new` and `hjerte keys rotate`.
void RegisterKeys(CLI::App& program, Context& context);

}  // namespace hjerte::tool
