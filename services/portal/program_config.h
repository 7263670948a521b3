#pragma once

#include <filesystem>
#include <optional>

#include "absl/status/statusor.h"
#include "services/indicator/config.h"
#include "services/web/http_server.h"

namespace hjerte::portal {

// The whole configuration of hjerte-indicator: the central service's keys and `portal:`.
struct ProgramConfig {
  indicator::Config central;
  std::optional<web::HttpServerOptions> pages;  // absent: no pages
};

// Reads the file; everything wrong is named with file and line, all at once.
absl::StatusOr<ProgramConfig> LoadProgramConfig(const std::filesystem::path& file);

}  // namespace hjerte::portal
