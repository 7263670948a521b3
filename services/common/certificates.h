#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/clock.h"

namespace hjerte::common {

// A certificate and its private key, both PEM. ECDSA P-256 throughout: with RSA this gRPC would accept TLS 1.2 (tls.h).
struct CertificateAndKey {
  std::string certificate;
  std::string key;
};

// What a certificate is issued for.
struct CertificateRequest {
  // Common name, for people only.
  std::string common_name;
  // subjectAltName URI: who the holder is, e.g. urn:hjertegateway:adapter:0751 (identity.h).
  std::string uri;
  // subjectAltName DNS names and IP addresses a server is reached under; empty for a client.
  std::vector<std::string> dns_names{};
  std::vector<std::string> ip_addresses{};
  Instant not_before;
  Instant not_after;
};

// What stands in a certificate.
struct CertificateFacts {
  std::string common_name;
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  std::string serial;        // hexadecimal
  std::string fingerprint;   // SHA-256 of the whole, hexadecimal
  bool is_elliptic = false;  // an ECDSA key, not RSA
  Instant not_before;
  Instant not_after;
};

// A self-signed certificate authority that may sign end certificates and revocation lists, nothing below itself.
absl::StatusOr<CertificateAndKey> CreateCertificateAuthority(std::string_view common_name, Instant not_before,
                                                             Instant not_after);

// An end certificate for both sides of mutual TLS, signed by the authority.
absl::StatusOr<CertificateAndKey> IssueCertificate(const CertificateAndKey& authority,
                                                   const CertificateRequest& request);

// A revocation list (PEM) of the certificates (PEM) given, signed by the authority.
absl::StatusOr<std::string> CreateRevocationList(const CertificateAndKey& authority,
                                                 const std::vector<std::string>& revoked_certificates,
                                                 Instant this_update, Instant next_update);

// The file name (without folder) under which OpenSSL and gRPC look for the authority's revocation list: <subject
// hash>.r0.
absl::StatusOr<std::string> RevocationListFileName(std::string_view authority_certificate);

// Whether a client that shows this chain (PEM, its own certificate first) may come in by the certificates alone: signed
// by one of `authorities` (PEM), valid now, made for clients. PermissionDenied with VerifyReason's words.
absl::Status CheckClientChain(std::string_view chain, std::string_view authorities);

// What OpenSSL's number of a refused certificate (X509_V_ERR_…) means, in words an operator understands.
std::string_view VerifyReason(int code);

// Whether none of the peer's chain (PEM, its own certificate first) up to one of `authorities` (PEM) is taken back.
// Each of its issuers needs a list of its own among `lists` (PEM): the newest that is whole and has begun counts, and
// every other that was signed in the same second.
// FailedPrecondition when there is none, when one of `lists` is no list, or when the newest has expired;
// PermissionDenied when a certificate is taken back, Unauthenticated when no issuer of ours stands above it.
absl::Status CheckNotRevoked(std::string_view chain, std::string_view authorities,
                             const std::vector<std::string>& lists, Instant now);

// What an issuer takes back.
struct IssuedLists {
  std::string issuer;  // SHA-256 of the issuer's certificate, hexadecimal
  Instant begins;
  std::set<std::string> lists;  // PEM, one each
};

// The lists of each of `issuers` (PEM) that count (CheckNotRevoked) among `lists`. FailedPrecondition when one of
// `lists` is no list.
absl::StatusOr<std::vector<IssuedLists>> NewestLists(std::string_view issuers, const std::vector<std::string>& lists,
                                                     Instant now);

// When the newest list of one of `authorities` expires, of the earliest of them; nothing of theirs is trusted from then
// on. FailedPrecondition when one of them has none among `lists`, or one of `lists` is no list.
absl::StatusOr<Instant> EndOfLists(std::string_view authorities, const std::vector<std::string>& lists);

// Reads the first certificate of a PEM text.
absl::StatusOr<CertificateFacts> ReadCertificate(std::string_view pem);

// Whether a private key is that of a certificate (both PEM); InvalidArgument when not, or when either is something
// else.
absl::Status CheckKeyBelongs(std::string_view certificate_pem, std::string_view key_pem);

}  // namespace hjerte::common
