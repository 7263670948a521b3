#pragma once

#include "mapping/registry/publication/masking.h"
#include "mapping/registry/publication/published_grid.h"
#include "services/common/secret_key.h"

namespace hjerte::indicator {

// What chance hides of a publication of these counts (registry/publication/masking.cc). The same counts draw the same
// again, so that publishing them twice opens nothing; any others draw anew, and nobody foresees how without the key.
registry::Draw DrawOf(const common::SecretKey& key, const registry::Finest& counts);

}  // namespace hjerte::indicator
