#include "services/common/random.h"

#include "services/common/crypto.h"

namespace hjerte::common {

std::uint64_t Random::Below(std::uint64_t bound) {
  // Draws from the part of the range that `bound` divides are kept, so that every number is equally likely.
  const std::uint64_t unfair = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t draw = Next();
    if (draw >= unfair) return draw % bound;
  }
}

double Random::Fraction() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

std::string Random::Bytes(std::size_t count) {
  std::string bytes;
  bytes.reserve(count);
  while (bytes.size() < count) {
    std::uint64_t draw = Next();
    for (int i = 0; i < 8 && bytes.size() < count; ++i, draw >>= 8) bytes.push_back(static_cast<char>(draw & 0xff));
  }
  return bytes;
}

std::uint64_t SystemRandom::Next() {
  std::uint64_t value = 0;
  for (const char byte : RandomBytes(sizeof(value))) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::uint64_t SeededRandom::Next() {
  std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

}  // namespace hjerte::common
