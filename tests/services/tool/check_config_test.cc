#include <unistd.h>

#include "services/common/secret_key.h"
#include "services/common/tls.h"
#include "tests/services/tool/tool_fixture.h"
#include "tests/shared.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;

// A folder with certificates and keys as the example configurations name them.
class CheckConfig : public ToolFixture {
 protected:
  void SetUp() override {
    clock_.Set(common::SystemClock().Now());
    const std::string certs = (folder_ / "certs").string();
    ASSERT_EQ(Run({"certs", "init", "--dir", certs}), kExitOk) << Err();
    ASSERT_EQ(Run({"certs", "issue", "--dir", certs, "--role", "adapter", "--name", "0751"}), kExitOk) << Err();
    ASSERT_EQ(Run({"certs", "issue", "--dir", certs, "--role", "service", "--name", "central"}), kExitOk) << Err();
    for (const char* name : {"keys", "state", "drop"}) std::filesystem::create_directory(folder_ / name);
    for (const char* name : {"keys/adapter-0751.key", "keys/vault.key", "keys/pseudonym.key"}) {
      ASSERT_TRUE(common::CreateKeyFile(folder_ / name).ok());
    }
  }

  // An example of deploy/config with some of its text replaced, written beside the certificates.
  std::string Example(const std::string& name, const std::vector<std::pair<std::string, std::string>>& changes) {
    std::string text = tests::ReadFile(tests::SourceDir() / "deploy/config" / name);
    for (const auto& [from, to] : changes) {
      for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
      }
    }
    return folder_.Write(name, text).string();
  }
  std::string Content() const { return (tests::SourceDir() / "mapping/dhrd").string(); }
  std::string Adapter(std::vector<std::pair<std::string, std::string>> changes = {}) {
    changes.emplace_back("../../mapping/dhrd", Content());
    return Example("adapter-csv.yaml", changes);
  }
  std::string Indicator(std::vector<std::pair<std::string, std::string>> changes = {}) {
    changes.emplace_back("../../mapping/dhrd", Content());
    changes.emplace_back("/var/lib/hjerte-indicator/", "state/");
    changes.emplace_back("/etc/hjerte-indicator/tls/", "certs/");
    changes.emplace_back("/etc/hjerte-indicator/", "keys/");
    return Example("indicator.yaml", changes);
  }
};

TEST_F(CheckConfig, TheExamplesAreInOrder) {
  EXPECT_EQ(Run({"check-config", Adapter()}), kExitOk) << Err();
  EXPECT_THAT(Out(), HasSubstr("ok   identity: urn:hjertegateway:adapter:0751"));
  EXPECT_EQ(Run({"check-config", Indicator()}), kExitOk) << Err();
  EXPECT_THAT(Out(), HasSubstr("ok   registry content"));
}

// A report's bytes of nothing, or so many that they wrap round, would shut everybody out.
TEST_F(CheckConfig, ALimitOfReportsThatNoReportFitsOrThatIsNoneIsRefused) {
  for (const char* size : {"0", "1KiB", "17MiB", "4GiB"}) {
    EXPECT_EQ(Run({"check-config", Indicator({{"report_bytes_max: 8MiB", std::string("report_bytes_max: ") + size}})}),
              kExitUsage);
    EXPECT_THAT(Err(), HasSubstr("report_bytes_max: expected 64KiB to 16MiB")) << size;
  }
  EXPECT_EQ(Run({"check-config", Indicator({{"report_bytes_max: 8MiB", "report_bytes_max: 16MiB"}})}), kExitOk)
      << Err();
}

