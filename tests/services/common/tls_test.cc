#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <openssl/ssl.h>

#include "services/common/config.h"
#include "services/common/identity.h"
#include "tests/services/common/tls_fixture.h"

namespace hjerte::common {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The outcome of a handshake of OpenSSL's own client, presenting the adapter's certificate, with at most this version
// of TLS.
std::string Handshake(const TlsFiles& files, const std::string& address, int version_max) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), version_max);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL");
  SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
  const unsigned char protocols[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), protocols, sizeof(protocols));
  const std::unique_ptr<BIO, void (*)(BIO*)> bio(BIO_new_ssl_connect(context.get()), BIO_free_all);
  BIO_set_conn_hostname(bio.get(), address.c_str());
  if (BIO_do_connect(bio.get()) != 1) return "refused";
  SSL* ssl = nullptr;
  BIO_get_ssl(bio.get(), &ssl);
  return SSL_get_version(ssl);
}

class Tls : public TlsFixture {
 protected:
  TlsFiles Server() { return Issue("server", "urn:hjertegateway:service:central"); }
  TlsFiles Adapter() { return Issue("adapter", "urn:hjertegateway:adapter:0751"); }
};

TEST_F(Tls, TheClientsCertificateNamesTheCaller) {
  StartServer(Server());
  EXPECT_EQ(Call(Adapter()), "adapter 0751");
  EXPECT_EQ(Call(Issue("reader", "urn:hjertegateway:reader:portal")), "reader portal");
}

TEST_F(Tls, ACertificateWithoutAnIdentityOfOursIsNobody) {
  StartServer(Server());
  EXPECT_EQ(Call(Issue("other", "spiffe://example/adapter")), "unauthenticated");
  EXPECT_EQ(Call(Issue("other", "urn:hjertegateway:adapter")), "unauthenticated");
}

TEST_F(Tls, AClientOfAnotherAuthorityIsRefused) {
  StartServer(Server());
  const Instant now = SystemClock().Now();
  const CertificateAndKey other =
      CreateCertificateAuthority("test", now - std::chrono::hours(48), now + std::chrono::hours(48)).value();
  EXPECT_THAT(Call(Issue(other, "adapter", Request("urn:hjertegateway:adapter:0751"))), StartsWith("refused: "));
}

TEST_F(Tls, AClientDoesNotTalkToAServerOfAnotherAuthority) {
  const Instant now = SystemClock().Now();
  const CertificateAndKey other =
      CreateCertificateAuthority("other", now - std::chrono::hours(48), now + std::chrono::hours(48)).value();
  StartServer(Issue(other, "server", Request("urn:hjertegateway:service:central")));
  EXPECT_THAT(Call(Adapter()), StartsWith("refused: "));
}

TEST_F(Tls, AServerUnderAnotherNameIsNotBelieved) {
  CertificateRequest request = Request("urn:hjertegateway:service:central");
  request.dns_names = {"elsewhere.example"};
  request.ip_addresses = {};
  StartServer(Issue(authority_, "server", request));
  EXPECT_THAT(Call(Adapter()), StartsWith("refused: "));
}

TEST_F(Tls, AClientWithoutACertificateIsRefused) {
  StartServer(Server());
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority_.certificate;
  EXPECT_THAT(Call(grpc::CreateChannel(Address(), grpc::SslCredentials(options))), StartsWith("refused: "));
}

TEST_F(Tls, WhatWasRefusedIsToldToTheOperatorInWords) {
  StartServer(Server());
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority_.certificate;
  Call(grpc::CreateChannel(Address(), grpc::SslCredentials(options)));
  Handshake(Adapter(), Address(), TLS1_2_VERSION);
  EXPECT_THAT(sink_->Lines(),
              testing::IsSupersetOf({HasSubstr("event=handshake_refused reason=\"the peer sent no certificate\""),
                                     HasSubstr("reason=\"the peer speaks TLS 1.2 or older; TLS 1.3 is required\"")}));
}

TEST_F(Tls, AClientInPlainTextIsRefused) {
  StartServer(Server());
  EXPECT_THAT(Call(grpc::CreateChannel(Address(), InsecurePlaintextChannelCredentials())), StartsWith("refused: "));
}

TEST_F(Tls, AClientWhoseCertificateHasExpiredIsRefused) {
  StartServer(Server());
  CertificateRequest request = Request("urn:hjertegateway:adapter:0751");
  request.not_after = SystemClock().Now() - std::chrono::hours(1);
  const CertificateAndKey pair = IssueCertificate(authority_, request).value();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority_.certificate;
  options.pem_cert_chain = pair.certificate;
  options.pem_private_key = pair.key;
  EXPECT_THAT(Call(grpc::CreateChannel(Address(), grpc::SslCredentials(options))), StartsWith("refused: "));
}

TEST_F(Tls, ARevokedCertificateIsRefusedAndAnotherIsNot) {
  const TlsFiles adapter = Adapter();
  const TlsFiles other = Issue("other", "urn:hjertegateway:adapter:0101");
  const Instant now = SystemClock().Now();
  const std::string list = CreateRevocationList(authority_, {tests::ReadFile(adapter.certificate)},
                                                now - std::chrono::hours(1), now + std::chrono::hours(1))
                               .value();
  std::filesystem::create_directory(folder_ / "crl");
  folder_.Write("crl/" + RevocationListFileName(authority_.certificate).value(), list);
  TlsFiles server = Server();
  server.revocation_lists = folder_ / "crl";
  StartServer(server);
  EXPECT_THAT(Call(adapter), StartsWith("refused: "));
  EXPECT_THAT(sink_->Lines(), testing::Contains(HasSubstr("the peer's certificate has been revoked")));
  EXPECT_EQ(Call(other), "adapter 0101");
}

