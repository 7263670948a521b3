#include "services/common/thread_start.h"

// gcc and clang say it in two ways.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HJERTE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HJERTE_SANITIZED
#endif
#endif

#ifndef HJERTE_SANITIZED

#include <time.h>
#include <unistd.h>

#include <string_view>

namespace {

constexpr int kExitEnvironment = 3;
// Others may end meanwhile and give back what is wanting.
constexpr int kTries = 50;
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 20'000'000};
constexpr std::string_view kWhy =
    "a thread cannot be started: memory or the limit of tasks (MemoryMax, TasksMax, ulimit -u) does not suffice; "
    "the program ends\n";

// Takes no memory: there may be none.
[[noreturn]] void EndForWantOfThreads() {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kWhy.data(), kWhy.size());
  ::_exit(kExitEnvironment);
}

}  // namespace

// Stands before the system's for everything in the program that starts a thread, gRPC's library too.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                              void* argument) noexcept {
  for (int i = 0; i < kTries; ++i) {
    if (hjerte::common::StartThreadOfSystem(thread, attributes, body, argument) == 0) return 0;
    ::nanosleep(&kPause, nullptr);
  }
  EndForWantOfThreads();
}

#endif

namespace hjerte::common {

// Whoever calls this has what stands beside it in this file.
void DemandThreads() {}

}  // namespace hjerte::common
