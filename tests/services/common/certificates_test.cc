#include "services/common/certificates.h"

#include "tests/services/common/intermediate_chain.h"

namespace hjerte::common {
namespace {

using std::chrono::hours;

const Instant kNow = Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31)) + hours(12);

CertificateAndKey Authority() { return CreateCertificateAuthority("Test", kNow, kNow + hours(100)).value(); }

CertificateRequest Request() {
  return {.common_name = "Adapter Aarhus",
          .uri = "urn:hjertegateway:adapter:0751",
          .dns_names = {"a.example", "b.example"},
          .ip_addresses = {"127.0.0.1", "::1"},
          .not_before = kNow,
          .not_after = kNow + hours(10)};
}

TEST(Certificates, WhatWasAskedForStandsInThem) {
  const absl::StatusOr<CertificateAndKey> pair = IssueCertificate(Authority(), Request());
  ASSERT_TRUE(pair.ok()) << pair.status();
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(pair->certificate);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->common_name, "Adapter Aarhus");
  EXPECT_THAT(facts->uris, testing::ElementsAre("urn:hjertegateway:adapter:0751"));
  EXPECT_THAT(facts->dns_names, testing::ElementsAre("a.example", "b.example"));
  EXPECT_EQ(facts->not_before, kNow);
  EXPECT_EQ(facts->not_after, kNow + hours(10));
  EXPECT_TRUE(facts->is_elliptic);
  EXPECT_TRUE(CheckKeyBelongs(pair->certificate, pair->key).ok());
}

TEST(Certificates, NoTwoAreTheSame) {
  const CertificateAndKey authority = Authority();
  const CertificateAndKey one = IssueCertificate(authority, Request()).value();
  const CertificateAndKey other = IssueCertificate(authority, Request()).value();
  EXPECT_NE(ReadCertificate(one.certificate)->serial, ReadCertificate(other.certificate)->serial);
  EXPECT_FALSE(CheckKeyBelongs(one.certificate, other.key).ok());
}

TEST(Certificates, ANameCannotSmuggleInAnother) {
  CertificateRequest request = Request();
  request.dns_names = {"a.example,URI:urn:hjertegateway:admin:x"};
  EXPECT_FALSE(IssueCertificate(Authority(), request).ok());
  request = Request();
  request.uri = "urn:hjertegateway:adapter:0751\nDNS:x";
  EXPECT_FALSE(IssueCertificate(Authority(), request).ok());
}

TEST(Certificates, OneWithoutAnyNameIsNotIssued) {
  CertificateRequest request = Request();
  request.uri.clear();
  request.dns_names.clear();
  request.ip_addresses.clear();
  EXPECT_EQ(IssueCertificate(Authority(), request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Certificates, WhatIsNoCertificateIsRefused) {
  EXPECT_FALSE(ReadCertificate("").ok());
  EXPECT_FALSE(ReadCertificate(Authority().key).ok());
  EXPECT_FALSE(IssueCertificate({.certificate = Authority().certificate, .key = Authority().key}, Request()).ok())
      << "a key of another authority";
  EXPECT_FALSE(IssueCertificate({.certificate = "x", .key = "y"}, Request()).ok());
}

// Within the lists' years.
const Instant kLater = Instant(std::chrono::sys_days(std::chrono::year(2030) / 1 / 1));

std::string Chain(std::initializer_list<const char*> certificates) {
  std::string chain;
  for (const char* certificate : certificates) chain += certificate;
  return chain;
}

TEST(CheckNotRevoked, AnIntermediateAuthorityThatWasTakenBackIsFoundWhateverIsSentBesideIt) {
  const std::vector<std::string> lists = {tests::kRootList, tests::kIntermediateList};
  for (const std::string& chain :
       {Chain({tests::kLeaf, tests::kIntermediate}), Chain({tests::kLeaf, tests::kOtherLeaf, tests::kIntermediate}),
        Chain({tests::kLeaf, tests::kIntermediate, tests::kOtherLeaf})}) {
    EXPECT_TRUE(absl::IsPermissionDenied(CheckNotRevoked(chain, tests::kRoot, lists, kLater)));
  }
  EXPECT_TRUE(CheckNotRevoked(Chain({tests::kOtherLeaf}), tests::kRoot, lists, kLater).ok());
}

TEST(CheckNotRevoked, ALaterListOfAPartTakesNothingOutOfTheWholeOne) {
  const std::vector<std::string> lists = {tests::kRootList, tests::kIntermediateList, tests::kPartialList};
  const std::string chain = Chain({tests::kLeaf, tests::kIntermediate});
  EXPECT_TRUE(absl::IsPermissionDenied(CheckNotRevoked(chain, tests::kRoot, lists, kLater)));
}

TEST(CheckNotRevoked, EveryListOfAFileCounts) {
  const std::string chain = Chain({tests::kLeaf, tests::kIntermediate});
  const std::string both = std::string(tests::kIntermediateList) + tests::kRootList;
  EXPECT_TRUE(absl::IsPermissionDenied(CheckNotRevoked(chain, tests::kRoot, {both}, kLater)));
  for (const std::size_t lost : {2U, 30U, 300U, 500U}) {
    const std::string half = both.substr(0, both.size() - lost);
    EXPECT_TRUE(absl::IsFailedPrecondition(CheckNotRevoked(chain, tests::kRoot, {half}, kLater))) << lost;
  }
}

TEST(CheckNotRevoked, AListThatIsNotValidYetIsNone) {
  const std::vector<std::string> lists = {tests::kRootList, tests::kIntermediateList};
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckNotRevoked(Chain({tests::kOtherLeaf}), tests::kRoot, lists, kNow)));
}

}  // namespace
}  // namespace hjerte::common
