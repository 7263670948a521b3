#pragma once

#include <string>
#include <string_view>

namespace hjerte::portal {

// A file of assets/ or texts/ that was built into the program, e.g. "portal.css", "da.yaml"; empty when there is none.
std::string_view AssetNamed(std::string_view name);

// A mark of a file's content: eight hex digits.
std::string AssetMark(std::string_view name);

// The address of a file of assets/ with the mark of its content, so that browsers may keep it for ever:
// "/assets/portal.css?v=1a2b3c4d".
std::string AssetAddress(std::string_view name);

}  // namespace hjerte::portal
