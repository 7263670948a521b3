#include "adapters/state/state_keys.h"

#include <array>
#include <utility>

#include "mapping/registry/course/citizen_number.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/scrub.h"

namespace hjerte::adapters {
namespace {

constexpr std::size_t kKeyMarkChars = 16;

// Purposes of the first generation's keys; those of version 1 were the same.
constexpr std::string_view kSeal = "adapter-state";
constexpr std::string_view kPatient = "patient-id";
constexpr std::string_view kHidden = "adapter-hidden";
constexpr std::string_view kAudit = "adapter-audit";

std::string Context(std::string_view table, std::string_view key) {
  std::string context;
  context.reserve(table.size() + 1 + key.size());
  context += table;
  context += '|';
  context += key;
  return context;
}

absl::StatusOr<common::SecretKey> LoadKey(common::Database& database, const common::KeyProvider& provider,
                                          std::string_view purpose) {
  auto statement = database.Prepare("SELECT wrapped FROM data_key WHERE purpose = ? AND wrapping = ?");
  if (!statement.ok()) return statement.status();
  const auto row = statement->BindAll(purpose, provider.id()).Step();
  if (!row.ok()) return row.status();
  if (!*row) {
    return absl::FailedPreconditionError(database.file().string() +
                                         ": its keys are wrapped by another key file than the one configured; give "
                                         "key_file the one that was in use when the file was written last");
  }
  return provider.Unwrap(statement->Bytes(0), purpose);
}

}  // namespace

std::string StateKeys::Seal(std::string_view table, std::string_view key, std::string_view bytes) const {
  return common::Seal(seal, bytes, Context(table, key));
}

absl::StatusOr<std::string> StateKeys::Unseal(std::string_view table, std::string_view key,
                                              std::string_view sealed) const {
  return common::Unseal(seal, sealed, Context(table, key));
}

std::string StateKeys::Hide(std::string_view purpose, std::string_view text) const {
  return text.empty() ? std::string() : common::HmacSha256(hidden, Context(purpose, text));
}

std::string StateKeys::SafeKey(std::string_view key) const {
  std::string scrubbed = common::ScrubCpr(key);
  if (scrubbed == key && !registry::KeyMayHoldCitizenNumber(key)) return scrubbed;
  // In the middle of a longer word nobody can tell where the number begins.
  if (scrubbed == key) scrubbed = "[cpr]";
  return scrubbed + "#" + common::ToHex(Hide("key", key)).substr(0, kKeyMarkChars);
}

absl::StatusOr<StateKeys> CreateKeys(common::Database& database, const common::KeyProvider& provider,
                                     bool sealed_already) {
  const auto patient = provider.Derive(kPatient);
  if (!patient.ok()) return patient.status();
  const auto hidden = provider.Derive(kHidden);
  if (!hidden.ok()) return hidden.status();
  auto seal = sealed_already ? provider.Derive(kSeal) : common::SecretKey(common::RandomBytes(32));
  if (!seal.ok()) return seal.status();
  const StateKeys keys{.seal = *seal,
                       .hidden = *hidden,
                       .patient = *patient,
                       .audit = common::SecretKey(common::RandomBytes(common::SecretKey::kBytes))};
  if (absl::Status status = WrapKeys(database, provider, keys); !status.ok()) return status;
  return keys;
}

absl::StatusOr<StateKeys> LoadKeys(common::Database& database, const common::KeyProvider& provider) {
  const auto seal = LoadKey(database, provider, kSeal);
  if (!seal.ok()) return seal.status();
  const auto hidden = LoadKey(database, provider, kHidden);
  if (!hidden.ok()) return hidden.status();
  const auto patient = LoadKey(database, provider, kPatient);
  if (!patient.ok()) return patient.status();
  const auto audit = LoadKey(database, provider, kAudit);
  if (!audit.ok()) return audit.status();
  return StateKeys{.seal = *seal, .hidden = *hidden, .patient = *patient, .audit = *audit};
}

absl::Status WrapKeys(common::Database& database, const common::KeyProvider& provider, const StateKeys& keys) {
  const std::array<std::pair<std::string_view, const common::SecretKey*>, 4> all = {
      {{kSeal, &keys.seal}, {kHidden, &keys.hidden}, {kPatient, &keys.patient}, {kAudit, &keys.audit}}};
  for (const auto& [purpose, key] : all) {
    const auto wrapped = provider.Wrap(*key, purpose);
    if (!wrapped.ok()) return wrapped.status();
    absl::Status status = database.Run("INSERT OR REPLACE INTO data_key VALUES (?, ?, ?)", purpose, provider.id(),
                                       common::Blob{*wrapped});
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace hjerte::adapters
