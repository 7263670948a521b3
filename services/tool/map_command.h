#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte map`: runs a map over a record, checks one, or prints it in its other form. Results go to out; the lineage
// (--trace) and log messages to err. A record the map refuses is a finding (exit code 1), and so is a map with a fault.
void RegisterMap(CLI::App& program, Context& context);

}  // namespace hjerte::tool
