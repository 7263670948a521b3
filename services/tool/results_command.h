#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte results`: indicator results of the central service as a table, JSON or CSV; with --explain why one course
// counts as it does; with --freshness how fresh and complete the data is.
void RegisterResults(CLI::App& program, Context& context);

// `hjerte publish`: a new public snapshot now.
void RegisterPublish(CLI::App& program, Context& context);

}  // namespace hjerte::tool
