#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte backup`, `hjerte restore` and `hjerte verify`.
void RegisterBackup(CLI::App& program, Context& context);
void RegisterRestore(CLI::App& program, Context& context);
void RegisterVerify(CLI::App& program, Context& context);

}  // namespace hjerte::tool
