#pragma once

#include <cstddef>

namespace hjerte::tests {

// Allocations of the whole program so far.
size_t CountAllocations();

}  // namespace hjerte::tests
