#include "services/tool/simulation/chance.h"

#include <cstdio>

namespace hjerte::tool {
namespace {

uint64_t SplitMix(uint64_t& state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t state = a ^ RotateLeft(b, 29);
  SplitMix(state);
  state ^= b;
  return SplitMix(state);
}

std::string UuidOf(uint64_t a, uint64_t b) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(a >> 32),
                static_cast<unsigned>(a >> 16 & 0xffff), static_cast<unsigned>(a & 0xfff),
                static_cast<unsigned>(0x8000 | (b >> 48 & 0x3fff)),
                static_cast<unsigned long long>(b & 0xffffffffffffULL));
  return text;
}

Chance::Chance(uint64_t seed, uint64_t stream) {
  uint64_t state = Mix(seed, stream);
  for (uint64_t& word : state_) word = SplitMix(state);
}

uint64_t Chance::Bits() {
  const uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

// The bias of the remainder is below 2^-40 for the small ranges used here.
int64_t Chance::Below(int64_t n) { return static_cast<int64_t>((Bits() >> 1) % static_cast<uint64_t>(n)); }

int64_t Chance::Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }

bool Chance::Permille(int permille) { return Below(1000) < permille; }

int64_t Chance::Bell(int64_t mean, int64_t deviation) {
  int64_t sum = 0;
  for (int i = 0; i < 12; ++i) sum += Below(10001);
  // The sum has mean 60 000 and standard deviation 10 000.
  return mean + (sum - 60000) * deviation / 10000;
}

int Chance::Weighted(std::initializer_list<int> weights) {
  int64_t total = 0;
  for (int weight : weights) total += weight;
  int64_t draw = Below(total);
  int index = 0;
  for (int weight : weights) {
    draw -= weight;
    if (draw < 0) return index;
    ++index;
  }
  return index - 1;
}

}  // namespace hjerte::tool
