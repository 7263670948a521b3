#include "services/common/thread_start.h"

#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace hjerte::common {
namespace {

TEST(Threads, OneThatCannotBeStartedEndsTheProgramWithAWordAboutIt) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer starts threads its own way";
#endif
  const auto start_without_room = [] {
    DemandThreads();
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_AS, &none);
    // The stacks of a few threads that have ended are kept for new ones.
    while (true) std::thread([] { ::pause(); }).detach();
  };
  EXPECT_EXIT(start_without_room(), ::testing::ExitedWithCode(3), "a thread cannot be started");
}

}  // namespace
}  // namespace hjerte::common
