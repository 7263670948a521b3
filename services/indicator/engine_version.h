#pragma once

#include <string_view>

namespace hjerte::indicator {

// Version of the gateway, as provenance and the store's epochs name it.
std::string_view EngineVersion();

}  // namespace hjerte::indicator
