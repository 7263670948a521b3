#pragma once

#include "services/tool/command.h"

namespace hjerte::tool {

// `hjerte certs init|issue|list|revoke|refresh`: a certificate authority of one's own in a folder, for trials and small
// installations. `list` exits 1 when a certificate has expired or will within the days asked for.
void RegisterCerts(CLI::App& program, Context& context);

}  // namespace hjerte::tool
