#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hjerte::tests {

// Folder of third-party suites and domain facts beside the checkout; may be absent. HJERTE_SHARED overrides it.
inline std::filesystem::path SharedDir() {
  const char* dir = std::getenv("HJERTE_SHARED");
  return dir != nullptr ? std::filesystem::path(dir)
                        : std::filesystem::path(HJERTE_SOURCE_DIR).parent_path() / "shared";
}

// The checkout, for golden files and registry content.
inline std::filesystem::path SourceDir() { return HJERTE_SOURCE_DIR; }

// The folder with the built programs; HJERTE_BIN overrides it.
inline std::filesystem::path BinaryDir() {
  const char* dir = std::getenv("HJERTE_BIN");
  return dir != nullptr ? dir : HJERTE_BINARY_DIR;
}

}  // namespace hjerte::tests

// Skips the test visibly when a file of the shared folder is not there.
#define HJERTE_REQUIRE_SHARED(relative)                                               \
  if (!std::filesystem::exists(::hjerte::tests::SharedDir() / (relative))) {          \
    GTEST_SKIP() << "needs " << (::hjerte::tests::SharedDir() / (relative)).string(); \
  }                                                                                   \
  static_assert(true, "")