TEST_F(Tls, OnlyVersion13IsSpoken) {
  StartServer(Server());
  const TlsFiles adapter = Adapter();
  EXPECT_EQ(Handshake(adapter, Address(), TLS1_3_VERSION), "TLSv1.3");
  EXPECT_EQ(Handshake(adapter, Address(), TLS1_2_VERSION), "refused");
  EXPECT_EQ(Handshake(adapter, Address(), TLS1_1_VERSION), "refused");
}

TEST_F(Tls, ARenewedCertificateIsTakenIntoUseWithoutARestart) {
  StartServer(Server());
  const TlsFiles adapter = Adapter();
  ASSERT_EQ(Call(adapter), "adapter 0751");
  // A new authority and certificates of it, put in place of the old files.
  const Instant now = SystemClock().Now();
  authority_ = CreateCertificateAuthority("new", now - std::chrono::hours(48), now + std::chrono::hours(48)).value();
  Issue("server", "urn:hjertegateway:service:central");
  folder_.Write("ca.pem", authority_.certificate);
  const TlsFiles renewed = Issue("renewed", "urn:hjertegateway:adapter:0101");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::string answer;
  while (answer != "adapter 0101" && std::chrono::steady_clock::now() < deadline) answer = Call(renewed);
  EXPECT_EQ(answer, "adapter 0101");
}

TEST_F(Tls, FilesThatCannotServeAreNamedAtStart) {
  const TlsFiles good = Server();
  TlsFiles files = good;
  files.certificate = folder_ / "none.pem";
  EXPECT_THAT(std::string(TlsServerCredentials(files).status().message()), HasSubstr("none.pem: no such file"));
  files = good;
  files.key = Adapter().key;
  EXPECT_THAT(std::string(TlsServerCredentials(files).status().message()),
              HasSubstr("adapter.key: the private key belongs to another certificate"));
  files = good;
  files.authority = folder_.Write("text.pem", "no PEM");
  EXPECT_THAT(std::string(TlsChannelCredentials(files).status().message()),
              HasSubstr("text.pem: a certificate in PEM"));
  CertificateRequest expired = Request("urn:hjertegateway:service:central");
  expired.not_after = SystemClock().Now() - std::chrono::seconds(1);
  EXPECT_THAT(std::string(TlsServerCredentials(Issue(authority_, "expired", expired)).status().message()),
              HasSubstr("expired.pem: the certificate expired at "));
  CertificateRequest early = Request("urn:hjertegateway:service:central");
  early.not_before = SystemClock().Now() + std::chrono::hours(1);
  EXPECT_THAT(std::string(TlsServerCredentials(Issue(authority_, "early", early)).status().message()),
              HasSubstr("early.pem: the certificate is not valid before "));
  files = good;
  files.revocation_lists = folder_ / "crl";
  EXPECT_THAT(std::string(TlsServerCredentials(files).status().message()),
              HasSubstr("crl: a folder of revocation lists"));
}

TEST_F(Tls, AnRsaCertificateIsRefusedSinceItWouldBringTls12Back) {
  const std::string command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout " +
                              (folder_ / "rsa.key").string() + " -out " + (folder_ / "rsa.pem").string() +
                              " -days 2 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  TlsFiles files = Server();
  files.certificate = folder_ / "rsa.pem";
  files.key = folder_ / "rsa.key";
  EXPECT_THAT(std::string(TlsServerCredentials(files).status().message()),
              HasSubstr("an ECDSA certificate was expected"));
}

TEST(TlsConfiguration, IsReadRelativeToItsFile) {
  const ConfigMap map =
      ConfigMap::Parse(
          "tls:\n  authority: ca.pem\n  certificate: a.pem\n  key: /k/a.key\n  revocation_lists: crl\n"
          "  reload_interval: 2min\n",
          "/etc/hjerte/a.yaml")
          .value();
  const TlsFiles files = ReadTlsFiles(map.Map("tls"));
  ASSERT_TRUE(map.Finish().ok()) << map.Finish();
  EXPECT_EQ(files.authority, "/etc/hjerte/ca.pem");
  EXPECT_EQ(files.key, "/k/a.key");
  EXPECT_EQ(files.revocation_lists, "/etc/hjerte/crl");
  EXPECT_EQ(files.reload_interval, std::chrono::seconds(120));
}

TEST(Identity, IsRoleAndName) {
  EXPECT_EQ(IdentityUri("adapter", "0751"), "urn:hjertegateway:adapter:0751");
  const absl::StatusOr<Identity> identity = ParseIdentity("urn:hjertegateway:adapter:0751");
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->role, "adapter");
  EXPECT_EQ(identity->name, "0751");
  for (const char* uri :
       {"", "urn:hjertegateway:", "urn:hjertegateway:adapter", "urn:hjertegateway:adapter:", "urn:hjertegateway::0751",
        "urn:hjertegateway:adapter:0751:x", "urn:hjertegateway:Adapter:0751", "urn:hjertegateway:adapter:07 51",
        "URN:hjertegateway:adapter:0751", "urn:other:adapter:0751"}) {
    EXPECT_FALSE(ParseIdentity(uri).ok()) << uri;
  }
  EXPECT_FALSE(ParseIdentity("urn:hjertegateway:adapter:" + std::string(65, 'a')).ok());
}

}  // namespace
}  // namespace hjerte::common
