#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <functional>
#include <map>
#include <thread>

#include "services/common/certificate_ends.h"
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
  for (const char* reason : {"the peer sent no certificate", "the peer speaks TLS 1.2 or older; TLS 1.3 is required"}) {
    EXPECT_TRUE(IsTold("event=handshake_refused reason=\"" + std::string(reason) + "\""));
  }
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
  EXPECT_TRUE(IsTold("the peer's certificate has been revoked"));
  EXPECT_EQ(Call(other), "adapter 0101");
}

// Whoever names a folder of revocation lists and gets it wrong must not let everybody in unseen.
class RevocationLists : public TlsFixture {
 protected:
  // Starts a server on a sound folder, so that a program that runs is what meets the fault.
  void StartWithSoundList() {
    std::filesystem::create_directory(Lists());
    Put(name_, list_);
    TlsFiles server = Issue("server", "urn:hjertegateway:service:central");
    server.revocation_lists = Lists();
    NoteCallers();
    StartServer(server, {.address = "127.0.0.1:0",
                         .revocation_lists = RevocationListsOf(server),
                         .log = Logger(sink_, clock_, LogLevel::kInfo, "listener")});
  }
  std::filesystem::path Lists() const { return folder_ / "crl"; }
  void Put(const std::string& name, const std::string& text) { folder_.Write("crl/" + name, text); }
  std::string ListOf(const CertificateAndKey& authority, const std::vector<std::string>& revoked) const {
    return CreateRevocationList(authority, revoked, now_ - std::chrono::hours(1), now_ + std::chrono::hours(1)).value();
  }

  const Instant now_ = SystemClock().Now();
  const TlsFiles stolen_ = Issue("stolen", "urn:hjertegateway:adapter:0751");
  const TlsFiles sound_ = Issue("sound", "urn:hjertegateway:adapter:0101");
  const std::string name_ = RevocationListFileName(authority_.certificate).value();  // ends with ".r0"
  const std::string list_ = ListOf(authority_, {tests::ReadFile(stolen_.certificate)});
};

TEST_F(RevocationLists, WithoutASoundListNobodyIsLetIn) {
  StartWithSoundList();
  const std::map<std::string, std::function<void()>> faults = {
      {"gone", [] {}},
      {"empty", [this] { Put(name_, ""); }},
      {"half written", [this] { Put(name_, list_.substr(0, list_.size() / 2)); }},
      {"under another name", [this] { Put("crl.pem", list_); }},
      {"a folder", [this] { std::filesystem::create_directory(Lists() / name_); }},
      {"a link to nothing", [this] { std::filesystem::create_symlink("elsewhere", Lists() / name_); }},
  };
  for (const auto& [what, make] : faults) {
    SCOPED_TRACE(what);
    std::filesystem::remove_all(Lists());
    std::filesystem::create_directory(Lists());
    make();
    EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
    EXPECT_THAT(Call(sound_), StartsWith("refused: "));
  }
  EXPECT_TRUE(IsTold("no sound list of our authority is there"));
  std::filesystem::remove_all(Lists());
  std::filesystem::create_directory(Lists());
  Put(name_, list_);
  EXPECT_EQ(Call(sound_), "adapter 0101");
}

TEST_F(RevocationLists, OneOfAnotherAuthorityThatBearsOurNameIsNone) {
  StartWithSoundList();
  const CertificateAndKey other =
      CreateCertificateAuthority("test", now_ - std::chrono::hours(48), now_ + std::chrono::hours(48)).value();
  Put(name_, ListOf(other, {}));
  EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
  EXPECT_THAT(Call(sound_), StartsWith("refused: "));
}

TEST_F(RevocationLists, TheNewestListCountsThoughAnOlderOneIsMissing) {
  StartWithSoundList();
  std::filesystem::remove_all(Lists());
  std::filesystem::create_directory(Lists());
  Put(name_.substr(0, name_.size() - 1) + "1", list_);
  EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
  EXPECT_EQ(Call(sound_), "adapter 0101");
}

TEST_F(RevocationLists, ALaterListBesideAnEarlierOneTakesACertificateBack) {
  StartWithSoundList();
  ASSERT_EQ(Call(sound_), "adapter 0101");
  const std::vector<std::string> both = {tests::ReadFile(stolen_.certificate), tests::ReadFile(sound_.certificate)};
  Put(name_.substr(0, name_.size() - 1) + "7",
      CreateRevocationList(authority_, both, now_, now_ + std::chrono::hours(1)).value());
  EXPECT_THAT(Call(sound_), StartsWith("refused: "));
}

