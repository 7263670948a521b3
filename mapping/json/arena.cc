#include "mapping/json/arena.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hjerte::json {

namespace {
// Chunks double up to this size, so that a large document costs few of them and a small one wastes little.
constexpr size_t kChunkBytesMax = size_t{1} << 18;
constexpr size_t kKeptBytesMax = size_t{1} << 20;
}  // namespace

void Arena::Begin(size_t number) {
  current_ = number;
  next_ = chunks_[number].memory.get();
  end_ = next_ + chunks_[number].bytes;
}

void* Arena::AllocateSlow(size_t bytes) {
  size_t number = chunks_.empty() ? 0 : current_ + 1;
  while (number < chunks_.size() && chunks_[number].bytes < bytes) ++number;
  if (number == chunks_.size()) {
    const size_t chunk_bytes = std::max(bytes, next_chunk_bytes_);
    next_chunk_bytes_ = std::min(next_chunk_bytes_ * 2, kChunkBytesMax);
    // Not zeroed: every caller fills what it asks for.
    chunks_.push_back({std::unique_ptr<char[]>(new char[chunk_bytes]), chunk_bytes});
  }
  Begin(number);
  return Allocate(bytes);
}

std::string_view Arena::CopyText(std::string_view text) {
  if (text.empty()) return {};
  char* copy = AllocateArray<char>(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

void Arena::Reset() {
  bytes_used_ = 0;
  size_t kept_bytes = 0;
  std::erase_if(chunks_, [&kept_bytes](const Chunk& chunk) {
    const bool is_kept = kept_bytes + chunk.bytes <= kKeptBytesMax;
    if (is_kept) kept_bytes += chunk.bytes;
    return !is_kept;
  });
  next_ = end_ = nullptr;
  if (!chunks_.empty()) Begin(0);
}

}  // namespace hjerte::json
