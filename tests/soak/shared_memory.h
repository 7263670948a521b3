#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hjerte::soak {

// A file's bytes as an object that every process which maps it shares; null when the file cannot be mapped. It stays
// mapped until the process ends. The file must be as large as the object, which must be good as zeros.
template <typename Object>
Object* MapShared(const char* file) {
  const int descriptor = ::open(file, O_RDWR | O_CLOEXEC);
  void* mapped = ::mmap(nullptr, sizeof(Object), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  return mapped == MAP_FAILED ? nullptr : static_cast<Object*>(mapped);
}

}  // namespace hjerte::soak
