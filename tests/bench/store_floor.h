#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/flow.h"

namespace hjerte::bench {

// What it takes to write the rows of the finished SQLite store `from` to a new file `to` with the same schema, in
// `commits` durable transactions of equal size: the floor under whoever filled it. What reading them costs is measured
// in a pass of its own and taken off. `pragmas` are run on the new file first.
absl::StatusOr<Cost> CostOfWritingAgain(const std::filesystem::path& from, const std::filesystem::path& to, int commits,
                                        const std::string& pragmas);

}  // namespace hjerte::bench
