// hjerte backup, restore, verify, audit and keys as an operator uses them, on the files of a real installation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "services/common/file_lock.h"
#include "tests/e2e/installation.h"
#include "tests/e2e/json_course.h"

namespace hjerte::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kCode = "0751";

class CustodyCommands : public testing::Test {
 protected:
  void SetUp() override {
    house_.Declare({{.code = kCode, .format = "json"}});
    house_.LayOut();
    const std::string certs = (house_.state() / "certs").string();
    ASSERT_EQ(RunToEnd({"hjerte", "certs", "issue", "--dir", certs, "--role", "admin", "--name", "ops"}).exit_code, 0);
    house_.EditConfig("indicator.yaml", "identities:\n",
                      "identities:\n  - {uri: \"urn:hjertegateway:admin:ops\", role: admin}\n");
    house_.StartCentral();
    Deliver("FIRST", 1);
  }
  void Deliver(const std::string& id, int citizen) {
    house_.Drop(kCode, "forloeb-" + id + ".json", JsonFile(JsonCourse(id, citizen)));
    house_.Deliver({kCode});
  }
  // `hjerte` against the running central service as that identity.
  Outcome Ask(std::vector<std::string> arguments, const std::string& who = "admin-ops") const {
    const std::vector<std::string> connection = house_.Connection(who);
    arguments.insert(arguments.begin(), "hjerte");
    arguments.insert(arguments.end(), connection.begin(), connection.end());
    return RunToEnd(arguments);
  }
  // `hjerte` at the machine, with a configuration.
  Outcome At(const std::filesystem::path& config, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "hjerte");
    arguments.insert(arguments.end(), {"--config", config.string()});
    return RunToEnd(arguments);
  }
  std::filesystem::path central_config() const { return house_.state() / "indicator.yaml"; }
  static std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

  Installation house_;
};

TEST_F(CustodyCommands, ABackupOfTheRunningServiceIsRestoredAndVerifiedAndTheServiceGoesOn) {
  const Outcome backup = Ask({"backup", "--reason", "nightly"});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  const std::string file = FirstLine(backup.out);
  ASSERT_TRUE(std::filesystem::exists(file)) << backup.out;
  EXPECT_THAT(backup.out, HasSubstr("audit-head head="));
  Deliver("SECOND", 2);
  house_.StopCentral();

  const Outcome unasked = At(central_config(), {"restore", "--from", file, "--reason", "a broken disk"});
  EXPECT_NE(unasked.exit_code, 0) << "a file that is there was replaced unasked";
  EXPECT_THAT(unasked.err, HasSubstr("--replace"));
  const Outcome restore = At(central_config(), {"restore", "--from", file, "--replace", "--reason", "a broken disk"});
  ASSERT_EQ(restore.exit_code, 0) << restore.err;
  EXPECT_THAT(restore.out, HasSubstr("is the backup of"));
  const Outcome verify = At(central_config(), {"verify"});
  EXPECT_EQ(verify.exit_code, 0) << verify.err;
  EXPECT_THAT(verify.out, HasSubstr("rebuilt and compared, faults 0"));

  house_.StartCentral();
  EXPECT_THAT(house_.Records(), Not(HasSubstr("SECOND")));
  Deliver("THIRD", 3);
  for (const char* course : {"FIRST", "THIRD"}) EXPECT_THAT(house_.Records(), HasSubstr(course));
  EXPECT_THAT(house_.Records(), HasSubstr("SECOND")) << "the adapter did not deliver again what the backup lacks";
  house_.StopCentral();
  const Outcome events = At(central_config(), {"audit", "export"});
  EXPECT_THAT(events.out, HasSubstr("a broken disk"));
}

TEST_F(CustodyCommands, ARunningAdapterWithNothingNewDeliversAgainWhatARestoredServiceLacks) {
  house_.EditConfig("adapter-0751.yaml", "  tls:\n", "  retry_max: 1s\n  tls:\n");
  const Outcome backup = Ask({"backup", "--reason", "nightly"});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  Deliver("SECOND", 2);
  const auto adapter = house_.StartAdapter(kCode, /*once=*/false);
  house_.StopCentral();
  const Outcome restore =
      At(central_config(), {"restore", "--from", FirstLine(backup.out), "--replace", "--reason", "a broken disk"});
  ASSERT_EQ(restore.exit_code, 0) << restore.err;
  house_.StartCentral();
  EXPECT_TRUE(WaitUntil([&] { return house_.Records().find("SECOND") != std::string::npos; }, std::chrono::minutes(2)))
      << ReadFile(adapter->log());
}

