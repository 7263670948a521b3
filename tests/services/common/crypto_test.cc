#include "services/common/crypto.h"

#include <sys/stat.h>

#include "services/common/encoding.h"
#include "tests/temporary_folder.h"

namespace hjerte::common {
namespace {

using testing::HasSubstr;

SecretKey KeyOf(char byte) { return SecretKey(std::string(SecretKey::kBytes, byte)); }

TEST(Crypto, DigestsAreThoseOfTheStandards) {
  EXPECT_EQ(ToHex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231 has no case with a 32-byte key; this value was computed with Python's hmac.
  EXPECT_EQ(ToHex(HmacSha256(KeyOf('k'), "message")),
            "63a375b8a62b7025b0b00fb07b716b44a608692b5ff609e31bdc7e2219548646");
}

TEST(Crypto, ADigestPieceByPieceIsTheDigestOfTheWhole) {
  Sha256Hasher hasher;
  hasher.Update("a");
  hasher.Update("");
  hasher.Update("bc");
  EXPECT_EQ(hasher.Finish(), Sha256("abc"));
  hasher.Update("d");
  EXPECT_EQ(hasher.Finish(), Sha256("d")) << "the hasher begins anew";
}

TEST(Crypto, WhatIsSealedOpensWithTheSameKeyAndPlaceOnly) {
  const std::string sealed = Seal(KeyOf('a'), "secret", "row 1");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_EQ(Unseal(KeyOf('a'), sealed, "row 1").value(), "secret");
  EXPECT_EQ(Unseal(KeyOf('b'), sealed, "row 1").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(Unseal(KeyOf('a'), sealed, "row 2").ok());
  EXPECT_NE(sealed, Seal(KeyOf('a'), "secret", "row 1")) << "equal values must not look equal";
  EXPECT_EQ(Unseal(KeyOf('a'), Seal(KeyOf('a'), "", ""), "").value(), "");
}

TEST(Crypto, NoChangedBitOpens) {
  const std::string sealed = Seal(KeyOf('a'), "secret", "");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Unseal(KeyOf('a'), changed, "").ok()) << bit;
  }
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(Unseal(KeyOf('a'), std::string_view(sealed).substr(0, length), "").ok()) << length;
  }
}

TEST(Crypto, ADerivedKeyIsAnotherKeyForEachPurpose) {
  EXPECT_NE(DeriveKey(KeyOf('a'), "outbox").bytes(), DeriveKey(KeyOf('a'), "quarantine").bytes());
  EXPECT_EQ(DeriveKey(KeyOf('a'), "outbox").bytes(), DeriveKey(KeyOf('a'), "outbox").bytes());
  // RFC 5869 with SHA-256, empty salt, 32 octets; computed with Python's hmac.
  EXPECT_EQ(ToHex(DeriveKey(KeyOf('a'), "outbox").bytes()),
            "ee102e6b539b4ddf583433231e322090d7b9c0a724e009c6f2f356c792182742");
}

TEST(Crypto, ComparisonInConstantTimeComparesEverything) {
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abcd"));
  EXPECT_TRUE(EqualInConstantTime("", ""));
}

TEST(Encoding, BytesBecomeTextAndBytesAgain) {
  const std::string bytes("\x00\xff\x10z", 4);
  EXPECT_EQ(ToHex(bytes), "00ff107a");
  EXPECT_EQ(FromHex("00FF107a"), bytes);
  for (const std::string_view text : {"", "f", "fo", "foo", "foob"}) EXPECT_EQ(FromBase64(ToBase64(text)), text);
  EXPECT_EQ(ToBase64("foob"), "Zm9vYg==");
}

TEST(Encoding, WhatIsNotCanonicalIsRefused) {
  for (const char* text : {"0", "0g", "0x"}) EXPECT_EQ(FromHex(text), std::nullopt) << text;
  for (const char* text : {"Zg=", "Zg", "Zh==", "Z===", "Zm9v\n", " Zg==", "Zg==Zg=="}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
}

TEST(KeyFile, IsCreatedForItsOwnerAloneAndReadAgain) {
  const tests::TemporaryFolder folder;
  ASSERT_TRUE(CreateKeyFile(folder / "a.key").ok());
  struct stat facts {};
  ASSERT_EQ(::stat((folder / "a.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
  const absl::StatusOr<SecretKey> key = LoadKeyFile(folder / "a.key");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ToHex(key->bytes()) + "\n", tests::ReadFile(folder / "a.key"));
  EXPECT_EQ(CreateKeyFile(folder / "a.key").code(), absl::StatusCode::kAlreadyExists) << "a key is never overwritten";
}

TEST(KeyFile, ThatOthersMayReadIsRefused) {
  const tests::TemporaryFolder folder;
  ASSERT_TRUE(CreateKeyFile(folder / "a.key").ok());
  for (const mode_t mode : {0644u, 0640u, 0602u}) {
    ASSERT_EQ(::chmod((folder / "a.key").c_str(), mode), 0);
    EXPECT_EQ(LoadKeyFile(folder / "a.key").status().code(), absl::StatusCode::kPermissionDenied) << mode;
  }
}

TEST(KeyFile, ThatHoldsSomethingElseIsRefusedWithoutQuotingIt) {
  const tests::TemporaryFolder folder;
  for (const std::string& text : {std::string(), std::string("abcd\n"), std::string(64, 'z'), std::string(66, 'a')}) {
    const std::filesystem::path file = folder.Write("a.key", text);
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    const absl::Status status = LoadKeyFile(file).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), file.string() + ": a key is 64 hexadecimal digits on one line");
  }
  EXPECT_EQ(LoadKeyFile(folder / "none.key").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadKeyFile("/dev/zero").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hjerte::common
