#include "services/indicator/publish/chance.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace hjerte::indicator {
namespace {

registry::Finest CountsWith(std::int32_t yes) {
  return {{{"0751", *registry::ParseDate("2025-01-01")}, {{registry::StratumKind::kTotal, "", 0, {yes, 3, 4}}}}};
}

common::SecretKey KeyOf(char byte) { return common::SecretKey(std::string(common::SecretKey::kBytes, byte)); }

std::vector<double> NumbersOf(const registry::Draw& draw) {
  std::vector<double> numbers;
  for (std::uint32_t slot = 0; slot < 500; ++slot) {
    for (std::uint32_t figure = 0; figure < 10; ++figure) numbers.push_back(draw(slot, figure));
  }
  return numbers;
}

TEST(Chance, OfTheSameCountsIsTheSameAndOfOthersOrAnotherKeyAnother) {
  const std::vector<double> numbers = NumbersOf(DrawOf(KeyOf('a'), CountsWith(5)));
  EXPECT_EQ(numbers, NumbersOf(DrawOf(KeyOf('a'), CountsWith(5))));
  EXPECT_NE(numbers, NumbersOf(DrawOf(KeyOf('a'), CountsWith(6))));
  EXPECT_NE(numbers, NumbersOf(DrawOf(KeyOf('b'), CountsWith(5))));
}

TEST(Chance, OfAFigureDoesNotDependOnWhichWasAskedForBefore) {
  const registry::Draw draw = DrawOf(KeyOf('a'), CountsWith(5));
  const double first = draw(7, 2);
  EXPECT_NE(first, draw(8, 2));
  EXPECT_EQ(first, draw(7, 2));
}

TEST(Chance, IsAsLikelyToBeAnyNumberFromZeroToBelowOne) {
  const std::vector<double> numbers = NumbersOf(DrawOf(KeyOf('a'), CountsWith(5)));
  for (const double part : {0.125, 0.5, 0.875}) {
    const auto below = std::count_if(numbers.begin(), numbers.end(), [part](double each) { return each < part; });
    EXPECT_NEAR(static_cast<double>(below) / static_cast<double>(numbers.size()), part, 0.03);
  }
  EXPECT_GE(*std::min_element(numbers.begin(), numbers.end()), 0);
  EXPECT_LT(*std::max_element(numbers.begin(), numbers.end()), 1);
}

}  // namespace
}  // namespace hjerte::indicator
