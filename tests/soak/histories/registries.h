#pragma once

#include <filesystem>

#include "absl/status/statusor.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {

// Registries an adapter may be started over: as it ships; with maps that say other things of the same records and leave
// sessions out; with another profile of what a source carries.
class Registries {
 public:
  static constexpr int kCount = 3;

  // NotFound names a place in a shipped file that is not there any more.
  static absl::StatusOr<std::unique_ptr<const Registries>> Make();
  // The folder of one of them.
  std::filesystem::path Folder(int which) const { return folder_ / std::to_string(which); }

 private:
  tests::TemporaryFolder folder_;
};

}  // namespace hjerte::soak