TEST_F(RevocationLists, OfTwoOfTheSameSecondEachTakesItsCertificatesBackWhicheverIsReadFirst) {
  StartWithSoundList();
  ASSERT_EQ(Call(sound_), "adapter 0101");
  const std::string more = ListOf(authority_, {tests::ReadFile(sound_.certificate)});
  for (const auto& [first, second] : {std::pair(list_, more), {more, list_}}) {
    Put(name_, first);
    Put(name_.substr(0, name_.size() - 1) + "7", second);
    EXPECT_THAT(Call(sound_), StartsWith("refused: "));
    EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
  }
  std::filesystem::remove(Lists() / name_);
  EXPECT_THAT(Call(sound_), StartsWith("refused: "));
  EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
  EXPECT_TRUE(IsTold("event=revocation_list_withdrawn"));
}

TEST_F(RevocationLists, AnOpenConnectionIsCutWhenItsCertificateIsTakenBackAndAnotherIsNot) {
  StartWithSoundList();
  const TlsFiles kept = Issue("kept", "urn:hjertegateway:adapter:0461");
  const auto cut = Connect(sound_);
  const auto stays = Connect(kept);
  ASSERT_EQ(Call(cut), "adapter 0101");
  ASSERT_EQ(Call(stays), "adapter 0461");
  Put(name_.substr(0, name_.size() - 1) + "7",
      CreateRevocationList(authority_, {tests::ReadFile(sound_.certificate)}, now_, now_ + std::chrono::hours(1))
          .value());
  EXPECT_TRUE(
      IsTold("event=connection_cut reason=\"the peer's certificate has been revoked\" certificate=\"CN=test, "
             "urn:hjertegateway:adapter:0101, serial "));
  EXPECT_TRUE(cut->WaitForStateChange(GRPC_CHANNEL_READY, std::chrono::system_clock::now() + std::chrono::seconds(60)));
  EXPECT_THAT(Call(cut), StartsWith("refused: "));
  EXPECT_EQ(stays->GetState(false), GRPC_CHANNEL_READY);
}

TEST_F(Tls, AnOpenConnectionIsCutWhenItsCertificateExpiresAndAnotherIsNot) {
  StartServer(Server(), {.address = "127.0.0.1:0", .log = Logger(sink_, clock_, LogLevel::kInfo, "listener")});
  NoteCallers();
  CertificateRequest soon = Request("urn:hjertegateway:adapter:0101");
  soon.not_after = SystemClock().Now() + std::chrono::seconds(5);
  const auto cut = Connect(Issue(authority_, "soon", soon));
  const auto stays = Connect(Adapter());
  ASSERT_EQ(Call(cut), "adapter 0101");
  ASSERT_EQ(Call(stays), "adapter 0751");
  EXPECT_TRUE(
      IsTold("event=connection_cut reason=\"the peer's certificate has expired\" certificate=\"CN=test, "
             "urn:hjertegateway:adapter:0101, serial "));
  EXPECT_TRUE(cut->WaitForStateChange(GRPC_CHANNEL_READY, std::chrono::system_clock::now() + std::chrono::seconds(60)));
  EXPECT_THAT(Call(cut), StartsWith("refused: "));
  EXPECT_EQ(stays->GetState(false), GRPC_CHANNEL_READY);
}

TEST_F(RevocationLists, TheNewestThatWasReadCountsThoughItsFileGoesOrAnOlderOneTakesItsPlace) {
  StartWithSoundList();
  const TlsFiles kept = Issue("kept", "urn:hjertegateway:adapter:0461");
  const auto cut = Connect(sound_);
  ASSERT_EQ(Call(cut), "adapter 0101");
  const std::string newest = name_.substr(0, name_.size() - 1) + "7";
  const std::vector<std::string> both = {tests::ReadFile(stolen_.certificate), tests::ReadFile(sound_.certificate)};
  Put(newest, CreateRevocationList(authority_, both, now_, now_ + std::chrono::hours(1)).value());
  ASSERT_TRUE(IsTold("event=connection_cut"));
  std::filesystem::remove(Lists() / newest);
  EXPECT_THAT(Call(sound_), StartsWith("refused: "));
  EXPECT_TRUE(IsTold("event=revocation_list_withdrawn"));
  std::filesystem::remove(Lists() / name_);
  Put(newest, CreateRevocationList(authority_, {}, now_ - std::chrono::hours(2), now_ + std::chrono::hours(2)).value());
  EXPECT_THAT(Call(sound_), StartsWith("refused: "));
  EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
  EXPECT_EQ(Call(kept), "adapter 0461");
  // A later one that does not name it lets it in again.
  Put(name_, CreateRevocationList(authority_, {tests::ReadFile(stolen_.certificate)}, now_ + std::chrono::seconds(1),
                                  now_ + std::chrono::hours(1))
                 .value());
  EXPECT_EQ(Call(sound_), "adapter 0101");
  EXPECT_THAT(Call(stolen_), StartsWith("refused: "));
}

