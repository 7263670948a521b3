#include "services/portal/portal_service.h"

#include "tests/services/portal/sample_source.h"
#include "tests/services/web/raw_client.h"

namespace hjerte::tests {
namespace {

using ::testing::HasSubstr;
using web::HttpServerOptions;

struct Read {
  std::optional<HttpServerOptions> options;
  std::string faults;
};

Read ReadYaml(const std::string& yaml) {
  const auto map = common::ConfigMap::Parse(yaml, "/etc/indicator.yaml");
  EXPECT_TRUE(map.ok()) << map.status();
  Read read{portal::ReadPortalConfig(*map), ""};
  read.faults = std::string(map->Finish().message());
  return read;
}

TEST(PortalConfigTest, WithoutTheKeyThereAreNoPages) {
  const Read read = ReadYaml("{}");
  EXPECT_FALSE(read.options.has_value());
  EXPECT_EQ(read.faults, "");
}

TEST(PortalConfigTest, ReadsAddressCertificateAndLimits) {
  const Read read = ReadYaml(
      "portal:\n  address: \"[::1]:8443\"\n  certificate: tls/a.pem\n  key: tls/a.key\n  header_bytes_max: 4KiB\n"
      "  request_time_max: 1500ms\n");
  ASSERT_EQ(read.faults, "");
  EXPECT_EQ(read.options->address, "::1");
  EXPECT_EQ(read.options->port, 8443);
  EXPECT_EQ(read.options->certificate_file, "/etc/tls/a.pem");
  EXPECT_EQ(read.options->header_bytes_max, 4096U);
  EXPECT_EQ(read.options->request_seconds_max, 2);
  EXPECT_FALSE(read.options->plain_http);
}

TEST(PortalConfigTest, NamesWhatIsWrongWithItsLine) {
  EXPECT_THAT(ReadYaml("portal:\n  address: here\n  plain_http_loopback_only: true\n").faults,
              HasSubstr("indicator.yaml:2"));
  EXPECT_THAT(ReadYaml("portal:\n  address: 127.0.0.1:1\n").faults, HasSubstr("certificate"));
  EXPECT_THAT(ReadYaml("portal:\n  address: 127.0.0.1:1\n  plain_http: true\n").faults, HasSubstr("plain_http"));
  EXPECT_THAT(
      ReadYaml("portal:\n  address: 127.0.0.1:1\n  plain_http_loopback_only: true\n  header_bytes_max: 1MiB\n").faults,
      HasSubstr("1KiB to 64KiB"));
}

TEST(PortalServiceTest, ServesThePagesAtTheAddressItTells) {
  const SampleSource source;
  HttpServerOptions options;
  options.plain_http = true;
  const auto service = portal::PortalService::Start(options, source);
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_EQ((*service)->address(), "http://127.0.0.1:" + std::to_string((*service)->port()) + "/");
  const std::string answer = Get((*service)->port(), "/municipality/0751?lang=en");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("<html lang=\"en\">"));
  (*service)->Stop();
  EXPECT_EQ(Get((*service)->port(), "/"), "");
}

}  // namespace
}  // namespace hjerte::tests
