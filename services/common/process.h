#pragma once

namespace hjerte::common {

// Makes sure that the process's memory, which may hold CPR numbers, is never written to a core dump and cannot be read
// by a debugger of the same user. Call it first in main. Builds with sanitizers keep themselves readable, since the
// leak checker needs it.
void ForbidCoreDumps();

}  // namespace hjerte::common
