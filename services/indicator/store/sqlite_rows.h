#pragma once

#include "absl/status/statusor.h"
#include "services/common/sqlite.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// Rows that reader and writer of the SQLite store both read.

// NotFound: no such source.
absl::StatusOr<SourceRow> ReadSource(common::Database& database, SourceId source);

}  // namespace hjerte::indicator
