#pragma once

#include "absl/status/status.h"
#include "services/common/key_provider.h"
#include "services/common/sqlite.h"

namespace hjerte::adapters {

// What the step to version 2 moves: keyed hashes in the place of plain ones, sealed progress, sources' keys without
// citizens' numbers. A new file gets its keys. Part of the caller's transaction.
absl::Status MoveToVersion2(common::Database& database, const common::KeyProvider& provider);

}  // namespace hjerte::adapters
