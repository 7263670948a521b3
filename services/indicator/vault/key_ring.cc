#include "services/indicator/vault/key_ring.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "services/common/crypto.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

// Keys of a purpose are counted from here.
constexpr std::int64_t kFirstKey = 1;

// The provider that opens the purpose's rows: the configured file's, or its successor's where a rotation was cut short.
absl::StatusOr<std::unique_ptr<common::KeyProvider>> ProviderFor(const std::vector<DataKeyRow>& rows,
                                                                 std::string_view purpose,
                                                                 const std::filesystem::path& file) {
  absl::StatusOr<std::unique_ptr<common::KeyProvider>> provider = common::OpenKeyFile(file);
  if (!provider.ok()) return provider.status();
  const auto opens = [&](const common::KeyProvider& candidate) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const DataKeyRow& row) { return row.purpose == purpose && row.wrapping == candidate.id(); });
  };
  if (opens(**provider)) return provider;
  const std::filesystem::path next = common::NextKeyFile(file);
  std::error_code error;
  if (std::filesystem::exists(next, error)) {
    absl::StatusOr<std::unique_ptr<common::KeyProvider>> successor = common::OpenKeyFile(next);
    if (successor.ok() && opens(**successor)) return successor;
  }
  return absl::FailedPreconditionError(file.string() +
                                       ": the store's keys are wrapped by another key file; put the one in its place "
                                       "that was in use when the store was written last");
}

// The first keys. A store that was written before keys were wrapped sealed its vault with the file's own key.
absl::Status CreateAll(KeyStore& store, const KeyFiles& files, bool vault_in_use) {
  const absl::StatusOr<common::SecretKey> file_key = common::LoadKeyFile(files.vault);
  if (!file_key.ok()) return file_key.status();
  const auto vault = common::MakeKeyProvider(*file_key);
  HJERTE_RETURN_IF_ERROR(
      PutWrapped(store, *vault, kVaultPurpose, kFirstKey,
                 vault_in_use ? *file_key : common::SecretKey(common::RandomBytes(common::SecretKey::kBytes))));
  const absl::StatusOr<std::unique_ptr<common::KeyProvider>> pseudonym = common::OpenKeyFile(files.pseudonym);
  if (!pseudonym.ok()) return pseudonym.status();
  for (const std::string_view purpose : {kLookupPurpose, kPatientPurpose, kIntegrityPurpose}) {
    const absl::StatusOr<common::SecretKey> key = (*pseudonym)->Derive(purpose);
    if (!key.ok()) return key.status();
    HJERTE_RETURN_IF_ERROR(PutWrapped(store, **pseudonym, purpose, kFirstKey, *key));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PutWrapped(KeyStore& store, const common::KeyProvider& provider, std::string_view purpose, std::int64_t id,
                        const common::SecretKey& key) {
  absl::StatusOr<std::string> wrapped = provider.Wrap(key, purpose);
  if (!wrapped.ok()) return wrapped.status();
  return store.PutDataKey(
      {.purpose = std::string(purpose), .id = id, .wrapping = provider.id(), .wrapped = *std::move(wrapped)});
}

KeyRing::KeyRing(const Keys& keys) : current_(std::make_shared<const Keys>(keys)) {
  vaults_.emplace(keys.vault_id, keys.vault);
}

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(KeyStore& store, const KeyFiles& files, bool vault_in_use) {
  absl::StatusOr<std::vector<DataKeyRow>> rows = store.DataKeys();
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    HJERTE_RETURN_IF_ERROR(CreateAll(store, files, vault_in_use));
    rows = store.DataKeys();
    if (!rows.ok()) return rows.status();
  }
  return Read(*rows, files);
}

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Read(const std::vector<DataKeyRow>& rows, const KeyFiles& files) {
  std::unique_ptr<KeyRing> ring(new KeyRing());  // NOLINT: private constructor
  HJERTE_RETURN_IF_ERROR(ring->Take(rows, files));
  return ring;
}

absl::Status KeyRing::Take(const std::vector<DataKeyRow>& rows, const KeyFiles& files) {
  std::map<std::string, const DataKey*> newest;
  data_keys_.reserve(rows.size());
  for (const std::string_view purpose : {kVaultPurpose, kLookupPurpose, kPatientPurpose, kIntegrityPurpose}) {
    const auto provider = ProviderFor(rows, purpose, purpose == kVaultPurpose ? files.vault : files.pseudonym);
    if (!provider.ok()) return provider.status();
    for (const DataKeyRow& row : rows) {
      if (row.purpose != purpose || row.wrapping != (*provider)->id()) continue;
      const absl::StatusOr<common::SecretKey> key = (*provider)->Unwrap(row.wrapped, purpose);
      if (!key.ok()) return key.status();
      data_keys_.push_back({.purpose = row.purpose, .id = row.id, .key = *key});
      const DataKey*& last = newest[row.purpose];
      if (last == nullptr || last->id < row.id) last = &data_keys_.back();
      if (purpose == kVaultPurpose) vaults_.emplace(row.id, *key);
    }
  }
  const auto key = [&](std::string_view purpose) { return newest.at(std::string(purpose)); };
  current_ = std::make_shared<const Keys>(Keys{.vault = key(kVaultPurpose)->key,
                                               .lookup = key(kLookupPurpose)->key,
                                               .patient = key(kPatientPurpose)->key,
                                               .integrity = key(kIntegrityPurpose)->key,
                                               .vault_id = key(kVaultPurpose)->id,
                                               .lookup_id = key(kLookupPurpose)->id});
  return absl::OkStatus();
}

std::shared_ptr<const Keys> KeyRing::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::shared_ptr<const Keys> KeyRing::ForWriter() const {
  const std::lock_guard lock(mutex_);
  return staged_ != nullptr ? staged_ : current_;
}

absl::StatusOr<std::string> KeyRing::OpenNumber(const VaultRow& row) const {
  std::optional<common::SecretKey> key;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = vaults_.find(row.key); found != vaults_.end()) key = found->second;
  }
  if (!key.has_value()) return absl::DataLossError("a number of the vault was sealed with a key that is not there");
  return common::Unseal(*key, row.sealed, row.surrogate);
}

