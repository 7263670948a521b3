#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hjerte::adapters {

// The variables of a named profile from a file of profiles (mapping/dhrd/maps/carries.yaml): what systems of a kind are
// able to hold. NotFound names the profiles there are.
absl::StatusOr<std::vector<std::string>> LoadCarriesProfile(const std::filesystem::path& file, const std::string& name);

}  // namespace hjerte::adapters
