#include <openssl/evp.h>

#include <array>
#include <unordered_map>
#include <unordered_set>

#include "mapping/registry/course/identity.h"
#include "services/common/encoding.h"
#include "tests/guesses.h"
#include "tests/temporary_folder.h"

namespace hjerte::tests {
namespace {

// Hits are found by their first eight bytes and then compared whole.
constexpr std::size_t kPrefix = 8;

std::string Digest(const EVP_MD* kind, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// A name-based UUID's text.
std::string Uuid(const EVP_MD* kind, char version, std::string_view space, std::string_view name) {
  const std::string named = *common::FromHex(space) + std::string(name);
  std::string bytes = Digest(kind, named).substr(0, 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string text = common::ToHex(bytes);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}

constexpr std::array<std::string_view, 4> kNamespaces = {
    "6ba7b8109dad11d180b400c04fd430c8", "6ba7b8119dad11d180b400c04fd430c8", "6ba7b8129dad11d180b400c04fd430c8",
    "6ba7b8149dad11d180b400c04fd430c8"};

}  // namespace

void Guesses::AddNeedle(std::string bytes, const std::string& name) {
  if (bytes.size() >= kPrefix) needles_.emplace_back(std::move(bytes), name);
}

void Guesses::Add(std::string_view text) {
  const std::string name =
      text.size() <= 64 ? std::string(text) : "a text of " + std::to_string(text.size()) + " bytes";
  AddNeedle(std::string(text), name);
  for (const auto& [kind, label] : {std::pair<const EVP_MD*, std::string>{EVP_md5(), "MD5"},
                                    {EVP_sha1(), "SHA-1"},
                                    {EVP_sha256(), "SHA-256"},
                                    {EVP_sha512(), "SHA-512"}}) {
    const std::string digest = Digest(kind, text);
    AddNeedle(digest.substr(0, 16), label + " of " + name);
    AddNeedle(common::ToHex(digest).substr(0, 16), label + " (hex) of " + name);
    AddNeedle(common::ToBase64(digest).substr(0, 16), label + " (base64) of " + name);
  }
  AddNeedle(registry::Uuid5(text), "our UUID of " + name);
  for (const std::string_view space : kNamespaces) {
    AddNeedle(Uuid(EVP_md5(), 3, space, text), "UUID 3 of " + name);
    AddNeedle(Uuid(EVP_sha1(), 5, space, text), "UUID 5 of " + name);
  }
}

std::vector<std::string> Guesses::FoundIn(const std::vector<std::filesystem::path>& files) const {
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_prefix;
  for (std::size_t i = 0; i < needles_.size(); ++i) {
    by_prefix[std::string_view(needles_[i].first).substr(0, kPrefix)].push_back(i);
  }
  std::set<std::string> found;
  for (const std::filesystem::path& file : files) {
    const std::string bytes = ReadFile(file);
    const std::string_view all(bytes);
    for (std::size_t at = 0; at + kPrefix <= all.size(); ++at) {
      const auto candidates = by_prefix.find(all.substr(at, kPrefix));
      if (candidates == by_prefix.end()) continue;
      for (const std::size_t i : candidates->second) {
        if (all.substr(at).starts_with(needles_[i].first)) found.insert(needles_[i].second);
      }
    }
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> FormsOf(const std::string& number, const std::string& authority) {
  std::vector<std::string> forms;
  for (const std::string& plain : {number, number.substr(0, 6) + "-" + number.substr(6)}) {
    for (const std::string_view system : {"urn:oid:1.2.208.176.1.2", "urn:oid:1.2.208.176.1.6.1.3"}) {
      forms.push_back(std::string(system) + "|" + plain);
      forms.push_back(authority + "|" + std::string(system) + "|" + plain);
      forms.push_back(authority + "|Patient|" + std::string(system) + "|" + plain);
    }
    forms.push_back(plain);
    forms.push_back("cpr:" + plain);
    forms.push_back("urn:cpr:" + plain);
    forms.push_back("Patient/" + plain);
  }
  return forms;
}

std::vector<std::filesystem::path> FilesOf(const std::filesystem::path& database) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(database.parent_path())) {
    if (entry.is_regular_file() && entry.path().filename().string().starts_with(database.filename().string())) {
      files.push_back(entry.path());
    }
  }
  return files;
}

}  // namespace hjerte::tests