TEST_F(RevocationLists, AServerWhoseCertificateWasTakenBackIsNotBelieved) {
  std::filesystem::create_directory(Lists());
  const TlsFiles server = Issue("server", "urn:hjertegateway:service:central");
  Put(name_, ListOf(authority_, {tests::ReadFile(server.certificate)}));
  StartServer(server);
  TlsFiles careful = sound_;
  careful.revocation_lists = Lists();
  EXPECT_THAT(Call(careful), StartsWith("refused: "));
  EXPECT_EQ(Call(sound_), "adapter 0101");
}

TEST_F(RevocationLists, AServerUnderAnotherNameIsNotBelievedWhereListsAreNamed) {
  std::filesystem::create_directory(Lists());
  Put(name_, list_);
  CertificateRequest request = Request("urn:hjertegateway:service:central");
  request.dns_names = {"elsewhere.example"};
  request.ip_addresses = {};
  StartServer(Issue(authority_, "server", request));
  TlsFiles careful = sound_;
  careful.revocation_lists = Lists();
  EXPECT_THAT(Call(careful), StartsWith("refused: "));
}

TEST_F(RevocationLists, AProgramDoesNotStartWithoutOneOfItsAuthority) {
  TlsFiles files = Issue("server", "urn:hjertegateway:service:central");
  std::filesystem::create_directory(Lists());
  files.revocation_lists = Lists();
  EXPECT_THAT(std::string(CheckTlsFiles(files).message()), HasSubstr("crl: no sound revocation list"));
  Put(name_, list_.substr(0, list_.size() / 2));
  EXPECT_THAT(std::string(CheckTlsFiles(files).message()), HasSubstr("broken or half written"));
  Put(name_, list_);
  EXPECT_TRUE(CheckTlsFiles(files).ok());
}

TEST_F(RevocationLists, WhenTheyAndTheCertificateExpireIsAMetric) {
  TlsFiles files = Issue("server", "urn:hjertegateway:service:central");
  std::filesystem::create_directory(Lists());
  Put(name_, list_);
  files.revocation_lists = Lists();
  const auto seconds = [](const absl::StatusOr<Instant>& at) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at.value().time_since_epoch()).count());
  };
  const std::string certificate = "hjerte_x_certificate_end_timestamp_seconds ";
  const std::string lists = "hjerte_x_revocation_lists_end_timestamp_seconds ";
  Metrics metrics;
  CertificateEnds ends(metrics, "hjerte_x", files);
  EXPECT_THAT(metrics.Text(), HasSubstr(lists + seconds(now_ + std::chrono::hours(1)) + "\n"));
  EXPECT_THAT(metrics.Text(),
              HasSubstr(certificate + seconds(ReadCertificate(tests::ReadFile(files.certificate))->not_after) + "\n"));
  Put(name_, CreateRevocationList(authority_, {}, now_, now_ + std::chrono::hours(9)).value());
  ends.Update();
  EXPECT_THAT(metrics.Text(), HasSubstr(lists + seconds(now_ + std::chrono::hours(9)) + "\n"));
  Put(name_, "");
  ends.Update();
  EXPECT_THAT(metrics.Text(), HasSubstr(lists + "0\n"));
  std::filesystem::copy_file(Issue("other", "urn:hjertegateway:service:central").key, files.key,
                             std::filesystem::copy_options::overwrite_existing);
  ends.Update();
  EXPECT_THAT(metrics.Text(), HasSubstr(certificate + "0\n")) << "the key is another's, so that it cannot serve";
}

// What the operator reads of a client that was turned away at the door.
class Refused : public TlsFixture {
 protected:
  // A server whose operator named the revocation lists; `revoked` stand on them.
  void StartServerWithLists(const std::vector<std::string>& revoked = {}) {
    const Instant now = SystemClock().Now();
    std::filesystem::create_directory(folder_ / "crl");
    folder_.Write(
        "crl/" + RevocationListFileName(authority_.certificate).value(),
        CreateRevocationList(authority_, revoked, now - std::chrono::hours(1), now + std::chrono::hours(1)).value());
    TlsFiles server = Issue("server", "urn:hjertegateway:service:central");
    server.revocation_lists = folder_ / "crl";
    StartServer(server);
  }

