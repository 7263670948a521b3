#include "services/portal/program_config.h"

#include "services/portal/portal_service.h"

namespace hjerte::portal {

absl::StatusOr<ProgramConfig> LoadProgramConfig(const std::filesystem::path& file) {
  const absl::StatusOr<common::ConfigMap> map = common::ConfigMap::Load(file);
  if (!map.ok()) return map.status();
  ProgramConfig config{indicator::ReadConfig(*map), ReadPortalConfig(*map)};
  const absl::Status status = map->Finish();
  if (!status.ok()) return status;
  return config;
}

}  // namespace hjerte::portal
