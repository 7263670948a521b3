#include "tests/shared.h"

#include <cstdlib>

namespace hjerte::tests {

std::filesystem::path SharedDir() {
  const char* dir = std::getenv("HJERTE_SHARED");
  return dir != nullptr ? std::filesystem::path(dir)
                        : std::filesystem::path(HJERTE_SOURCE_DIR).parent_path() / "shared";
}

std::filesystem::path SourceDir() { return HJERTE_SOURCE_DIR; }

std::filesystem::path BinaryDir() {
  const char* dir = std::getenv("HJERTE_BIN");
  return dir != nullptr ? dir : HJERTE_BINARY_DIR;
}

}  // namespace hjerte::tests
