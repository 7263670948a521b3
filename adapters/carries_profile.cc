#include "adapters/carries_profile.h"

#include "services/common/config.h"

namespace hjerte::adapters {

absl::StatusOr<std::vector<std::string>> LoadCarriesProfile(const std::filesystem::path& file,
                                                            const std::string& name) {
  const auto loaded = common::ConfigMap::Load(file);
  if (!loaded.ok()) return loaded.status();
  const common::ConfigMap profiles = loaded->Map("profiles");
  std::vector<std::string> wanted;
  std::string known;
  bool found = false;
  for (const std::string& key : profiles.Keys()) {
    std::vector<std::string> variables = profiles.Strings(key);
    known += (known.empty() ? "" : ", ") + key;
    if (key != name) continue;
    wanted = std::move(variables);
    found = true;
  }
  if (absl::Status status = loaded->Finish(); !status.ok()) return status;
  if (!found) {
    return absl::NotFoundError(file.filename().string() + ": has no profile \"" + name + "\"; it has " + known);
  }
  return wanted;
}

}  // namespace hjerte::adapters