  // Calls with a certificate that our own programs would refuse to start with, and expects the one line it earns.
  void ExpectRefusal(const CertificateAndKey& client, const std::string& reason) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.certificate;
    options.pem_cert_chain = client.certificate;
    options.pem_private_key = client.key;
    const std::size_t before = sink_->Lines().size();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    EXPECT_THAT(Call(grpc::CreateCustomChannel(Address(), grpc::SslCredentials(options), arguments)),
                StartsWith("refused: "));
    const std::string line = "event=handshake_refused reason=\"" + reason;
    EXPECT_TRUE(IsTold(line, before)) << reason << "\n" << testing::PrintToString(sink_->Lines());
  }
  CertificateAndKey Client(const CertificateAndKey& authority, CertificateRequest request) {
    return IssueCertificate(authority, request).value();
  }

  const CertificateRequest adapter_ = Request("urn:hjertegateway:adapter:0751");
};

TEST_F(Refused, AnExpiredCertificateIsToldAsExpired) {
  StartServerWithLists();
  CertificateRequest request = adapter_;
  request.not_after = SystemClock().Now() - std::chrono::hours(1);
  ExpectRefusal(Client(authority_, request), "the peer's certificate has expired");
}

TEST_F(Refused, ACertificateOfTomorrowIsToldAsNotValidYet) {
  StartServerWithLists();
  CertificateRequest request = adapter_;
  request.not_before = SystemClock().Now() + std::chrono::hours(1);
  ExpectRefusal(Client(authority_, request), "the peer's certificate is not valid yet; compare the clocks");
}

TEST_F(Refused, ASelfSignedCertificateIsToldAsSelfSigned) {
  StartServerWithLists();
  const Instant now = SystemClock().Now();
  ExpectRefusal(
      CreateCertificateAuthority("adapter 0751", now - std::chrono::hours(1), now + std::chrono::hours(1)).value(),
      "the peer's certificate is signed by itself");
}

TEST_F(Refused, ACertificateOfAnotherAuthorityIsToldAsSuchAlsoWhenThatBearsOurName) {
  StartServerWithLists();
  const Instant now = SystemClock().Now();
  for (const char* name : {"another", "test"}) {
    const CertificateAndKey other =
        CreateCertificateAuthority(name, now - std::chrono::hours(48), now + std::chrono::hours(48)).value();
    ExpectRefusal(Client(other, adapter_), "the peer's certificate is of another authority");
  }
}

TEST_F(Refused, ARevokedCertificateIsToldAsRevoked) {
  const CertificateAndKey client = Client(authority_, adapter_);
  StartServerWithLists({client.certificate});
  ExpectRefusal(client, "the peer's certificate has been revoked");
}

TEST_F(Refused, AnExpiredCertificateIsToldAsExpiredWhereNoRevocationListsAreNamed) {
  StartServer(Issue("server", "urn:hjertegateway:service:central"));
  CertificateRequest request = adapter_;
  request.not_after = SystemClock().Now() - std::chrono::hours(1);
  ExpectRefusal(Client(authority_, request), "the peer's certificate has expired; issue");
}

TEST_F(Refused, TheLineNamesTheCertificateAndFromWhereItCame) {
  CertificateRequest request = adapter_;
  request.common_name = "x\n1502604389 y";
  const CertificateAndKey client = Client(authority_, request);
  StartServerWithLists({client.certificate});
  ExpectRefusal(client, "the peer's certificate has been revoked");
  const CertificateFacts facts = ReadCertificate(client.certificate).value();
  EXPECT_THAT(sink_->Lines(),
              testing::Contains(testing::AllOf(
                  HasSubstr("event=handshake_refused"), HasSubstr(", urn:hjertegateway:adapter:0751, serial "),
                  HasSubstr(facts.serial), HasSubstr(facts.fingerprint), HasSubstr(" peer=127.0.0.1"),
                  testing::Not(HasSubstr("1502604389")), testing::Not(HasSubstr("\n")))));
}

TEST_F(Refused, APeerWithoutACertificateIsToldWithItsAddress) {
  StartServer(Issue("server", "urn:hjertegateway:service:central"));
  ExpectRefusal({}, "the peer sent no certificate\" certificate=\"not seen\" peer=127.0.0.1");
}

// Whoever steals an adapter's certificate reads no other adapter's reports with it.
TEST_F(Tls, AnAdaptersCertificateDoesNotServe) {
  StartServer(Adapter());
  EXPECT_THAT(Call(Issue("other", "urn:hjertegateway:adapter:0101")), StartsWith("refused: "));
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
