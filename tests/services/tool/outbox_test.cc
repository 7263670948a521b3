// What an operator is told of reports that wait.
#include "adapters/state/outbox.h"

#include <filesystem>
#include <string_view>

#include "adapters/state/delivery_trouble.h"
#include "services/common/secret_key.h"
#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class OutboxOfAdapter : public ToolFixture {
 protected:
  void SetUp() override {
    for (const char* name : {"keys", "state"}) std::filesystem::create_directory(folder_ / name);
    std::string config = tests::ReadFile(tests::SourceDir() / "deploy/config/adapter-csv.yaml");
    constexpr std::string_view kContent = "../../mapping/dhrd";
    config.replace(config.find(kContent), kContent.size(), (tests::SourceDir() / "mapping/dhrd").string());
    config_ = folder_.Write("adapter.yaml", config).string();
    ASSERT_TRUE(common::CreateKeyFile(folder_ / "keys/adapter-0751.key").ok());
    auto state = adapters::StateFile::Open(folder_ / "state/adapter-0751.db", folder_ / "keys/adapter-0751.key");
    ASSERT_TRUE(state.ok()) << state.status();
    state_ = *std::move(state);
    adapters::Outbox outbox(*state_);
    ASSERT_TRUE(
        outbox
            .Put({.delivery_id = "d1", .citizen = "c", .record = "r", .course = "k", .refs = {}, .payload = "p"}, Now())
            .ok());
  }
  std::int64_t Now() const { return clock_.Now().time_since_epoch().count(); }

  std::string config_;
  std::unique_ptr<adapters::StateFile> state_;
};

TEST_F(OutboxOfAdapter, SaysWhyReportsWaitAndWhenTheyAreTriedNext) {
  const std::string refused = "failed to connect to all addresses; last error: UNKNOWN: Connection refused 150260-4389";
  for (int minute = 0; minute < 90; ++minute) {
    ASSERT_TRUE(adapters::NoteTrouble(*state_, Now(), Now() + 5'000'000, refused).ok());
    clock_.Advance(std::chrono::minutes(1));
  }
  EXPECT_EQ(Run({"outbox", "--config", config_}), kExitFindings) << Err();
  EXPECT_THAT(Out(), AllOf(HasSubstr("waiting reports 1 ("), HasSubstr("the oldest since 2026-01-31T00:00:00"),
                           HasSubstr("(1h 30min ago)\n"), HasSubstr("90 attempts failed since 2026-01-31T00:00:00"),
                           HasSubstr("the last at 2026-01-31T01:29:00"), HasSubstr("Connection refused"),
                           HasSubstr("that is: nobody listens at gateway.address")));
  EXPECT_THAT(Out(), AllOf(HasSubstr("next attempt at 2026-01-31T01:29:05"), HasSubstr("does the adapter run?"),
                           Not(HasSubstr("attempts 0")), Not(HasSubstr("4389"))));
  ASSERT_TRUE(adapters::ClearTrouble(*state_).ok());
  Run({"outbox", "--config", config_});
  EXPECT_THAT(Out(), Not(HasSubstr("failed")));
}

}  // namespace
}  // namespace hjerte::tool
