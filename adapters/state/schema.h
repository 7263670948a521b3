#pragma once

#include <vector>

#include "services/common/key_provider.h"
#include "services/common/sqlite.h"

namespace hjerte::adapters {

// The state file's schema, one step for each version (common::MigrateSchema). schema.cc says what each table holds;
// `provider` must outlive the steps.
std::vector<common::SchemaStep> SchemaSteps(const common::KeyProvider& provider);

}  // namespace hjerte::adapters
