#include "services/common/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <cstdlib>

namespace hjerte::common {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

const unsigned char* In(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Out(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// These calls fail only when memory or the library itself is broken; to go on would mean unencrypted or unauthenticated
// data.
void Require(bool worked) {
  if (!worked) std::abort();
}

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once: OpenSSL looks an algorithm up by name each time it is named, which takes longer than a short digest.
const EVP_MD* Sha256Digest() {
  static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> kDigest(EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                                  EVP_MD_free);
  return kDigest.get();
}

// For the same reason.
const EVP_CIPHER* Aes256Gcm() {
  static const std::unique_ptr<EVP_CIPHER, void (*)(EVP_CIPHER*)> kCipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_CIPHER_free);
  return kCipher.get();
}

// Digests both parts in turn, in a context kept for the thread: making one takes longer than a short digest.
void DigestOf(std::string_view first, std::string_view second, unsigned char* digest) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigest> kContext(EVP_MD_CTX_new());
  Require(EVP_DigestInit_ex(kContext.get(), Sha256Digest(), nullptr) == 1);
  Require(EVP_DigestUpdate(kContext.get(), first.data(), first.size()) == 1);
  Require(EVP_DigestUpdate(kContext.get(), second.data(), second.size()) == 1);
  Require(EVP_DigestFinal_ex(kContext.get(), digest, nullptr) == 1);
}

// A key as HMAC (RFC 2104) puts it before what is digested; it is no longer than a block of the digest.
struct PaddedKey {
  PaddedKey(const SecretKey& key, char pad) {
    bytes.fill(pad);
    for (std::size_t i = 0; i < SecretKey::kBytes; ++i) bytes[i] = static_cast<char>(bytes[i] ^ key.bytes()[i]);
  }
  ~PaddedKey() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  PaddedKey(const PaddedKey&) = delete;
  PaddedKey& operator=(const PaddedKey&) = delete;
  std::string_view text() const { return {bytes.data(), bytes.size()}; }

  std::array<char, SHA256_CBLOCK> bytes;
};
static_assert(SecretKey::kBytes <= SHA256_CBLOCK);

}  // namespace

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  DigestOf(bytes, {}, Out(digest));
  return digest;
}

// Put together from its two digests: OpenSSL's own takes several times as long for the short texts that are hidden.
std::string HmacSha256(const SecretKey& key, std::string_view bytes) {
  constexpr char kInnerPad = 0x36;
  constexpr char kOuterPad = 0x5c;
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  DigestOf(PaddedKey(key, kInnerPad).text(), bytes, Out(digest));
  DigestOf(PaddedKey(key, kOuterPad).text(), digest, Out(digest));
  return digest;
}

struct Sha256Hasher::Impl {
  std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
};

Sha256Hasher::Sha256Hasher() : impl_(std::make_unique<Impl>()) {
  Require(EVP_DigestInit_ex(impl_->context.get(), Sha256Digest(), nullptr) == 1);
}

Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::Update(std::string_view bytes) {
  Require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256Hasher::Finish() {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  Require(EVP_DigestFinal_ex(impl_->context.get(), Out(digest), nullptr) == 1);
  Require(EVP_DigestInit_ex(impl_->context.get(), Sha256Digest(), nullptr) == 1);
  return digest;
}

std::string Seal(const SecretKey& key, std::string_view plaintext, std::string_view context) {
  std::string sealed = RandomBytes(kNonceBytes);
  sealed.resize(kNonceBytes + plaintext.size() + kTagBytes);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  Require(EVP_EncryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, In(key.bytes()), In(sealed)) == 1);
  int length = 0;
  Require(EVP_EncryptUpdate(cipher.get(), nullptr, &length, In(context), static_cast<int>(context.size())) == 1);
  unsigned char* body = Out(sealed) + kNonceBytes;
  Require(EVP_EncryptUpdate(cipher.get(), body, &length, In(plaintext), static_cast<int>(plaintext.size())) == 1);
  Require(EVP_EncryptFinal_ex(cipher.get(), body + length, &length) == 1);
  Require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plaintext.size()) == 1);
  return sealed;
}

absl::StatusOr<std::string> Unseal(const SecretKey& key, std::string_view sealed, std::string_view context) {
  const absl::Status refused =
      absl::DataLossError("sealed data does not open: wrong key, wrong place, or changed bytes");
  if (sealed.size() < kNonceBytes + kTagBytes) return refused;
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plaintext(body.size(), '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new());
  Require(EVP_DecryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, In(key.bytes()), In(sealed)) == 1);
  int length = 0;
  Require(EVP_DecryptUpdate(cipher.get(), nullptr, &length, In(context), static_cast<int>(context.size())) == 1);
  Require(EVP_DecryptUpdate(cipher.get(), Out(plaintext), &length, In(body), static_cast<int>(body.size())) == 1);
  Require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  unsigned char end = 0;
  if (EVP_DecryptFinal_ex(cipher.get(), &end, &length) != 1) {
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    return refused;
  }
  return plaintext;
}

SecretKey DeriveKey(const SecretKey& key, std::string_view purpose) {
  // HKDF (RFC 5869) for one block of output, with an empty salt: extract is HMAC(zeros, key), expand HMAC(·, purpose |
  // 1).
  const SecretKey zeros(std::string(SecretKey::kBytes, '\0'));
  std::string extracted = HmacSha256(zeros, key.bytes());
  const SecretKey pseudorandom(extracted);
  OPENSSL_cleanse(extracted.data(), extracted.size());
  std::string expanded = HmacSha256(pseudorandom, std::string(purpose) + '\x01');
  const SecretKey derived(expanded);
  OPENSSL_cleanse(expanded.data(), expanded.size());
  return derived;
}

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  Require(RAND_bytes(Out(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

bool EqualInConstantTime(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace hjerte::common
