#include "mapping/registry/course/identity.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/registry/course/citizen_number.h"
#include "mapping/registry/course/fhir_read.h"

namespace hjerte::registry {
namespace {

using Uuid = std::array<unsigned char, 16>;

std::string Format(Uuid uuid, unsigned version) {
  uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0f) | (version << 4));
  uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3f) | 0x80);
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[uuid[i] >> 4];
    text += kHex[uuid[i] & 0x0f];
  }
  return text;
}

// Fetched once: OpenSSL looks an algorithm up by name each time it is named, which takes longer than a short digest.
const EVP_MD* Sha1() {
  static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> kDigest(EVP_MD_fetch(nullptr, "SHA1", nullptr), EVP_MD_free);
  return kDigest.get();
}

Uuid Sha1Of(const Uuid& space, std::string_view name) {
  // Kept for the thread: making one takes longer than a short digest.
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> kContext(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestInit_ex(kContext.get(), Sha1(), nullptr);
  EVP_DigestUpdate(kContext.get(), space.data(), space.size());
  EVP_DigestUpdate(kContext.get(), name.data(), name.size());
  EVP_DigestFinal_ex(kContext.get(), digest.data(), &size);
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  return uuid;
}

// These calls fail only when memory or the library itself is broken; to go on would give every citizen one id.
void Require(bool worked) {
  if (!worked) std::abort();
}

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Mac = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

Mac MakeHmacSha256() {
  const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
  Mac context(EVP_MAC_CTX_new(hmac.get()));
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                                OSSL_PARAM_construct_end()};
  Require(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters.data()) == 1);
  return context;
}