TEST_F(CustodyCommands, ADamagedBackupIsNotPutInPlace) {
  const Outcome backup = Ask({"backup", "--reason", "nightly"});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  const std::string file = FirstLine(backup.out);
  house_.StopCentral();
  {
    std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(5000);
    damaged << "x";
  }
  const std::string before = ReadFile(house_.central_database());
  const Outcome restore = At(central_config(), {"restore", "--from", file, "--replace", "--reason", "test"});
  EXPECT_NE(restore.exit_code, 0);
  EXPECT_THAT(restore.err, HasSubstr(file));
  EXPECT_EQ(ReadFile(house_.central_database()), before);
}

TEST_F(CustodyCommands, AnAdaptersBackupIsTakenWhileItRunsAndPutBack) {
  const std::string file = (house_.state() / "adapter.backup").string();
  const Outcome backup = At(house_.adapter_config(kCode), {"backup", "--out", file, "--reason", "nightly"});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  EXPECT_THAT(backup.out, HasSubstr("sha256 "));
  const Outcome restore =
      At(house_.adapter_config(kCode), {"restore", "--from", file, "--replace", "--reason", "a broken disk"});
  ASSERT_EQ(restore.exit_code, 0) << restore.err;
  const Outcome audit = At(house_.adapter_config(kCode), {"audit", "verify"});
  EXPECT_EQ(audit.exit_code, 0) << audit.err;
  EXPECT_THAT(audit.out, HasSubstr(" 0 faults"));
  house_.Deliver({kCode});
  EXPECT_THAT(house_.Records(), HasSubstr("FIRST"));
}

// The care system's stamp does not move: the adapter's own memory alone keeps the versions apart.
class SetBackAdapter : public CustodyCommands {
 protected:
  void DeliverMetres(const std::string& metres) {
    DropAndDeliver(JsonFile(Replaced(JsonCourse("FIRST", 1), "\"vaerdi\":400", "\"vaerdi\":" + metres)));
  }
  void DropAndDeliver(const std::string& json) {
    house_.Drop(kCode, "forloeb-FIRST.json", json);
    house_.Deliver({kCode});
  }
  void Backup() {
    ASSERT_EQ(At(house_.adapter_config(kCode), {"backup", "--out", file_, "--reason", "nightly"}).exit_code, 0);
  }
  void Restore() {
    const Outcome restore =
        At(house_.adapter_config(kCode), {"restore", "--from", file_, "--replace", "--reason", "a broken disk"});
    ASSERT_EQ(restore.exit_code, 0) << restore.err;
    EXPECT_THAT(restore.out, HasSubstr("sent anew"));
  }
  void ExpectGatewayIsSound() {
    house_.StopCentral();
    EXPECT_EQ(At(central_config(), {"verify"}).exit_code, 0);
  }

 private:
  const std::string file_ = (house_.state() / "adapter.backup").string();
};

TEST_F(SetBackAdapter, BringsWhatIsChangedAfterwardsThoughTheStampStandsStill) {
  Backup();
  DeliverMetres("420");
  DeliverMetres("430");
  ASSERT_THAT(house_.Records(), HasSubstr("430"));
  Restore();
  DeliverMetres("440");
  EXPECT_THAT(house_.Records(), HasSubstr("440"));
  EXPECT_THAT(house_.Records(), Not(HasSubstr("430")));
  ExpectGatewayIsSound();
}

TEST_F(SetBackAdapter, BringsBackWhatTheBackupHadWhenTheCareSystemHasItAgain) {
  DeliverMetres("410");
  Backup();
  DeliverMetres("420");
  ASSERT_THAT(house_.Records(), HasSubstr("420"));
  Restore();
  DeliverMetres("410");
  EXPECT_THAT(house_.Records(), HasSubstr("410"));
  EXPECT_THAT(house_.Records(), Not(HasSubstr("420")));
  ExpectGatewayIsSound();
}

TEST_F(SetBackAdapter, BringsBackACourseThatWasTakenBackMeanwhileAndIsThereAgain) {
  Backup();
  DropAndDeliver(Replaced(JsonFile(JsonCourse("SECOND", 2)), "\"komplet\":false", "\"komplet\":true"));
  ASSERT_THAT(house_.Records(), Not(HasSubstr("FIRST")));
  Restore();
  DeliverMetres("400");
  EXPECT_THAT(house_.Records(), HasSubstr("FIRST"));
  ExpectGatewayIsSound();
}

TEST_F(SetBackAdapter, WorksOnItsStateFileAlone) {
  const auto another = common::LockBeside(house_.adapter_database(kCode));
  ASSERT_TRUE(another.ok()) << another.status();
  EXPECT_EQ(house_.StartAdapter(kCode)->Wait(std::chrono::minutes(1)), 3);
  EXPECT_THAT(ReadFile(house_.adapter_log(kCode)), HasSubstr("another program works on it"));
}

