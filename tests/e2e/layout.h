#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/e2e/program.h"

namespace hjerte::tests {

// Lays out certificates, keys and configurations under `state` for the care systems under `data` (sources.csv), as
// deploy/local does for the demo. Other registry content than the shipped one may be named.
Outcome LayOut(const std::filesystem::path& state, const std::filesystem::path& data,
               const std::filesystem::path& content = {});

// The codes of the care systems under `data`, in the order of sources.csv.
std::vector<std::string> CodesOf(const std::filesystem::path& data);

// "host:port" at which the central service laid out under `state` is reached.
std::string AddressOf(const std::filesystem::path& state);

}  // namespace hjerte::tests
