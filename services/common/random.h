#pragma once

#include <cstdint>
#include <string>

namespace hjerte::common {

// Where chance comes from; passed in, so that a seed repeats a run exactly.
class Random {
 public:
  virtual ~Random() = default;
  // 64 uniform bits.
  virtual std::uint64_t Next() = 0;
  // A uniform number in [0, bound); bound must be positive.
  std::uint64_t Below(std::uint64_t bound);
  // A uniform number in [0, 1).
  double Fraction();
  // That many random bytes.
  std::string Bytes(std::size_t count);
};

// The operating system's source, fit for keys. May be called from any thread.
class SystemRandom final : public Random {
 public:
  std::uint64_t Next() override;
};

// A generator that repeats itself from its seed (splitmix64): for tests and simulations, never for keys. One thread at
// a time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() override;

 private:
  std::uint64_t state_;
};

}  // namespace hjerte::common