TEST_F(CustodyCommands, AChangedAuditLogIsFoundAndSaysWhere) {
  ASSERT_EQ(Ask({"backup", "--reason", "a reason that somebody wants to be another"}).exit_code, 0);
  house_.StopCentral();
  EXPECT_EQ(At(central_config(), {"audit", "verify"}).exit_code, 0);
  const Outcome change = RunToEnd({"/usr/bin/env", "python3", "-c",
                                   "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); "
                                   "c.execute(\"UPDATE audit SET reason='another' WHERE action='backup'\"); c.commit()",
                                   house_.central_database().string()});
  if (change.exit_code != 0) GTEST_SKIP() << "needs python3 with sqlite3: " << change.err;
  const Outcome audit = At(central_config(), {"audit", "verify"});
  EXPECT_EQ(audit.exit_code, 1) << audit.out;
  EXPECT_THAT(audit.err, HasSubstr("audit "));
  EXPECT_EQ(At(central_config(), {"verify"}).exit_code, 1);
}

TEST_F(CustodyCommands, EveryKeyOfTheRunningServiceIsExchanged) {
  for (const char* key : {"vault", "pseudonym"}) {
    const Outcome rotated = Ask({"keys", "rotate", "--which", key, "--reason", "yearly"});
    EXPECT_EQ(rotated.exit_code, 0) << key << rotated.err << rotated.out;
    EXPECT_THAT(rotated.out, HasSubstr(std::string("rotated ") + key));
  }
  EXPECT_EQ(Ask({"keys", "rotate", "--which", "none", "--reason", "x"}).exit_code, 2);
  EXPECT_EQ(Ask({"keys", "rotate", "--which", "vault", "--reason", "x"}, "registry-dhrd").exit_code, 3);
  Deliver("SECOND", 2);
  EXPECT_THAT(house_.Records(), HasSubstr("SECOND"));
  house_.StopCentral();
  EXPECT_EQ(At(central_config(), {"verify"}).exit_code, 0);
}

TEST_F(CustodyCommands, AnAdaptersKeyFileIsExchangedAndTheOldOneOpensNothing) {
  const std::filesystem::path key = house_.state() / "keys" / "adapter-0751.key";
  const std::string old = ReadFile(key);
  const Outcome without = At(house_.adapter_config(kCode), {"keys", "rotate", "--reason", "somebody left"});
  EXPECT_EQ(without.exit_code, 3);
  EXPECT_THAT(without.err, HasSubstr("hjerte keys new"));
  const std::string next = without.err.substr(without.err.find("hjerte keys new ") + 16);
  const std::string next_file = next.substr(0, next.find('`'));
  ASSERT_EQ(RunToEnd({"hjerte", "keys", "new", next_file}).exit_code, 0) << next_file;
  const Outcome rotated = At(house_.adapter_config(kCode), {"keys", "rotate", "--reason", "somebody left"});
  ASSERT_EQ(rotated.exit_code, 0) << rotated.err;
  EXPECT_NE(ReadFile(key), old);
  Deliver("SECOND", 2);
  EXPECT_THAT(house_.Records(), HasSubstr("SECOND"));
  std::ofstream(key, std::ios::binary) << old;
  EXPECT_NE(house_.AskAdapter(kCode, {"outbox"}).exit_code, 0);
}

// The two commands take the same options, from one place.
TEST_F(CustodyCommands, AServiceOfAnotherAuthorityIsToldInOneLineThatNamesTheOption) {
  const std::string other = (house_.state() / "other").string();
  ASSERT_EQ(RunToEnd({"hjerte", "certs", "init", "--dir", other}).exit_code, 0);
  const Outcome refused = Ask({"results", "--ca", other + "/ca.pem"}, "registry-dhrd");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("not of the authority of --ca"));
  EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
}

TEST_F(CustodyCommands, WhoIsMeantMustBeSaid) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"hjerte", "backup"}, std::vector<std::string>{"hjerte", "keys", "rotate"}}) {
    std::vector<std::string> nobody = command;
    nobody.insert(nobody.end(), {"--reason", "x"});
    const Outcome outcome = RunToEnd(nobody);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--connect or --config is required"));
    std::vector<std::string> nameless = nobody;
    nameless.insert(nameless.end(), {"--connect", "localhost:1"});
    const Outcome without = RunToEnd(nameless);
    EXPECT_EQ(without.exit_code, 2);
    EXPECT_THAT(without.err, HasSubstr("--cert is required"));
    std::vector<std::string> both = nameless;
    both.insert(both.end(), {"--cert", "x.pem", "--config", central_config().string()});
    EXPECT_EQ(RunToEnd(both).exit_code, 2);
  }
}

}  // namespace
}  // namespace hjerte::tests
