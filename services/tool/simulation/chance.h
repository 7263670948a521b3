#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace hjerte::tool {

// Random numbers that are the same on every machine and compiler: xoshiro256** seeded by splitmix64, and distributions
// of our own in integers (those of the standard library differ between implementations).
class Chance {
 public:
  // The same seed and stream give the same numbers; different streams are independent.
  Chance(uint64_t seed, uint64_t stream);

  // The next 64 random bits.
  uint64_t Bits();
  // Uniform in 0 … n-1; n ≥ 1.
  int64_t Below(int64_t n);
  // Uniform in low … high, both included.
  int64_t Between(int64_t low, int64_t high);
  // True in `permille` of 1 000 cases.
  bool Permille(int permille);
  // Bell-shaped around `mean` with about `deviation`: the sum of twelve uniform numbers.
  int64_t Bell(int64_t mean, int64_t deviation);
  // Index of the weight drawn, in proportion to the weights (each ≥ 0, one at least > 0).
  int Weighted(std::initializer_list<int> weights);

 private:
  uint64_t state_[4];
};

// Mixes two numbers into one that looks random; for streams and names.
uint64_t Mix(uint64_t a, uint64_t b);

// The bits of `a` and `b` as the text of a random UUID (RFC 4122, version 4).
std::string UuidOf(uint64_t a, uint64_t b);

}  // namespace hjerte::tool
