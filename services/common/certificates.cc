#include "services/common/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "services/common/encoding.h"

namespace hjerte::common {
namespace {

template <auto function>
struct FreeWith {
  template <typename Object>
  void operator()(Object* object) const {
    function(object);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Store = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
// Frees the stack, not what is on it.
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using RevocationList = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;

struct KnownReason {
  int code;
  std::string_view reason;
};
constexpr KnownReason kVerifyReasons[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "the peer's certificate has expired; issue a new one (hjerte certs issue)"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "the peer's certificate is not valid yet; compare the clocks of the two machines"},
    {X509_V_ERR_CERT_REVOKED, "the peer's certificate has been revoked"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "the peer's certificate is signed by itself, not by our authority"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
     "the peer's certificate is of an authority that signed itself and is not ours"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "the peer's certificate is of another authority"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "the peer's certificate is of another authority"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "the peer's certificate is of another authority"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "the peer's certificate is of another authority of the same name, or forged"},
    {X509_V_ERR_AKID_SKID_MISMATCH, "the peer's certificate is of another authority of the same name"},
    {X509_V_ERR_INVALID_PURPOSE, "the peer's certificate may not be used on its side of a connection"},
    {X509_V_ERR_INVALID_CA, "the peer's certificate is signed by one that may not sign"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, "there is no revocation list for the peer's authority (hjerte certs refresh)"},
    {X509_V_ERR_CRL_HAS_EXPIRED, "the revocation list has expired; sign it anew (hjerte certs refresh)"},
    {X509_V_ERR_CRL_NOT_YET_VALID, "the revocation list is not valid yet; compare the clocks of the two machines"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE,
     "the revocation list is not of our authority; sign it anew (hjerte certs refresh)"},
};

// Serial numbers: 20 random octets at most (RFC 5280 section 4.1.2.2); the highest bit stays clear.
constexpr int kSerialBits = 159;
constexpr long kVersion3 = 2;
// OpenSSL's level 2, Debian's own for TLS: neither SHA-1 nor RSA below 2048 bits.
constexpr int kSecurityLevel = 2;
// A list signed on a machine whose clock goes before ours is not turned away.
constexpr std::chrono::minutes kClockSlack{5};

absl::Status CryptoError(const char* doing) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return absl::InternalError(std::string(doing) + ": " + text.data());
}

Bio Reading(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

std::string TextOf(const Bio& bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

absl::StatusOr<Certificate> ParseCertificate(std::string_view pem) {
  Certificate certificate(PEM_read_bio_X509(Reading(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) return absl::InvalidArgumentError("a certificate in PEM was expected");
  return certificate;
}

absl::StatusOr<Key> ParseKey(std::string_view pem) {
  Key key(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError("a private key in PEM was expected");
  return key;
}

bool SetTime(ASN1_TIME* target, Instant instant) {
  return ASN1_TIME_set(target, std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count()) != nullptr;
}

Instant TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  const std::chrono::year_month_day date{std::chrono::year(parts.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// A certificate with random serial, validity, subject and public key; issuer, extensions and signature are still to
// come.
Certificate Draft(std::string_view common_name, Instant not_before, Instant not_after, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  BIGNUM* serial = BN_new();
  const bool drafted =
      X509_set_version(certificate.get(), kVersion3) == 1 &&
      BN_rand(serial, kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
      BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate.get())) != nullptr &&
      SetTime(X509_getm_notBefore(certificate.get()), not_before) &&
      SetTime(X509_getm_notAfter(certificate.get()), not_after) &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "O", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>("HjerteGateway"), -1, -1, 0) == 1 &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1 &&
      X509_set_pubkey(certificate.get(), key) == 1;
  BN_free(serial);
  return drafted ? std::move(certificate) : nullptr;
}

absl::StatusOr<CertificateAndKey> ToPem(X509* certificate, EVP_PKEY* key) {
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return CryptoError("cannot write PEM");
  }
  return CertificateAndKey{.certificate = TextOf(certificate_text), .key = TextOf(key_text)};
}

// The value of a subjectAltName extension, or a refusal: a comma or a line break would add names of its own.
absl::StatusOr<std::string> AlternativeNames(const CertificateRequest& request) {
  std::string names;
  const auto add = [&](const char* kind, const std::string& name) {
    if (name.empty() || name.find_first_of(",\n\r \t") != std::string::npos) return false;
    names += (names.empty() ? "" : ",") + std::string(kind) + ":" + name;
    return true;
  };
  bool sound = request.uri.empty() || add("URI", request.uri);
  for (const std::string& name : request.dns_names) sound = sound && add("DNS", name);
  for (const std::string& address : request.ip_addresses) sound = sound && add("IP", address);
  if (!sound || names.empty()) {
    return absl::InvalidArgumentError(
        "a certificate needs a URI, a DNS name or an IP address, without commas and spaces");
  }
  return names;
}

// Who calls may not serve: an adapter's certificate that is stolen must not pass for the central service.
const char* UsageOf(std::string_view uri) {
  constexpr std::string_view kService = "urn:hjertegateway:service:";
  return uri.empty() || uri.starts_with(kService) ? "serverAuth,clientAuth" : "clientAuth";
}

std::vector<std::string> NamesOf(const X509* certificate, int type) {
  std::vector<std::string> names;
  auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type != type) continue;
    const ASN1_STRING* text = type == GEN_URI ? name->d.uniformResourceIdentifier : name->d.dNSName;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(all);
  return names;
}

// Every certificate of a PEM text, in its order.
std::vector<Certificate> AllCertificates(std::string_view pem) {
  std::vector<Certificate> all;
  const Bio text = Reading(pem);
  while (X509* const one = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) all.emplace_back(one);
  ERR_clear_error();
  return all;
}

std::string FingerprintOf(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return "";
  return ToHex({reinterpret_cast<const char*>(digest.data()), length});
}

constexpr absl::string_view kListEnd = "-----END X509 CRL-----";

// A file may hold several.
absl::StatusOr<std::vector<RevocationList>> ParseLists(const std::vector<std::string>& lists) {
  std::vector<RevocationList> parsed;
  for (const std::string& pem : lists) {
    const Bio text = Reading(pem);
    const std::size_t before = parsed.size();
    while (X509_CRL* const list = PEM_read_bio_X509_CRL(text.get(), nullptr, nullptr, nullptr)) {
      parsed.emplace_back(list);
    }
    const bool no_more = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    // What follows the last one might be the beginning of another.
    if (!no_more || parsed.size() == before || !absl::EndsWith(absl::StripTrailingAsciiWhitespace(pem), kListEnd))
      return absl::FailedPreconditionError("no sound revocation list: one of them is broken or half written");
  }
  return parsed;
}

bool IsSignedBy(X509_CRL* list, const X509* issuer) {
  const bool is = X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 &&
                  X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return is;
}

// A list of a part, or of changes to another one, says so in a critical extension (RFC 5280 section 5.2).
bool IsWhole(const X509_CRL* list) {
  for (int i = 0; i < X509_CRL_get_ext_count(list); ++i) {
    if (X509_EXTENSION_get_critical(X509_CRL_get_ext(list, i)) == 1) return false;
  }
  return true;
}

Instant BeginOf(const X509_CRL* list) { return TimeOf(X509_CRL_get0_lastUpdate(list)); }

// The latest whole lists of the issuer that began before `now`: several where they are of the same second, since
// nothing tells which of them knows more.
std::vector<X509_CRL*> NewestOf(const std::vector<RevocationList>& lists, const X509* issuer, Instant now) {
  std::vector<X509_CRL*> newest;
  for (const RevocationList& list : lists) {
    if (!IsSignedBy(list.get(), issuer) || !IsWhole(list.get())) continue;
    const Instant begins = BeginOf(list.get());
    if (begins - kClockSlack > now || (!newest.empty() && begins < BeginOf(newest.front()))) continue;
    if (!newest.empty() && begins > BeginOf(newest.front())) newest.clear();
    newest.push_back(list.get());
  }
  return newest;
}

absl::StatusOr<std::string> ListToPem(X509_CRL* list) {
  const Bio text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509_CRL(text.get(), list) != 1) return CryptoError("cannot write PEM");
  return TextOf(text);
}

X509* IssuerAmong(const std::vector<Certificate>& candidates, X509* certificate) {
  X509* issuer = nullptr;
  for (const Certificate& candidate : candidates) {
    if (X509_check_issued(candidate.get(), certificate) == X509_V_OK &&
        X509_verify(certificate, X509_get0_pubkey(candidate.get())) == 1) {
      issuer = candidate.get();
      break;
    }
  }
  ERR_clear_error();
  return issuer;
}

absl::Status CheckAgainst(const std::vector<X509_CRL*>& lists, X509* certificate, Instant now) {
  if (lists.empty()) return absl::FailedPreconditionError("no sound revocation list of the peer's authority");
  X509_REVOKED* entry = nullptr;
  for (X509_CRL* const list : lists) {
    if (X509_CRL_get0_by_cert(list, &entry, certificate) == 1) {
      return absl::PermissionDeniedError("the certificate is on the revocation list");
    }
  }
  for (const X509_CRL* const list : lists) {
    const ASN1_TIME* const ends = X509_CRL_get0_nextUpdate(list);
    if (ends != nullptr && TimeOf(ends) <= now) return absl::FailedPreconditionError("the revocation list is over");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CertificateAndKey> CreateCertificateAuthority(std::string_view common_name, Instant not_before,
                                                             Instant not_after) {
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return CryptoError("cannot make a key");
  const Certificate certificate = Draft(common_name, not_before, not_after, key.get());
  if (certificate == nullptr ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) != 1 ||
      !AddExtension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash") ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
    return CryptoError("cannot make the authority's certificate");
  }
  return ToPem(certificate.get(), key.get());
}

absl::StatusOr<CertificateAndKey> IssueCertificate(const CertificateAndKey& authority,
                                                   const CertificateRequest& request) {
  const absl::StatusOr<Certificate> issuer = ParseCertificate(authority.certificate);
  if (!issuer.ok()) return issuer.status();
  const absl::StatusOr<Key> issuer_key = ParseKey(authority.key);
  if (!issuer_key.ok()) return issuer_key.status();
  if (X509_check_private_key(issuer->get(), issuer_key->get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the authority's key does not belong to its certificate");
  }
  const absl::StatusOr<std::string> names = AlternativeNames(request);
  if (!names.ok()) return names.status();
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return CryptoError("cannot make a key");
  const Certificate certificate = Draft(request.common_name, request.not_before, request.not_after, key.get());
  if (certificate == nullptr || X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer->get())) != 1 ||
      !AddExtension(certificate.get(), issuer->get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !AddExtension(certificate.get(), issuer->get(), NID_key_usage, "critical,digitalSignature") ||
      !AddExtension(certificate.get(), issuer->get(), NID_ext_key_usage, UsageOf(request.uri)) ||
      !AddExtension(certificate.get(), issuer->get(), NID_subject_key_identifier, "hash") ||
      !AddExtension(certificate.get(), issuer->get(), NID_authority_key_identifier, "keyid:always") ||
      !AddExtension(certificate.get(), issuer->get(), NID_subject_alt_name, *names) ||
      X509_sign(certificate.get(), issuer_key->get(), EVP_sha256()) == 0) {
    return CryptoError("cannot issue the certificate");
  }
  return ToPem(certificate.get(), key.get());
}

absl::StatusOr<std::string> CreateRevocationList(const CertificateAndKey& authority,
                                                 const std::vector<std::string>& revoked_certificates,
                                                 Instant this_update, Instant next_update) {
  const absl::StatusOr<Certificate> issuer = ParseCertificate(authority.certificate);
  if (!issuer.ok()) return issuer.status();
  const absl::StatusOr<Key> issuer_key = ParseKey(authority.key);
  if (!issuer_key.ok()) return issuer_key.status();
  const RevocationList list(X509_CRL_new());
  const std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> now(ASN1_TIME_new());
  const std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> next(ASN1_TIME_new());
  if (!SetTime(now.get(), this_update) || !SetTime(next.get(), next_update) ||
      X509_CRL_set_version(list.get(), 1) != 1 ||
      X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer->get())) != 1 ||
      X509_CRL_set1_lastUpdate(list.get(), now.get()) != 1 || X509_CRL_set1_nextUpdate(list.get(), next.get()) != 1) {
    return CryptoError("cannot make the revocation list");
  }
  for (const std::string& pem : revoked_certificates) {
    const absl::StatusOr<Certificate> certificate = ParseCertificate(pem);
    if (!certificate.ok()) return certificate.status();
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate->get()));
    X509_REVOKED_set_revocationDate(entry, now.get());
    if (X509_CRL_add0_revoked(list.get(), entry) != 1) {
      X509_REVOKED_free(entry);
      return CryptoError("cannot revoke the certificate");
    }
  }
  X509_CRL_sort(list.get());
  if (X509_CRL_sign(list.get(), issuer_key->get(), EVP_sha256()) == 0) return CryptoError("cannot sign the list");
  return ListToPem(list.get());
}

absl::StatusOr<std::string> RevocationListFileName(std::string_view authority_certificate) {
  const absl::StatusOr<Certificate> certificate = ParseCertificate(authority_certificate);
  if (!certificate.ok()) return certificate.status();
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%08lx.r0", X509_subject_name_hash(certificate->get()));
  return std::string(text.data());
}

std::string_view VerifyReason(int code) {
  for (const KnownReason& known : kVerifyReasons) {
    if (known.code == code) return known.reason;
  }
  return "the peer's certificate is refused";
}

absl::Status CheckClientChain(std::string_view chain, std::string_view authorities) {
  const std::vector<Certificate> peers = AllCertificates(chain);
  if (peers.empty()) return absl::PermissionDeniedError("the peer sent no certificate");
  const Store trusted(X509_STORE_new());
  for (const Certificate& authority : AllCertificates(authorities)) {
    if (X509_STORE_add_cert(trusted.get(), authority.get()) != 1) return CryptoError("cannot take the authority");
  }
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  for (const Certificate& certificate : peers) {
    if (sk_X509_push(others.get(), certificate.get()) == 0) return CryptoError("cannot take the chain");
  }
  const StoreContext context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), trusted.get(), peers.front().get(), others.get()) != 1 ||
      X509_STORE_CTX_set_default(context.get(), "ssl_client") != 1) {
    return CryptoError("cannot check the chain");
  }
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context.get()), kSecurityLevel);
  const bool sound = X509_verify_cert(context.get()) == 1;
  const std::string_view reason = VerifyReason(X509_STORE_CTX_get_error(context.get()));
  ERR_clear_error();
  return sound ? absl::OkStatus() : absl::PermissionDeniedError(absl::string_view(reason.data(), reason.size()));
}

