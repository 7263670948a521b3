#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte preview`: the indicators of a source's files, computed here; nothing is sent.
void RegisterPreview(CLI::App& program, Context& context);

}  // namespace hjerte::tool
