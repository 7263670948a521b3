#include <dlfcn.h>
#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>

#include "tests/services/common/tls_fixture.h"

namespace {

std::atomic<bool> no_contexts{false};

}  // namespace

// Stands before OpenSSL's for gRPC's library too: gives nothing while there is to be no memory for it.
extern "C" SSL_CTX* SSL_CTX_new(const SSL_METHOD* method) {
  static const auto real = reinterpret_cast<decltype(&SSL_CTX_new)>(::dlsym(RTLD_NEXT, "SSL_CTX_new"));
  return no_contexts ? nullptr : real(method);
}

namespace hjerte::common {
namespace {

class ServedCertificates : public TlsFixture {
 protected:
  TlsFiles Server() { return Issue("server", "urn:hjertegateway:service:central"); }
  TlsFiles Adapter() { return Issue("adapter", "urn:hjertegateway:adapter:0751"); }
};

TEST_F(ServedCertificates, WhatCouldNotBeLoadedForWantOfMemoryIsLoadedOnceThereIsSome) {
  StartServer(Server());
  const TlsFiles adapter = Adapter();
  ASSERT_EQ(Call(adapter), "adapter 0751");
  no_contexts = true;
  Server();
  const bool failed = IsTold("Update handshaker factory failed");
  no_contexts = false;
  ASSERT_TRUE(failed);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string answer;
  while (answer != "adapter 0751" && std::chrono::steady_clock::now() < deadline) answer = Call(adapter);
  EXPECT_EQ(answer, "adapter 0751");
}

// As while one file after the other is put in place, and gRPC reads in between.
TEST_F(ServedCertificates, WhileKeyAndCertificateDoNotFitTheOnesBeforeServe) {
  const TlsFiles server = Server();
  StartServer(server);
  const TlsFiles adapter = Adapter();
  const std::string key = tests::ReadFile(server.key);
  const std::string certificate = tests::ReadFile(server.certificate);
  const auto serves_for_a_while = [&] {
    const auto until = std::chrono::steady_clock::now() + 3 * server.reload_interval;
    while (std::chrono::steady_clock::now() < until) {
      if (const std::string answer = Call(adapter); answer != "adapter 0751") return answer;
    }
    return std::string();
  };
  std::filesystem::copy_file(adapter.key, server.key, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(serves_for_a_while(), "") << "another key";
  folder_.Write("server.key", key);
  folder_.Write("server.pem", certificate.substr(0, certificate.size() / 2));
  EXPECT_EQ(serves_for_a_while(), "") << "half a certificate";
  std::filesystem::remove(server.certificate);
  EXPECT_EQ(serves_for_a_while(), "") << "no certificate";
}

}  // namespace
}  // namespace hjerte::common
