#include "services/indicator/engine_version.h"

#ifndef HJERTE_VERSION
#define HJERTE_VERSION "0"
#endif

namespace hjerte::indicator {

std::string_view EngineVersion() { return HJERTE_VERSION; }

}  // namespace hjerte::indicator
