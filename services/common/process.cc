#include "services/common/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace hjerte::common {

void ForbidCoreDumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The limit alone does not hold where core dumps are piped to a collector.
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace hjerte::common
