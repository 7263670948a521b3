#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/key_provider.h"
#include "services/indicator/store/key_store.h"
#include "services/indicator/vault/keys.h"

namespace hjerte::indicator {

// Purposes of data keys; the vault's are wrapped by the vault's file, the others by the pseudonym file.
inline constexpr std::string_view kVaultPurpose = "vault";
inline constexpr std::string_view kLookupPurpose = "citizen-lookup";
inline constexpr std::string_view kPatientPurpose = "patient-id";
inline constexpr std::string_view kIntegrityPurpose = "delivery-integrity";

// Keeps a data key in the store, wrapped by the provider's key.
absl::Status PutWrapped(KeyStore& store, const common::KeyProvider& provider, std::string_view purpose, std::int64_t id,
                        const common::SecretKey& key);

// A citizen's number as a report carries it until it is committed.
struct SealedNumber {
  std::string lookup;                // keyed hash of the number
  std::string surrogate;             // for the case that the citizen is new
  std::string sealed;                // the number, sealed to the surrogate
  std::int64_t vault_key = 1;        // Keys::vault_id that sealed it
  std::uint64_t key_generation = 0;  // Keys::generation it was made with
};

// `number` is "system|number", as the vault holds it.
SealedNumber SealNumber(const Keys& keys, std::string_view number, std::string surrogate);

// The service's keys, which may be exchanged while reports are on their way. Who prepares a report takes `current`; the
// writer brings a report that was prepared with earlier keys to the present ones. From any thread, but for what is
// said to be the writer's.
class KeyRing {
 public:
  // Keys that are nowhere but in memory: for checks without a store.
  explicit KeyRing(const Keys& keys);
  // Reads the store's keys; makes them in a store that has none. A store of an earlier version keeps the keys it was
  // written with. FailedPrecondition when they are wrapped by other files, with what to do.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Open(KeyStore& store, const KeyFiles& files, bool vault_in_use);
  // The same of a store that is only read.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Read(const std::vector<DataKeyRow>& rows, const KeyFiles& files);

  std::shared_ptr<const Keys> current() const;
  // The vault's row as the number it was made of.
  absl::StatusOr<std::string> OpenNumber(const VaultRow& row) const;
  // Every data key, for wrapping it anew.
  struct DataKey {
    std::string purpose;
    std::int64_t id;
    common::SecretKey key;
  };
  std::vector<DataKey> DataKeysOf(const std::vector<std::string_view>& purposes) const;

  // For the writer's thread: keys that hold from here on within the transaction; Publish when it was committed, Unstage
  // when it was not.
  void Stage(const Keys& keys);
  void Unstage();
  void Publish();
  // For the writer's thread: brings a number that was sealed with earlier keys to those in use.
  absl::Status Refresh(SealedNumber& number) const;

 private:
  KeyRing() = default;
  absl::Status Take(const std::vector<DataKeyRow>& rows, const KeyFiles& files);
  std::shared_ptr<const Keys> ForWriter() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> current_;
  std::shared_ptr<const Keys> staged_;
  std::vector<DataKey> data_keys_;
  // Every key the vault was sealed with since this process began, by id.
  std::map<std::int64_t, common::SecretKey> vaults_;
};

// "system|number", as the vault holds it, hashed for finding the citizen.
std::string LookupOf(const Keys& keys, std::string_view number);

}  // namespace hjerte::indicator