absl::Status CheckNotRevoked(std::string_view chain, std::string_view authorities,
                             const std::vector<std::string>& lists, Instant now) {
  const absl::StatusOr<std::vector<RevocationList>> parsed = ParseLists(lists);
  if (!parsed.ok()) return parsed.status();
  const std::vector<Certificate> peers = AllCertificates(chain);
  const std::vector<Certificate> trusted = AllCertificates(authorities);
  X509* certificate = peers.empty() ? nullptr : peers.front().get();
  // From who was signed to who signed, not as they were sent: what signed nothing here would end the way too early.
  for (std::size_t step = 0; certificate != nullptr && step < peers.size(); ++step) {
    X509* const trusted_issuer = IssuerAmong(trusted, certificate);
    X509* const issuer = trusted_issuer != nullptr ? trusted_issuer : IssuerAmong(peers, certificate);
    if (issuer == nullptr) break;
    absl::Status sound = CheckAgainst(NewestOf(*parsed, issuer, now), certificate, now);
    if (!sound.ok() || trusted_issuer != nullptr) return sound;
    certificate = issuer;
  }
  return absl::UnauthenticatedError("the certificate has no issuer of ours");
}

absl::StatusOr<std::vector<IssuedLists>> NewestLists(std::string_view issuers, const std::vector<std::string>& lists,
                                                     Instant now) {
  const absl::StatusOr<std::vector<RevocationList>> parsed = ParseLists(lists);
  if (!parsed.ok()) return parsed.status();
  std::vector<IssuedLists> newest;
  for (const Certificate& issuer : AllCertificates(issuers)) {
    IssuedLists& issued =
        newest.emplace_back(IssuedLists{.issuer = FingerprintOf(issuer.get()), .begins = {}, .lists = {}});
    for (X509_CRL* const list : NewestOf(*parsed, issuer.get(), now)) {
      absl::StatusOr<std::string> pem = ListToPem(list);
      if (!pem.ok()) return pem.status();
      issued.begins = BeginOf(list);
      issued.lists.insert(*std::move(pem));
    }
  }
  return newest;
}

