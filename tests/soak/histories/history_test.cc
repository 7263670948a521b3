#include "tests/soak/histories/outcome.h"

namespace hjerte::soak {
namespace {

// Programs with sanitizers are many times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned kStories = 9;
#else
constexpr unsigned kStories = 60;
#endif

class HistoryTest : public testing::Test {
 protected:
  // Read once for all stories.
  static void SetUpTestSuite() {
    auto ground = Ground::Load();
    ASSERT_TRUE(ground.ok()) << ground.status();
    ground_ = *std::move(ground);
    auto registries = Registries::Make();
    ASSERT_TRUE(registries.ok()) << registries.status();
    registries_ = *std::move(registries);
  }
  static void TearDownTestSuite() {
    ground_ = nullptr;
    registries_ = nullptr;
  }

  static inline std::unique_ptr<const Ground> ground_;
  static inline std::unique_ptr<const Registries> registries_;
};

// Stories in which the gateway once did not hold it.
constexpr unsigned kFoundSomething[] = {1126, 1485, 51219, 70063, 101874, 152409, 152943, 401963, 802542, 805293};

TEST_F(HistoryTest, WhateverHappensToAnAdapterTheGatewayHoldsInTheEndWhatItsSourceToldLast) {
  std::vector<unsigned> seeds(std::begin(kFoundSomething), std::end(kFoundSomething));
  for (unsigned seed = 1; seed <= kStories; ++seed) seeds.push_back(seed);
  for (const unsigned seed : seeds) {
    const Outcome outcome = Live(*ground_, *registries_, Tell(seed));
    ASSERT_TRUE(outcome.sound()) << "seed " << seed << ": " << outcome.why
                                 << "\nagain: tests/soak/history --seeds 1 --first " << seed;
  }
}

TEST_F(HistoryTest, WhatAGatewayReceivesAndForgetsIsFoundAsLostDifferentAndTooMuch) {
  Outcome sum;
  for (unsigned seed = 1; seed <= 30 && (sum.lost == 0 || sum.different == 0 || sum.duplicated == 0); ++seed) {
    const Outcome outcome = Live(*ground_, *registries_, Tell(seed), nullptr, 2);
    sum.lost += outcome.lost;
    sum.different += outcome.different;
    sum.duplicated += outcome.duplicated;
  }
  EXPECT_GT(sum.lost, 0);
  EXPECT_GT(sum.different, 0);
  EXPECT_GT(sum.duplicated, 0);
}

TEST_F(HistoryTest, AStoryIsReadAsItIsWritten) {
  const Story told = Tell(5);
  const auto read = Read(Write(told));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Write(*read), Write(told));
  EXPECT_FALSE(Read("format 9").ok());
  EXPECT_FALSE(Read(Write(told) + "sing 1 2\n").ok());
}

TEST_F(HistoryTest, AStoryThatFailsIsShrunkToWhatMakesItFail) {
  const auto has = [](const Story& story, Happening what) {
    return std::any_of(story.events.begin(), story.events.end(),
                       [&](const Event& event) { return event.what == what; });
  };
  Story story = Tell(3);
  story.events.push_back({.what = Happening::kBackup});
  story.events.push_back({.what = Happening::kRestore});
  const Story shrunk = Shrink(story, [&](const Story& shorter) {
    return has(shorter, Happening::kBackup) && has(shorter, Happening::kRestore);
  });
  ASSERT_THAT(shrunk.events, testing::SizeIs(3)) << "and the final telling stays";
  EXPECT_TRUE(has(shrunk, Happening::kBackup) && has(shrunk, Happening::kRestore) && has(shrunk, Happening::kFinal));
}

}  // namespace
}  // namespace hjerte::soak
