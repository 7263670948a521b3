#include <sys/stat.h>

#include "services/common/certificates.h"
#include "tests/services/tool/tool_fixture.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;
using testing::Not;

class Certs : public ToolFixture {
 protected:
  std::string Dir() const { return (folder_ / "pki").string(); }
  int Init() { return Run({"certs", "init", "--dir", Dir()}); }
  int Issue(const std::string& role, const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"certs", "issue", "--dir", Dir(), "--role", role, "--name", name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  std::string Read(const std::string& name) const { return tests::ReadFile(folder_ / ("pki/" + name)); }
};

TEST_F(Certs, AnAuthorityIssuesACertificateThatNamesRoleAndHolder) {
  ASSERT_EQ(Init(), kExitOk) << Err();
  ASSERT_EQ(Issue("service", "central", {"--dns", "hjerte.example", "--ip", "127.0.0.1", "--days", "10"}), kExitOk)
      << Err();
  EXPECT_EQ(Out(), Dir() + "/service-central.pem\n");
  const common::CertificateFacts facts = common::ReadCertificate(Read("service-central.pem")).value();
  EXPECT_THAT(facts.uris, testing::ElementsAre("urn:hjertegateway:service:central"));
  EXPECT_THAT(facts.dns_names, testing::ElementsAre("hjerte.example"));
  EXPECT_EQ(facts.not_after, clock_.Now() + std::chrono::days(10));
  EXPECT_TRUE(common::CheckKeyBelongs(Read("service-central.pem"), Read("service-central.key")).ok());
}

TEST_F(Certs, KeysAreTheirOwnersAlone) {
  Init();
  Issue("adapter", "0751");
  for (const char* name : {"ca.key", "adapter-0751.key"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((folder_ / ("pki/" + std::string(name))).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0600u) << name;
  }
}

TEST_F(Certs, NothingThatIsThereIsOverwrittenUnasked) {
  Init();
  Issue("adapter", "0751");
  const std::string before = Read("adapter-0751.pem");
  EXPECT_EQ(Init(), kExitEnvironment);
  EXPECT_EQ(Issue("adapter", "0751"), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("--renew"));
  EXPECT_EQ(Read("adapter-0751.pem"), before);
  EXPECT_EQ(Issue("adapter", "0751", {"--renew"}), kExitOk);
  EXPECT_NE(Read("adapter-0751.pem"), before);
}

TEST_F(Certs, ARoleOrNameNoProgramWouldAcceptIsRefused) {
  Init();
  EXPECT_EQ(Issue("king", "x"), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("adapter municipality reader"));
  EXPECT_EQ(Issue("adapter", "aarhus"), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("four digits"));
  EXPECT_EQ(Issue("reader", "../../etc/passwd"), kExitUsage);
  EXPECT_EQ(Issue("reader", "Portal"), kExitUsage);
  EXPECT_EQ(Issue("reader", "portal"), kExitOk);
}

TEST_F(Certs, TheListWarnsBeforeOneExpires) {
  Init();
  Issue("adapter", "0751", {"--days", "40"});
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitOk);
  EXPECT_THAT(Out(), Not(HasSubstr("expires soon")));
  clock_.Advance(std::chrono::days(11));
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitFindings);
  EXPECT_THAT(Out(), HasSubstr("expires soon"));
  clock_.Advance(std::chrono::days(30));
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitFindings);
  EXPECT_THAT(Out(), HasSubstr("EXPIRED"));
}

TEST_F(Certs, TheListWarnsBeforeTheRevocationListExpiresAndShutsEverybodyOut) {
  Init();
  EXPECT_EQ(Run({"certs", "refresh", "--dir", Dir(), "--days", "40"}), kExitOk) << Err();
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitOk);
  EXPECT_THAT(Out(), testing::ContainsRegex("revocation list .* valid"));
  clock_.Advance(std::chrono::days(11));
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitFindings);
  EXPECT_THAT(Out(), testing::ContainsRegex("revocation list .* expires soon"));
  EXPECT_EQ(Run({"certs", "refresh", "--dir", Dir()}), kExitOk) << Err();
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitOk) << "the newest list counts";
}

TEST_F(Certs, ARevokedCertificateIsOnTheListAndStaysThere) {
  Init();
  Issue("adapter", "0751");
  Issue("adapter", "0101");
  EXPECT_EQ(Run({"certs", "revoke", "--dir", Dir(), Dir() + "/adapter-0751.pem"}), kExitOk) << Err();
  EXPECT_EQ(Run({"certs", "revoke", "--dir", Dir(), Dir() + "/adapter-0101.pem"}), kExitOk) << Err();
  EXPECT_EQ(Run({"certs", "list", "--dir", Dir()}), kExitOk) << "a revoked certificate needs no attention";
  EXPECT_THAT(Out(), testing::ContainsRegex("adapter-0751.* revoked"));
  EXPECT_THAT(Out(), testing::ContainsRegex("adapter-0101.* revoked"));
  EXPECT_EQ(Run({"certs", "revoke", "--dir", Dir(), Dir() + "/ca.key"}), kExitUsage);
}

}  // namespace
}  // namespace hjerte::tool
