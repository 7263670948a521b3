#include "mapping/json/arena.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hjerte::json {

namespace {
// Chunks double up to this size, so that a large document costs few of them and a small one wastes little.
constexpr size_t kChunkBytesMax = size_t{1} << 20;
}  // namespace

void* Arena::AllocateSlow(size_t bytes) {
  const size_t chunk_bytes = std::max(bytes, next_chunk_bytes_);
  next_chunk_bytes_ = std::min(next_chunk_bytes_ * 2, kChunkBytesMax);
  // Not zeroed: every caller fills what it asks for.
  chunks_.push_back({std::unique_ptr<char[]>(new char[chunk_bytes]), chunk_bytes});
  char* piece = chunks_.back().memory.get();
  next_ = piece + bytes;
  end_ = piece + chunk_bytes;
  bytes_used_ += bytes;
  return piece;
}

std::string_view Arena::CopyText(std::string_view text) {
  if (text.empty()) return {};
  char* copy = AllocateArray<char>(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

void Arena::Reset() {
  bytes_used_ = 0;
  if (chunks_.empty()) return;
  auto largest = std::max_element(chunks_.begin(), chunks_.end(),
                                  [](const Chunk& left, const Chunk& right) { return left.bytes < right.bytes; });
  Chunk kept = std::move(*largest);
  chunks_.clear();
  chunks_.push_back(std::move(kept));
  next_ = chunks_.back().memory.get();
  end_ = next_ + chunks_.back().bytes;
}

}  // namespace hjerte::json
