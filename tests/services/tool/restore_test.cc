#include <filesystem>
#include <string_view>

#include "adapters/state/state_file.h"
#include "services/common/file_lock.h"
#include "services/common/secret_key.h"
#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;

class RestoreAdapter : public ToolFixture {
 protected:
  void SetUp() override {
    for (const char* name : {"keys", "state"}) std::filesystem::create_directory(folder_ / name);
    std::string config = tests::ReadFile(tests::SourceDir() / "deploy/config/adapter-csv.yaml");
    constexpr std::string_view kContent = "../../mapping/dhrd";
    config.replace(config.find(kContent), kContent.size(), (tests::SourceDir() / "mapping/dhrd").string());
    config_ = folder_.Write("adapter.yaml", config);
    ASSERT_TRUE(common::CreateKeyFile(key_).ok());
    ASSERT_TRUE(Opens());
    ASSERT_EQ(At({"backup", "--out", (folder_ / "backup.db").string()}), kExitOk) << Err();
  }
  int At(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", config_.string(), "--reason", "a trial"});
    return Run(arguments);
  }
  int Restore() { return At({"restore", "--replace", "--from", (folder_ / "backup.db").string()}); }
  bool Opens() const { return adapters::StateFile::Open(folder_ / "state/adapter-0751.db", key_).ok(); }

  std::filesystem::path config_;
  std::filesystem::path key_ = folder_ / "keys/adapter-0751.key";
};

TEST_F(RestoreAdapter, PutsTheBackupInPlace) {
  EXPECT_EQ(Restore(), kExitOk) << Err();
  EXPECT_TRUE(Opens());
  EXPECT_EQ(Run({"audit", "export", "--config", config_.string()}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr("\"restore\""));
}

TEST_F(RestoreAdapter, IsRefusedWhileTheAdapterHasTheFile) {
  const auto lock = common::LockBeside(folder_ / "state/adapter-0751.db");
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(Restore(), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("another program works on it; stop that first"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "state/adapter-0751.db.before-restore"));
}

TEST_F(RestoreAdapter, KeepsWhatEveryRestoreReplaced) {
  const std::filesystem::path state = folder_ / "state/adapter-0751.db";
  const std::string newest = tests::ReadFile(state);
  ASSERT_EQ(Restore(), kExitOk) << Err();
  ASSERT_EQ(Restore(), kExitOk) << Err();
  EXPECT_EQ(tests::ReadFile(state.string() + ".before-restore"), newest);
  EXPECT_TRUE(std::filesystem::exists(state.string() + ".before-restore-2"));
}

TEST_F(RestoreAdapter, OfABackupThatTheKeyDoesNotOpenReplacesNothing) {
  ASSERT_TRUE(common::CreateKeyFile(key_.string() + ".next").ok());
  ASSERT_EQ(At({"keys", "rotate"}), kExitOk) << Err();
  EXPECT_EQ(Restore(), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("wrapped by another key file"));
  EXPECT_TRUE(Opens());
}

}  // namespace
}  // namespace hjerte::tool
