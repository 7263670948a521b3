#pragma once

#include <unistd.h>

#include <utility>

namespace hjerte::common {

// Owns a file descriptor; closes it when it goes. Negative: none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    Close();
    descriptor_ = other.Release();
    return *this;
  }
  ~FileDescriptor() { Close(); }

  bool valid() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  // Gives the descriptor away.
  int Release() { return std::exchange(descriptor_, -1); }
  void Close() {
    if (descriptor_ >= 0) ::close(Release());
  }

 private:
  int descriptor_ = -1;
};

}  // namespace hjerte::common
