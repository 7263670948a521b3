#include <dlfcn.h>

#include "services/common/thread_start.h"

namespace hjerte::common {

// Alone in its file: a program that brings a body of its own leaves this one in the library.
int StartThreadOfSystem(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  static const auto start = reinterpret_cast<decltype(&StartThreadOfSystem)>(::dlsym(RTLD_NEXT, "pthread_create"));
  return start(thread, attributes, body, argument);
}

}  // namespace hjerte::common
