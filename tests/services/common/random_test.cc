#include "services/common/random.h"

#include <set>

namespace hjerte::common {
namespace {

TEST(SeededRandom, RepeatsItselfFromItsSeed) {
  SeededRandom one(7);
  SeededRandom same(7);
  SeededRandom other(8);
  const std::string bytes = one.Bytes(100);
  EXPECT_EQ(bytes.size(), 100u);
  EXPECT_EQ(bytes, same.Bytes(100));
  EXPECT_NE(bytes, other.Bytes(100));
}

TEST(SeededRandom, StaysBelowTheBoundAndReachesAllOfIt) {
  SeededRandom random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.Below(5));
  EXPECT_THAT(seen, testing::ElementsAre(0, 1, 2, 3, 4));
  for (int i = 0; i < 200; ++i) {
    const double fraction = random.Fraction();
    EXPECT_GE(fraction, 0.0);
    EXPECT_LT(fraction, 1.0);
  }
}

TEST(SystemRandom, DoesNotRepeatItself) {
  SystemRandom random;
  EXPECT_NE(random.Bytes(32), random.Bytes(32));
}

}  // namespace
}  // namespace hjerte::common
