#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte outbox`: what an adapter has read and what waits to be sent. Exit code 1 when something waits.
void RegisterOutbox(CLI::App& program, Context& context);

// `hjerte quarantine list|show|requeue`: records an adapter could not read, map or deliver, and why. `list` exits 1
// when there are any.
void RegisterQuarantine(CLI::App& program, Context& context);

}  // namespace hjerte::tool
