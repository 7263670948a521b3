#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <random>

#include "mapping/registry/publication/masking.h"

namespace hjerte::registry::testing {

// Chance that a seed repeats.
inline Draw RandomDraw(uint32_t seed) {
  return [seed](uint32_t slot, uint32_t figure) {
    std::seed_seq sequence{seed, slot, figure};
    std::array<uint32_t, 1> number{};
    sequence.generate(number.begin(), number.end());
    return std::ldexp(number.front(), -32);
  };
}

}  // namespace hjerte::registry::testing
