// A consumer of the export that is killed again and again while the real programs deliver.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/e2e/installation.h"

namespace hjerte::tests {
namespace {

constexpr std::chrono::seconds kDeadline(250);

class ExportConsumer : public testing::Test {
 protected:
  void SetUp() override {
    // Six extracts, with corrections, deletions and courses entered in error from one to the next.
    house_.Simulate({"--municipalities", "2", "--courses", "300", "--waves", "6", "--formats", "json", "--seed", "4"});
    house_.LayOut();
    house_.StartCentral();
  }

  std::vector<std::string> Export(const std::string& name) const {
    std::vector<std::string> command = {"hjerte", "export", "--journal",
                                        (house_.state() / (name + ".journal")).string()};
    const std::vector<std::string> connection = house_.Connection("exporter-dhrd");
    command.insert(command.end(), connection.begin(), connection.end());
    return command;
  }

  std::uintmax_t JournalBytes() const {
    std::error_code none_yet;
    const std::uintmax_t bytes = std::filesystem::file_size(house_.state() / "killed.journal", none_yet);
    return none_yet ? 0 : bytes;
  }

  // Takes what there is over to the end, without being disturbed, and gives the course records.
  std::string Finish(const std::string& name) const {
    std::vector<std::string> command = Export(name);
    command.insert(command.end(), {"--records", (house_.state() / (name + ".records")).string()});
    const Outcome outcome = RunToEnd(command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return ReadFile(house_.state() / (name + ".records"));
  }

  Installation house_;
};

TEST_F(ExportConsumer, KilledAtManyMomentsAmongCorrectionsAndRetractionsEndsWithExactlyTheCentralRecords) {
  std::vector<std::string> following = Export("killed");
  following.emplace_back("--follow");
  std::vector<std::unique_ptr<Program>> adapters;
  for (const std::string& code : house_.codes()) adapters.push_back(house_.StartAdapter(code));
  const auto delivering = [&] {
    return std::any_of(adapters.begin(), adapters.end(), [](const auto& adapter) { return adapter->IsRunning(); });
  };
  std::mt19937 random(17);
  int kills = 0;
  while (delivering()) {
    Program consumer(following, house_.state() / "consumer.log");
    const std::uintmax_t until = JournalBytes() + random() % 15'000;
    ASSERT_TRUE(WaitUntil([&] { return JournalBytes() > until || !delivering(); }, kDeadline));
    ASSERT_TRUE(consumer.IsRunning()) << ReadFile(house_.state() / "consumer.log");
    consumer.Kill();
    ++kills;
    // The machine may lose power too: of what was written and not synced the end is gone.
    const std::uintmax_t bytes = JournalBytes();
    if (bytes > 0)
      std::filesystem::resize_file(house_.state() / "killed.journal",
                                   bytes - random() % std::min<std::uintmax_t>(bytes, 3000));
  }
  EXPECT_GE(kills, 5);
  EXPECT_FALSE(Finish("killed").empty());
  EXPECT_TRUE(Finish("killed") == Finish("undisturbed"));
  const std::string journal = ReadFile(house_.state() / "killed.journal");
  EXPECT_TRUE(journal == ReadFile(house_.state() / "undisturbed.journal")) << "no change is lost and none comes twice";
  EXPECT_NE(journal.find("\"kind\":\"correction\""), std::string::npos);
  EXPECT_NE(journal.find("\"kind\":\"retraction\""), std::string::npos);
}

}  // namespace
}  // namespace hjerte::tests