TEST_F(CheckConfig, AnUnknownKeyIsNamedWithFileAndLine) {
  EXPECT_EQ(Run({"check-config", Adapter({{"state:", "sate:"}})}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("adapter-csv.yaml:5: unknown key 'sate'"));
}

TEST_F(CheckConfig, EachKindOfBrokenConfigurationIsToldWithItsLineAndWhatWasExpected) {
  struct Broken {
    const char* from;
    const char* to;
    const char* told;
  };
  const std::vector<Broken> kinds = {
      {"  address: localhost", "\taddress: localhost", "adapter-csv.yaml:10: "},
      {"software: \"Care system", "software: \"Care \" system", "YAML was expected; look at indentation"},
      {"settle: 5s", "settle: five", ":21: settle: a length of time with its unit was expected (250ms, 5s"},
      {"authority: \"0751\"", "authority: Aarhus", ":4: authority: the four digits of a municipality"},
      {"poll: 30s", "poll: 30s\n  batch: 0", "batch: "},
      {"state: state/adapter-0751.db", "", "key 'state' is missing: a path was expected"},
      {"registry:", "state: other.db\nregistry:", ":7: key 'state' stands here a second time"},
      {"state: state", "state: &x state", ":5: anchors and aliases (& and *) are not used"},
      {"poll: 30s", "pol: 30s", ":22: unknown key 'pol'"},
      {"format: csv-forloeb", "format: excel",
       ":19: format: no such format: excel; the registry has csv-forloeb, json"},
      {"format: csv-forloeb", "type: excel", ":19: type: one of these was expected: csv json reports"},
      {"source:", "source: none\nothers:", "source"},
  };
  for (const Broken& kind : kinds) {
    EXPECT_EQ(Run({"check-config", Adapter({{kind.from, kind.to}})}), kExitUsage) << kind.to;
    EXPECT_THAT(Err(), HasSubstr(kind.told)) << kind.to;
    EXPECT_THAT(Err(), HasSubstr("adapter-csv.yaml:")) << kind.to;
  }
}

TEST_F(CheckConfig, AWrongTypeOfSourceIsOneErrorWithoutWhatWouldFollowFromIt) {
  for (const auto& [from, to] : {std::pair("format: csv-forloeb", "type: excel\n  files: []\n  separator: x"),
                                 std::pair("format: csv-forloeb", "files: []\n  separator: x")}) {
    EXPECT_EQ(Run({"check-config", Adapter({{from, to}})}), kExitUsage);
    const std::string told = Err();
    EXPECT_THAT(told, HasSubstr("one of these was expected: csv json reports"));
    EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
  }
}

TEST_F(CheckConfig, AMissingFolderOfTheRegistryIsNamedWithWhatToDo) {
  const std::string none = (folder_ / "nowhere").string();
  EXPECT_EQ(Run({"check-config", Adapter({{"../../mapping/dhrd", none}})}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr(none + ": no such folder; the registry's content was expected there"));
  EXPECT_THAT(Err(), HasSubstr("correct the path"));
  EXPECT_EQ(Run({"check-config", Indicator({{"../../mapping/dhrd", none}})}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr(none + ": no such folder"));
  for (const char* part : {"geography", "indicators", "variables.yaml"}) {
    const std::filesystem::path half = folder_ / "half";
    std::filesystem::remove_all(half);
    std::filesystem::copy(Content(), half, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(half / part);
    EXPECT_EQ(Run({"check-config", Indicator({{"../../mapping/dhrd", half.string()}})}), kExitEnvironment);
    EXPECT_THAT(Err(), HasSubstr((half / part).string() + ": missing; "));
    EXPECT_THAT(Err(), HasSubstr("Put it there, or correct the path"));
  }
}

TEST_F(CheckConfig, ACertificateOfAnotherMunicipalityIsFound) {
  EXPECT_EQ(Run({"check-config", Adapter({{"authority: \"0751\"", "authority: \"0101\""}})}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("urn:hjertegateway:adapter:0101"));
}

TEST_F(CheckConfig, ARevocationListThatHasExpiredIsFound) {
  const std::string config = Indicator();
  EXPECT_EQ(Run({"check-config", config}), kExitOk) << Err();
  EXPECT_THAT(Out(), HasSubstr("ok   revocation list: valid until "));
  clock_.Advance(std::chrono::days(4000));
  EXPECT_EQ(Run({"check-config", config}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("nobody is let in"));
}

TEST_F(CheckConfig, MissingFilesAreFoundAllAtOnce) {
  EXPECT_EQ(Run({"check-config", Indicator({{"vault.key", "no.key"}, {"ca.pem", "no.pem"}})}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("no.key"));
  EXPECT_THAT(Err(), HasSubstr("no.pem: no such file"));
  EXPECT_THAT(Out(), HasSubstr("ok   pseudonym key"));
}

TEST_F(CheckConfig, AFolderThatIsMissingOrNoneIsNamedWithWhatToDo) {
  std::filesystem::remove_all(folder_ / "state");
  std::filesystem::remove_all(folder_ / "drop");
  folder_.Write("drop", "a file");
  EXPECT_EQ(Run({"check-config", Adapter()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr((folder_ / "state").string() + ": no such folder; make it, or correct the path"));
  EXPECT_THAT(Err(), HasSubstr("source: " + (folder_ / "drop").string() + ": a folder was expected"));
  EXPECT_EQ(Run({"check-config", Indicator()}), kExitEnvironment);
  EXPECT_THAT(Err(), HasSubstr("store: " + (folder_ / "state").string() + ": no such folder"));
}

TEST_F(CheckConfig, AFolderThatWhoeverRunsItMayNotUseIsNamedWithWhatToDo) {
  const std::string adapter = Adapter();
  const std::string indicator = Indicator();
  folder_.Write("state/adapter-0751.db", "");
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(folder_ / "drop", std::filesystem::perms::none);
  std::filesystem::permissions(folder_ / "state", static_cast<std::filesystem::perms>(0555));
  // Root may everything.
  const bool root = ::geteuid() == 0;
  EXPECT_EQ(root ? ::seteuid(65534) : 0, 0);
  Run({"check-config", adapter});
  const std::string of_adapter = Err();
  Run({"check-config", indicator});
  const std::string of_indicator = Err();
  EXPECT_EQ(root ? ::seteuid(0) : 0, 0);
  EXPECT_THAT(of_adapter, HasSubstr("state: " + (folder_ / "state").string() + ": may not be written"));
  EXPECT_THAT(of_adapter, HasSubstr("source: " + (folder_ / "drop").string() + ": may not be read"));
  EXPECT_THAT(of_indicator, HasSubstr("store: " + (folder_ / "state").string() + ": may not be written"));
  for (const char* name : {"drop", "state"}) {
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }
}

TEST_F(CheckConfig, AFileThatIsNeitherIsRefused) {
  EXPECT_EQ(Run({"check-config", folder_.Write("x.yaml", "a: 1\n").string()}), kExitUsage);
  EXPECT_EQ(Run({"check-config", (folder_ / "none.yaml").string()}), kExitEnvironment);
}

}  // namespace
}  // namespace hjerte::tool
