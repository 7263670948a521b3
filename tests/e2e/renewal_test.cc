// Certificates that are renewed while both programs run: neither is started again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/installation.h"
#include "tests/e2e/json_course.h"

namespace hjerte::tests {
namespace {

using testing::HasSubstr;

constexpr const char* kCode = "0751";
constexpr std::chrono::seconds kDeadline(120);

class Renewal : public testing::Test {
 protected:
  void SetUp() override {
    house_.Declare({{.code = kCode, .format = "json"}});
    house_.LayOut();
    house_.EditConfig("indicator.yaml", "revocation_lists: certs/crl}",
                      "revocation_lists: certs/crl, reload_interval: 1s}");
    house_.EditConfig("adapter-0751.yaml", "  tls:\n", "  tls:\n    reload_interval: 1s\n");
  }
  // A certificate of another authority in the place of the one that is there, as after a change of authorities.
  void Put(const std::filesystem::path& from, const std::string& name) const {
    for (const char* end : {".pem", ".key"}) {
      const std::filesystem::path place = house_.state() / "certs" / (name + end);
      std::filesystem::copy_file(from / (name + end), place.string() + ".new");
      std::filesystem::rename(place.string() + ".new", place);
    }
  }
  void ReplaceEveryCertificate() const {
    const std::filesystem::path fresh = house_.state() / "fresh";
    const auto certs = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {"hjerte", "certs"});
      arguments.insert(arguments.end(), {"--dir", fresh.string()});
      const Outcome outcome = RunToEnd(arguments);
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    };
    certs({"init", "--name", "Another authority"});
    certs({"issue", "--role", "service", "--name", "central", "--dns", "localhost", "--ip", "127.0.0.1"});
    for (const char* role : {"registry", "exporter"}) certs({"issue", "--role", role, "--name", "dhrd"});
    certs({"issue", "--role", "adapter", "--name", kCode});
    for (const auto& list : std::filesystem::directory_iterator(fresh / "crl")) {
      std::filesystem::copy_file(list.path(), house_.state() / "certs" / "crl" / list.path().filename());
    }
    Put(fresh, "ca");
    for (const char* name : {"service-central", "registry-dhrd", "exporter-dhrd", "adapter-0751"}) Put(fresh, name);
  }
  void Drop(const std::string& id, int citizen) const {
    house_.Drop(kCode, "forloeb-" + id + ".json", JsonFile(JsonCourse(id, citizen)));
  }
  bool Arrives(const std::string& id) const {
    return WaitUntil(
        [&] {
          return house_.AskCentral({"results", "--explain", std::string(kCode) + "/" + id, "--reason", "x"})
                     .exit_code == 0;
        },
        kDeadline);
  }

  Installation house_;
};

TEST_F(Renewal, BothProgramsTakeRenewedCertificatesIntoUseWhileTheyRun) {
  house_.StartCentral();
  const auto adapter = house_.StartAdapter(kCode, /*once=*/false);
  Drop("FIRST", 1);
  ASSERT_TRUE(Arrives("FIRST")) << ReadFile(adapter->log()) << ReadFile(house_.central_log());
  ReplaceEveryCertificate();
  // The central service: who comes with a certificate of the new authority is let in.
  EXPECT_TRUE(WaitUntil(
      [&] {
        return house_.AskCentral({"results", "--period", "year"}).exit_code == 0;
      },
      kDeadline))
      << ReadFile(house_.central_log());
  // The adapter: its connection ends with the central service, and the next one needs the new certificate.
  house_.StopCentral();
  Drop("SECOND", 2);
  house_.StartCentral();
  EXPECT_TRUE(Arrives("SECOND")) << ReadFile(adapter->log());
  EXPECT_TRUE(adapter->IsRunning());
}

TEST_F(Renewal, ACertificateThatIsRevokedWhileItIsInUseOpensNoNewConnection) {
  const std::string certs = (house_.state() / "certs").string();
  house_.StartCentral();
  ASSERT_EQ(house_.AskCentral({"results", "--period", "year"}).exit_code, 0);
  const Outcome revoked = RunToEnd({"hjerte", "certs", "revoke", "--dir", certs, certs + "/registry-dhrd.pem"});
  ASSERT_EQ(revoked.exit_code, 0) << revoked.err;
  EXPECT_TRUE(WaitUntil([&] { return house_.AskCentral({"results", "--period", "year"}).exit_code == 3; }, kDeadline));
  EXPECT_TRUE(WaitUntil(
      [&] {
        return ReadFile(house_.central_log())
                   .find("event=handshake_refused reason=\"the peer's certificate has been revoked\"") !=
               std::string::npos;
      },
      kDeadline))
      << ReadFile(house_.central_log());
}

}  // namespace
}  // namespace hjerte::tests
