#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hjerte::json {

// Memory that is handed out piece by piece and given back all at once. Not thread-safe: one arena for one record or
// one evaluation. Everything made in it must be trivially destructible and must not outlive it.
class Arena {
 public:
  explicit Arena(size_t first_chunk_bytes = 4096) : next_chunk_bytes_(first_chunk_bytes) {}
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Memory for `bytes` bytes, aligned for any scalar; never null.
  void* Allocate(size_t bytes) {
    const size_t rounded = (bytes + (kAlignment - 1)) & ~(kAlignment - 1);
    if (rounded > static_cast<size_t>(end_ - next_)) return AllocateSlow(rounded);
    char* piece = next_;
    next_ += rounded;
    bytes_used_ += rounded;
    return piece;
  }

  // Memory for `count` objects; the caller fills it.
  template <typename T>
  T* AllocateArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);
    return static_cast<T*>(Allocate(count * sizeof(T)));
  }

  // A copy of `text` that lives as long as the arena's content.
  std::string_view CopyText(std::string_view text);

  // Forgets all content and keeps its memory for reuse, as far as that is no more than a record of usual size takes (1
  // MiB). Everything allocated before is invalid after.
  void Reset();

  // Bytes handed out since the last Reset.
  size_t bytes_used() const { return bytes_used_; }

 private:
  static constexpr size_t kAlignment = 8;
  struct Chunk {
    std::unique_ptr<char[]> memory;
    size_t bytes = 0;
  };

  void* AllocateSlow(size_t bytes);
  // Hands out from chunk `number` on.
  void Begin(size_t number);

  char* next_ = nullptr;
  char* end_ = nullptr;
  size_t next_chunk_bytes_;
  size_t bytes_used_ = 0;
  std::vector<Chunk> chunks_;
  // The chunk pieces are handed out of; those after it are empty.
  size_t current_ = 0;
};

}  // namespace hjerte::json
