// Batches that are pulled while the one before is taken in.
#include "adapters/intake/pull_ahead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/source/json_drop.h"
#include "services/common/clock.h"
#include "tests/temporary_folder.h"

namespace hjerte::adapters {
namespace {

class Kept : public source::Progress {
 public:
  std::optional<std::string> Find(const std::string& key) const override {
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (entry->first == key) return entry->second;
    }
    return std::nullopt;
  }
  std::vector<std::pair<std::string, std::string>> entries;
};

class PullAheadTest : public ::testing::Test {
 protected:
  PullAheadTest() {
    for (const char* name : {"forloeb-1.json", "forloeb-2.json"}) {
      std::string records;
      for (int i = 0; i < 5; ++i) {
        records += std::string(i > 0 ? "," : "") + R"({"id":")" + name + std::to_string(i) + R"("})";
      }
      folder_.Write(name, R"({"forloeb":[)" + records + "]}");
    }
    options_.folder = folder_.path();
    options_.prefix = "forloeb-";
    options_.records = "forloeb";
    options_.key = "id";
    options_.settle = std::chrono::milliseconds(0);
  }

  // Every record's key, in the order of the batches.
  std::vector<std::string> ReadAll(bool ahead) {
    source::JsonDrop drop(options_, clock_);
    PullAhead pull(drop, 2);
    Kept kept;
    std::vector<std::string> keys;
    for (bool more = true; more;) {
      const auto batch = *pull.Pull(kept);
      if (ahead) pull.Ahead();
      for (const source::Record& record : batch->records) keys.push_back(record.key);
      kept.entries.insert(kept.entries.end(), batch->progress.begin(), batch->progress.end());
      more = batch->more;
    }
    return keys;
  }

  tests::TemporaryFolder folder_;
  source::JsonDropOptions options_;
  common::SystemClock clock_;
};

TEST_F(PullAheadTest, GivesTheSameRecordsAsPullingInTurn) {
  const std::vector<std::string> in_turn = ReadAll(/*ahead=*/false);
  EXPECT_EQ(in_turn.size(), 10U);
  EXPECT_EQ(ReadAll(/*ahead=*/true), in_turn);
}

TEST_F(PullAheadTest, AfterARestartNothingThatWasPulledAheadIsSkipped) {
  source::JsonDrop drop(options_, clock_);
  PullAhead pull(drop, 2);
  const Kept nothing;
  const auto first = *pull.Pull(nothing);
  pull.Ahead();
  pull.Restart();
  const auto again = *pull.Pull(nothing);
  ASSERT_EQ(again->records.size(), 2U);
  EXPECT_EQ(again->records.front().key, first->records.front().key);
}

}  // namespace
}  // namespace hjerte::adapters