absl::StatusOr<Instant> EndOfLists(std::string_view authorities, const std::vector<std::string>& lists) {
  const absl::StatusOr<std::vector<RevocationList>> parsed = ParseLists(lists);
  if (!parsed.ok()) return parsed.status();
  Instant end = Instant::max();
  for (const Certificate& authority : AllCertificates(authorities)) {
    const std::vector<X509_CRL*> newest = NewestOf(*parsed, authority.get(), Instant::max());
    if (newest.empty()) {
      return absl::FailedPreconditionError("no sound revocation list of an authority that is trusted");
    }
    for (const X509_CRL* const list : newest) {
      const ASN1_TIME* const ends = X509_CRL_get0_nextUpdate(list);
      if (ends != nullptr) end = std::min(end, TimeOf(ends));
    }
  }
  return end;
}

absl::StatusOr<CertificateFacts> ReadCertificate(std::string_view pem) {
  const absl::StatusOr<Certificate> certificate = ParseCertificate(pem);
  if (!certificate.ok()) return certificate.status();
  const X509* x509 = certificate->get();
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, name.data(), name.size());
  const ASN1_INTEGER* serial = X509_get0_serialNumber(x509);
  const std::string_view serial_bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                                      static_cast<std::size_t>(ASN1_STRING_length(serial)));
  return CertificateFacts{.common_name = name.data(),
                          .uris = NamesOf(x509, GEN_URI),
                          .dns_names = NamesOf(x509, GEN_DNS),
                          .serial = ToHex(serial_bytes),
                          .fingerprint = FingerprintOf(x509),
                          .is_elliptic = EVP_PKEY_get_base_id(X509_get0_pubkey(x509)) == EVP_PKEY_EC,
                          .not_before = TimeOf(X509_get0_notBefore(x509)),
                          .not_after = TimeOf(X509_get0_notAfter(x509))};
}

absl::Status CheckKeyBelongs(std::string_view certificate_pem, std::string_view key_pem) {
  const absl::StatusOr<Certificate> certificate = ParseCertificate(certificate_pem);
  if (!certificate.ok()) return certificate.status();
  const absl::StatusOr<Key> key = ParseKey(key_pem);
  if (!key.ok()) return key.status();
  const bool belongs = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  return belongs ? absl::OkStatus() : absl::InvalidArgumentError("the private key belongs to another certificate");
}

}  // namespace hjerte::common
