#include "tests/soak/simulation/simulation.h"

#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

// Programs with sanitizers are many times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 150;
#else
constexpr std::uint64_t kSeeds = 1'500;
#endif

// Read once: the registry's content takes longer than many runs.
const Ground& SharedGround() {
  static const auto ground = Ground::Load();
  EXPECT_TRUE(ground.ok()) << ground.status();
  return **ground;
}

class SimulationTest : public testing::Test {
 protected:
  // The first seed, of so many, in which the planted fault shows, and what it shows as.
  std::optional<Verdict> FirstFound(Plant plant, std::uint64_t seeds) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      Verdict verdict = simulation_.Run(seed, plant);
      if (!verdict.sound()) return verdict;
    }
    return std::nullopt;
  }

  tests::TemporaryFolder folder_;
  Simulation simulation_{SharedGround(), folder_ / ""};
};

TEST_F(SimulationTest, NothingIsLostDuplicatedDisorderedOrDifferentWhateverFails) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Verdict verdict = simulation_.Run(seed);
    ASSERT_TRUE(verdict.sound()) << "seed " << seed << ": " << verdict.why << "; again: tests/soak/simulate --seeds 1 "
                                 << "--first " << seed;
  }
}

TEST_F(SimulationTest, ASeedRepeatsARunExactly) {
  for (const std::uint64_t seed : {11U, 12U, 13U, 14U, 15U}) {
    EXPECT_EQ(simulation_.Run(seed).history, simulation_.Run(seed).history) << "seed " << seed;
  }
  EXPECT_NE(simulation_.Run(11).history, simulation_.Run(12).history);
}

TEST_F(SimulationTest, AReceiptBeforeTheCommitIsFoundAsALoss) {
  const auto found = FirstFound(Plant::kReceiptBeforeCommit, 300);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->lost, 0) << found->why;
}

TEST_F(SimulationTest, ACursorThatMovesApartFromTheOutboxIsFoundAsALoss) {
  const auto found = FirstFound(Plant::kCursorApart, 300);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->lost, 0) << found->why;
}

TEST_F(SimulationTest, ALogThatIsNotSyncedIsFoundAsALoss) {
  const auto found = FirstFound(Plant::kNoLogSync, 300);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->lost, 0) << found->why;
}

TEST_F(SimulationTest, AReportThatIsNotRecognisedIsFoundAsADuplicate) {
  const auto found = FirstFound(Plant::kNoRecognition, 300);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->duplicated, 0) << found->why;
}

TEST_F(SimulationTest, AnOutboxThatForgetsOnSendingIsFound) {
  const auto found = FirstFound(Plant::kRemoveOnSend, 300);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->lost + found->different, 0) << found->why;
}

TEST_F(SimulationTest, ReportsOfOneCitizenThatLeaveTogetherAreFoundAsDisorder) {
  const auto found = FirstFound(Plant::kAllAtOnce, 300);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->disordered, 0) << found->why;
}

}  // namespace
}  // namespace hjerte::soak