Uuid HmacSha256Of(std::string_view key, std::string_view text) {
  // Kept for the thread: making one takes longer than a short digest.
  thread_local const Mac kContext = MakeHmacSha256();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  size_t size = 0;
  // No address would mean the key of the call before.
  const char* address = key.empty() ? "" : key.data();
  Require(EVP_MAC_init(kContext.get(), reinterpret_cast<const unsigned char*>(address), key.size(), nullptr) == 1);
  Require(EVP_MAC_update(kContext.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  Require(EVP_MAC_final(kContext.get(), digest.data(), &size, digest.size()) == 1);
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  return uuid;
}

// RFC 9562's namespace of domain names, and ours under it.
const Uuid& Namespace() {
  static const Uuid kSpace = [] {
    static constexpr Uuid kDns = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                  0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    Uuid space = Sha1Of(kDns, "hjertegateway.dk");
    space[6] = static_cast<unsigned char>((space[6] & 0x0f) | 0x50);
    space[8] = static_cast<unsigned char>((space[8] & 0x3f) | 0x80);
    return space;
  }();
  return kSpace;
}

bool IsUuid(std::string_view id) {
  if (id.size() != 36) return false;
  for (size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

// The resource's identifiers; QuestionnaireResponse has one and not a list.
std::span<const json::Value> Identifiers(const json::Value& resource) {
  const json::Value* identifier = resource.Find("identifier");
  if (identifier == nullptr) return {};
  return identifier->is_object() ? std::span(identifier, 1) : identifier->elements();
}

// Names and what they stand for, all of which live in the report's arena.
using Names = std::unordered_map<std::string_view, std::string_view>;

// Work on one report.
class Assigner {
 public:
  Assigner(json::Arena& arena, const IdentityOptions& options) : arena_(arena), options_(options) {}

  absl::Status Run(json::Value& bundle) {
    const json::Value* entries = bundle.Find("entry");
    if (entries == nullptr) return absl::OkStatus();
    names_.reserve(3 * entries->size());
    ids_.reserve(entries->size());
    size_t index = 0;
    for (const json::Value& entry : entries->elements()) {
      if (absl::Status status = Identify(entry, index++); !status.ok()) return status;
    }
    for (const json::Value& entry : entries->elements()) Rewrite(entry);
    return absl::OkStatus();
  }

 private:
  // Chooses the resource's id and remembers every name it was known by.
  absl::Status Identify(const json::Value& entry, size_t index) {
    const json::Value* found = entry.Find("resource");
    if (found == nullptr || !found->is_object()) {
      return absl::InvalidArgumentError(absl::StrCat("entry[", index, "]: holds no resource"));
    }
    const json::Value& resource = *found;
    const std::string_view type = TextOf(resource, "resourceType");
    const std::span<const json::Value> identifiers = Identifiers(resource);
    const std::string id = ChooseId(resource, type, identifiers);
    if (id.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("entry[", index, "] (", IsFhirId(type) ? std::string(type) : "unknown type", "): ",
                       type == "Patient" ? "has no citizen's number; give Patient.identifier with the CPR system"
                                         : "has neither an id nor an identifier; the map must write identifier"));
    }
    const std::string_view reference = arena_.CopyText(ReferenceTo(type, id));
    if (const std::string_view old = TextOf(resource, "id"); !old.empty()) Name(ReferenceTo(type, old), reference);
    if (const std::string_view url = TextOf(entry, "fullUrl"); !url.empty()) Name(url, reference);
    for (const json::Value& identifier : identifiers) {
      Name(IdentifierName(type, TextOf(identifier, "system"), TextOf(identifier, "value")), reference);
    }
    ids_.push_back(reference.substr(type.size() + 1));
    return absl::OkStatus();
  }

  void Name(std::string_view name, std::string_view reference) { names_[arena_.CopyText(name)] = reference; }

  std::string ChooseId(const json::Value& resource, std::string_view type,
                       std::span<const json::Value> identifiers) const {
    if (type == "Patient") {
      for (const json::Value& identifier : identifiers) {
        const std::string_view system = TextOf(identifier, "system");
        const std::string_view value = TextOf(identifier, "value");
        if (IsCitizenNumberSystem(system) && !value.empty()) {
          return PatientId(options_.patient_key, options_.authority, system, value);
        }
      }
      return {};
    }
    if (const std::string_view id = TextOf(resource, "id"); IsFhirId(id)) return std::string(id);
    for (const json::Value& identifier : identifiers) {
      const std::string_view value = TextOf(identifier, "value");
      if (!value.empty()) return IdOf(type, TextOf(identifier, "system"), value);
    }
    return {};
  }

  // A key that may hold a citizen's number gives a keyed id: anyone could find the number behind a name-based one.
  std::string IdOf(std::string_view type, std::string_view system, std::string_view key) const {
    if (!KeyMayHoldCitizenNumber(key)) return ResourceId(options_.authority, type, system, key);
    return PatientId(options_.patient_key, options_.authority,
                     absl::StrCat(std::string(type), "|", std::string(system)), key);
  }

  // Valid until the next call.
  const std::string& IdentifierName(std::string_view type, std::string_view system, std::string_view value) {
    name_ = type;
    name_ += ' ';
    name_ += system;
    name_ += ' ';
    name_ += value;
    return name_;
  }

  void Rewrite(json::Value entry) {
    json::Value resource = *entry.Find("resource");
    const std::string_view type = TextOf(resource, "resourceType");
    const std::string_view id = ids_[next_++];
    RewriteReferences(resource, true);
    KeepIdentifiers(resource, type);
    if (TextOf(resource, "id") != id) resource.Set(arena_, "id", json::Value::String(id));
    std::string& url = name_;
    url = IsUuid(id) ? "urn:uuid:" : kArtefactBase;
    if (url == kArtefactBase) url.append("/").append(type).append("/");
    url += id;
    entry.Set(arena_, "fullUrl", json::Value::String(arena_.CopyText(url)));
  }

  // Drops the identifiers that have done their work.
  void KeepIdentifiers(json::Value& resource, std::string_view type) {
    json::Value kept = json::Value::Array();
    for (const json::Value& identifier : Identifiers(resource)) {
      const std::string_view system = TextOf(identifier, "system");
      const bool keep = (type == "Patient" && IsCitizenNumberSystem(system)) ||
                        (type == "ServiceRequest" && system == kCourseKeySystem) ||
                        (type == "Organization" && system == kSorSystem);
      if (keep) kept.Append(arena_, identifier);
    }
    if (kept.size() == 0) {
      resource.Remove("identifier");
    } else {
      resource.Set(arena_, "identifier", kept);
    }
  }

  // Depth is limited by the document's own.
  void RewriteReferences(json::Value value, bool resource_root) {
    if (value.is_array()) {
      for (const json::Value& element : value.elements()) RewriteReferences(element, false);
      return;
    }
    if (!value.is_object()) return;
    if (!resource_root) RewriteReference(value);
    for (const json::Member& member : value.members()) {
      if (member.value.is_array() || member.value.is_object()) RewriteReferences(member.value, false);
    }
  }

  void RewriteReference(json::Value& value) {
    if (const json::Value* reference = value.Find("reference"); reference != nullptr && reference->is_string()) {
      const auto found = names_.find(reference->text());
      if (found != names_.end()) SetReference(value, found->second);
      return;
    }
    const json::Value* identifier = value.Find("identifier");
    const std::string_view type = TextOf(value, "type");
    if (identifier == nullptr || !identifier->is_object()) return;
    const std::string_view system = TextOf(*identifier, "system");
    const std::string_view key = TextOf(*identifier, "value");
    if (IsCitizenNumberSystem(system)) return SetReference(value, CitizenReference(system, key));
    if (type.empty()) return;
    const auto found = names_.find(IdentifierName(type, system, key));
    if (found != names_.end()) {
      if (system == kSorSystem) return;  // A logical reference says more than an id that may never arrive.
      SetReference(value, found->second);
    } else if (system.starts_with(kSourceIdentifierBase) || system == kCourseKeySystem) {
      // The resource travels in another report; its id follows from its identifier all the same.
      SetReference(value, arena_.CopyText(ReferenceTo(type, IdOf(type, system, key))));
    }
  }

  // Every resource of a report refers to the same citizen.
  std::string_view CitizenReference(std::string_view system, std::string_view number) {
    const std::string& name = IdentifierName({}, system, number);
    const auto known = citizens_.find(name);
    if (known != citizens_.end()) return known->second;
    const std::string id = PatientId(options_.patient_key, options_.authority, system, number);
    return citizens_[arena_.CopyText(name)] = arena_.CopyText(ReferenceTo("Patient", id));
  }

  // `reference` lives in the arena.
  void SetReference(json::Value& value, std::string_view reference) {
    value.Set(arena_, "reference", json::Value::String(reference));
    value.Remove("identifier");
    value.Remove("type");
  }

  json::Arena& arena_;
  const IdentityOptions& options_;
  Names names_;                        // Old reference, fullUrl or identifier → "Type/id".
  Names citizens_;                     // " system number" → "Patient/id"
  std::vector<std::string_view> ids_;  // By entry.
  std::string name_;
  size_t next_ = 0;
};

}  // namespace

std::string Uuid5(std::string_view name) { return Format(Sha1Of(Namespace(), name), 5); }

std::string ResourceId(std::string_view authority, std::string_view resource_type, std::string_view system,
                       std::string_view key) {
  std::string name;
  name.reserve(authority.size() + resource_type.size() + system.size() + key.size() + 3);
  for (const std::string_view part : {authority, resource_type, system}) {
    name += part;
    name += '|';
  }
  name += key;
  return Uuid5(name);
}

std::string PatientId(std::string_view patient_key, std::string_view authority, std::string_view system,
                      std::string_view number) {
  std::string name;
  for (const std::string_view part : {authority, system}) {
    name += part;
    name += '|';
  }
  name += number;
  return Format(HmacSha256Of(patient_key, name), 8);
}

absl::Status AssignIdentities(json::Value& bundle, json::Arena& arena, const IdentityOptions& options) {
  return Assigner(arena, options).Run(bundle);
}

}  // namespace hjerte::registry