std::vector<KeyRing::DataKey> KeyRing::DataKeysOf(const std::vector<std::string_view>& purposes) const {
  const std::lock_guard lock(mutex_);
  std::vector<DataKey> keys;
  for (const DataKey& key : data_keys_) {
    if (std::find(purposes.begin(), purposes.end(), key.purpose) != purposes.end()) keys.push_back(key);
  }
  return keys;
}

void KeyRing::Stage(const Keys& keys) {
  const std::lock_guard lock(mutex_);
  staged_ = std::make_shared<const Keys>(keys);
  vaults_.insert_or_assign(keys.vault_id, keys.vault);
}

void KeyRing::Unstage() {
  const std::lock_guard lock(mutex_);
  staged_ = nullptr;
}

void KeyRing::Publish() {
  const std::lock_guard lock(mutex_);
  if (staged_ == nullptr) return;
  const auto keep = [this](std::string_view purpose, std::int64_t id, const common::SecretKey& key) {
    const bool there = std::any_of(data_keys_.begin(), data_keys_.end(),
                                   [&](const DataKey& known) { return known.purpose == purpose && known.id == id; });
    if (!there) data_keys_.push_back({.purpose = std::string(purpose), .id = id, .key = key});
  };
  keep(kVaultPurpose, staged_->vault_id, staged_->vault);
  keep(kLookupPurpose, staged_->lookup_id, staged_->lookup);
  current_ = std::exchange(staged_, nullptr);
}

absl::Status KeyRing::Refresh(SealedNumber& number) const {
  const std::shared_ptr<const Keys> keys = ForWriter();
  if (number.key_generation == keys->generation) return absl::OkStatus();
  const absl::StatusOr<std::string> opened =
      OpenNumber({.citizen = 0, .surrogate = number.surrogate, .key = number.vault_key, .sealed = number.sealed});
  if (!opened.ok()) return opened.status();
  number = SealNumber(*keys, *opened, std::move(number.surrogate));
  return absl::OkStatus();
}

SealedNumber SealNumber(const Keys& keys, std::string_view number, std::string surrogate) {
  return {.lookup = LookupOf(keys, number),
          .surrogate = surrogate,
          .sealed = common::Seal(keys.vault, number, surrogate),
          .vault_key = keys.vault_id,
          .key_generation = keys.generation};
}

std::string LookupOf(const Keys& keys, std::string_view number) { return common::HmacSha256(keys.lookup, number); }

}  // namespace hjerte::indicator
