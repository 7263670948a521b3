#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte check-config FILE`: everything a program would refuse to start with, told before it is started: the
// configuration itself (adapter.yaml or indicator.yaml, told apart by their keys), certificates, keys, the registry's
// content and the maps. Nothing is changed and nobody is called. Exits 2 for the configuration, 3 for what it refers
// to.
void RegisterCheckConfig(CLI::App& program, Context& context);

}  // namespace hjerte::tool
