#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte view`: a table from FHIR files by a SQL on FHIR v2 ViewDefinition, or a run of the published suite's files.
void RegisterView(CLI::App& program, Context& context);

}  // namespace hjerte::tool
