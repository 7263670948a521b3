#pragma once

#include <cstddef>

namespace hjerte::json {

// What one document may cost; a document beyond any of these is refused before it takes the memory.
struct Limits {
  size_t max_bytes = size_t{16} << 20;
  size_t max_depth = 64;
  size_t max_members = 2'000'000;  // All values of the document together.
  size_t max_string_bytes = size_t{1} << 20;
  size_t max_number_chars = 64;
};

}  // namespace hjerte::json
