#pragma once

#include <span>
#include <string_view>

namespace hjerte::adapters {

// The state file's schema, one step for each version (common::MigrateSchema). schema.cc says what each table holds.
std::span<const std::string_view> SchemaSteps();

}  // namespace hjerte::adapters
