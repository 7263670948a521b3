#pragma once

#include <filesystem>

namespace hjerte::tests {

// Folder of third-party suites and domain facts beside the checkout; may be absent. HJERTE_SHARED overrides it.
std::filesystem::path SharedDir();

// The checkout, for golden files and registry content.
std::filesystem::path SourceDir();

// The folder with the built programs; HJERTE_BIN overrides it.
std::filesystem::path BinaryDir();

}  // namespace hjerte::tests

// Skips the test visibly when a file of the shared folder is not there.
#define HJERTE_REQUIRE_SHARED(relative)                                               \
  if (!std::filesystem::exists(::hjerte::tests::SharedDir() / (relative))) {          \
    GTEST_SKIP() << "needs " << (::hjerte::tests::SharedDir() / (relative)).string(); \
  }                                                                                   \
  static_assert(true, "")
