#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "services/common/certificates.h"
#include "services/web/http_server.h"
#include "tests/services/web/raw_client.h"

namespace hjerte::tests {
namespace {

namespace fs = std::filesystem;
using web::HttpRequest;
using web::HttpResponse;
using web::HttpServer;

// A folder with a server's certificate, removed at the end.
class HttpsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("portal-https-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    WriteCertificate("first");
    options_.certificate_file = (folder_ / "server.pem").string();
    options_.private_key_file = (folder_ / "server.key").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void WriteCertificate(const std::string& name) {
    const common::Instant now = common::SystemClock().Now();
    const auto authority =
        common::CreateCertificateAuthority("Test authority", now - std::chrono::hours(1), now + std::chrono::hours(1));
    ASSERT_TRUE(authority.ok()) << authority.status();
    common::CertificateRequest request;
    request.common_name = name;
    request.uri = "urn:hjertegateway:service:portal";
    request.dns_names = {"localhost"};
    request.not_before = now - std::chrono::hours(1);
    request.not_after = now + std::chrono::hours(1);
    const auto issued = common::IssueCertificate(*authority, request);
    ASSERT_TRUE(issued.ok()) << issued.status();
    std::ofstream(folder_ / "server.pem") << issued->certificate;
    std::ofstream(folder_ / "server.key") << issued->key;
  }

  std::unique_ptr<HttpServer> Start() {
    auto server = HttpServer::Start(options_, [](const HttpRequest&) {
      HttpResponse response;
      response.body = std::string(300'000, 'x');
      return response;
    });
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }

  // What a TLS client of the given highest version gets, and the common name it was shown.
  struct Answer {
    std::string bytes;
    std::string shown_name;
  };
  // Before the request it asks for new keys so many times.
  static Answer Ask(uint16_t port, int version_max, const std::string& request, int new_keys = 0) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), version_max);
    BIO* const bio = BIO_new_ssl_connect(context.get());
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> owner(bio, BIO_free_all);
    BIO_set_conn_hostname(bio, ("127.0.0.1:" + std::to_string(port)).c_str());
    Answer answer;
    if (BIO_do_connect(bio) != 1) return answer;
    SSL* ssl = nullptr;
    BIO_get_ssl(bio, &ssl);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get_peer_certificate(ssl), X509_free);
    std::array<char, 100> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
    answer.shown_name = name.data();
    for (int i = 0; i < new_keys; ++i) {
      SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
      if (SSL_do_handshake(ssl) != 1) return answer;
    }
    BIO_write(bio, request.data(), static_cast<int>(request.size()));
    std::array<char, 16384> buffer;
    for (int got = BIO_read(bio, buffer.data(), buffer.size()); got > 0;
         got = BIO_read(bio, buffer.data(), buffer.size())) {
      answer.bytes.append(buffer.data(), static_cast<size_t>(got));
    }
    return answer;
  }

  const std::string request_ = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  fs::path folder_;
  web::HttpServerOptions options_;
};

TEST_F(HttpsTest, ServesWholePagesOverTls13AndTellsBrowsersToStayWithIt) {
  const auto server = Start();
  const Answer answer = Ask(server->port(), TLS1_3_VERSION, request_);
  EXPECT_EQ(StatusOf(answer.bytes), 200);
  EXPECT_EQ(BodyOf(answer.bytes).size(), 300'000U);
  EXPECT_NE(HeaderOf(answer.bytes, "strict-transport-security"), "");
}

TEST_F(HttpsTest, RefusesTls12AndPlainText) {
  const auto server = Start();
  EXPECT_EQ(Ask(server->port(), TLS1_2_VERSION, request_).bytes, "");
  EXPECT_EQ(StatusOf(Get(server->port(), "/")), 0);
  EXPECT_EQ(StatusOf(Ask(server->port(), TLS1_3_VERSION, request_).bytes), 200);
}

TEST_F(HttpsTest, ARefusedHandshakeIsToldWithItsReasonAndFromWhereItCame) {
  const common::SystemClock clock;
  const auto sink = std::make_shared<common::MemorySink>();
  options_.log = common::Logger(sink, clock, common::LogLevel::kInfo, "web");
  const auto server = Start();
  Ask(server->port(), TLS1_2_VERSION, request_);
  Get(server->port(), "/");
  { const RawClient looks_whether_the_port_is_open(server->port()); }
  Ask(server->port(), TLS1_3_VERSION, request_);
  server->Stop();
  EXPECT_THAT(
      sink->Lines(),
      ::testing::UnorderedElementsAre(
          ::testing::HasSubstr("event=handshake_refused reason=\"the peer speaks TLS 1.2 or older; TLS 1.3 is "
                               "required\" peer=127.0.0.1"),
          ::testing::HasSubstr("event=handshake_refused reason=\"the peer spoke HTTP in plain text\" peer=127.0.0.1")));
}

TEST_F(HttpsTest, ARefusalArrivesThoughTheClientGoesOnTalking) {
  const auto server = Start();
  const std::string long_request = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(12'000, 'a') + "\r\n\r\n";
  EXPECT_EQ(StatusOf(Ask(server->port(), TLS1_3_VERSION, long_request).bytes), 431);
}

// Each time costs the sender a few bytes and the server some of its only thread's time.
TEST_F(HttpsTest, WhoAsksForNewKeysWithoutEndIsHungUpOnAndWhoDoesSoOnceIsAnswered) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto server = Start();
  EXPECT_EQ(StatusOf(Ask(server->port(), TLS1_3_VERSION, request_, 1).bytes), 200);
  EXPECT_EQ(Ask(server->port(), TLS1_3_VERSION, request_, 1000).bytes, "");
}

TEST_F(HttpsTest, HangsUpOnAHandshakeThatStops) {
  options_.handshake_seconds_max = 1;
  const auto server = Start();
  RawClient silent(server->port());
  EXPECT_TRUE(silent.IsClosed());
}

TEST_F(HttpsTest, TakesARenewedCertificateIntoUseAndKeepsTheOldOneWhenTheNewOneIsBroken) {
  const auto server = Start();
  EXPECT_EQ(Ask(server->port(), TLS1_3_VERSION, request_).shown_name, "first");
  WriteCertificate("second");
  ASSERT_TRUE(server->ReloadCertificate().ok());
  EXPECT_EQ(Ask(server->port(), TLS1_3_VERSION, request_).shown_name, "second");
  std::ofstream(folder_ / "server.pem") << "broken";
  const absl::Status status = server->ReloadCertificate();
  EXPECT_NE(std::string(status.message()).find("server.pem"), std::string::npos);
  EXPECT_EQ(Ask(server->port(), TLS1_3_VERSION, request_).shown_name, "second");
}

}  // namespace
}  // namespace hjerte::tests
