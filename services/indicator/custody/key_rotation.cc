#include "services/indicator/custody/key_rotation.h"

#include <algorithm>
#include <future>
#include <utility>

#include "services/common/crypto.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

// Numbers sealed anew in one transaction: reports wait for no longer than that.
constexpr std::size_t kSlice = 500;
constexpr std::size_t kEverything = 100'000'000;

std::vector<std::string_view> PurposesOf(bool vault) {
  if (vault) return {kVaultPurpose};
  return {kLookupPurpose, kPatientPurpose, kIntegrityPurpose};
}

// A key that is made while two files open the store would be wrapped by one of them only.
absl::Status CheckSettled(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path next = common::NextKeyFile(file);
  if (!std::filesystem::exists(next, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(next.string() +
                                       ": is there; finish the rotation of the wrapping key first, or remove the file");
}

}  // namespace

// Runs a change on the writer's thread and publishes staged keys right after its commit, before the next report.
absl::Status KeyRotation::InWriter(const std::function<absl::Status(StoreWriter&)>& change) {
  std::promise<absl::Status> promise;
  writer_.Post([&change](StoreWriter& store, Merger&, std::vector<CourseUpdate>&) { return change(store); },
               [this, &promise](absl::Status status) {
                 if (status.ok()) {
                   ring_.Publish();
                 } else {
                   ring_.Unstage();
                 }
                 promise.set_value(std::move(status));
               });
  return promise.get_future().get();
}

absl::StatusOr<std::int64_t> KeyRotation::RotateVault() {
  const std::lock_guard lock(rotating_);
  HJERTE_RETURN_IF_ERROR(CheckSettled(files_.vault));
  const auto provider = common::OpenKeyFile(files_.vault);
  if (!provider.ok()) return provider.status();
  Keys next = *ring_.current();
  next.vault = common::SecretKey(common::RandomBytes(common::SecretKey::kBytes));
  ++next.vault_id;
  ++next.generation;
  HJERTE_RETURN_IF_ERROR(InWriter([&](StoreWriter& store) -> absl::Status {
    HJERTE_RETURN_IF_ERROR(PutWrapped(store, **provider, kVaultPurpose, next.vault_id, next.vault));
    ring_.Stage(next);
    return absl::OkStatus();
  }));
  return SealAnew();
}

absl::StatusOr<std::int64_t> KeyRotation::SealAnew() {
  const std::shared_ptr<const Keys> keys = ring_.current();
  std::int64_t sealed = 0;
  std::int64_t position = 0;
  bool more = true;
  while (more) {
    HJERTE_RETURN_IF_ERROR(InWriter([&](StoreWriter& store) -> absl::Status {
      const absl::StatusOr<std::vector<VaultRow>> rows = store.VaultAfter(position, keys->vault_id, kSlice);
      if (!rows.ok()) return rows.status();
      for (const VaultRow& row : *rows) {
        const absl::StatusOr<std::string> number = ring_.OpenNumber(row);
        if (!number.ok()) return number.status();
        HJERTE_RETURN_IF_ERROR(
            store.PutVault(row.citizen, keys->vault_id, common::Seal(keys->vault, *number, row.surrogate)));
      }
      more = rows->size() == kSlice;
      if (!rows->empty()) position = rows->back().citizen;
      sealed += static_cast<std::int64_t>(rows->size());
      if (more) return absl::OkStatus();
      for (std::int64_t id = 1; id < keys->vault_id; ++id) {
        HJERTE_RETURN_IF_ERROR(store.RemoveDataKey(kVaultPurpose, id));
      }
      return absl::OkStatus();
    }));
  }
  return sealed;
}

absl::StatusOr<std::int64_t> KeyRotation::RotatePseudonyms() {
  const std::lock_guard lock(rotating_);
  HJERTE_RETURN_IF_ERROR(CheckSettled(files_.pseudonym));
  const auto provider = common::OpenKeyFile(files_.pseudonym);
  if (!provider.ok()) return provider.status();
  Keys next = *ring_.current();
  next.lookup = common::SecretKey(common::RandomBytes(common::SecretKey::kBytes));
  ++next.lookup_id;
  ++next.generation;
  std::int64_t changed = 0;
  HJERTE_RETURN_IF_ERROR(InWriter([&](StoreWriter& store) -> absl::Status {
    const absl::StatusOr<std::vector<VaultRow>> rows = store.VaultAfter(0, 0, kEverything);
    if (!rows.ok()) return rows.status();
    for (const VaultRow& row : *rows) {
      const absl::StatusOr<std::string> number = ring_.OpenNumber(row);
      if (!number.ok()) return number.status();
      HJERTE_RETURN_IF_ERROR(store.PutLookup(row.citizen, LookupOf(next, *number)));
    }
    HJERTE_RETURN_IF_ERROR(store.RefreshReferralLookups());
    HJERTE_RETURN_IF_ERROR(PutWrapped(store, **provider, kLookupPurpose, next.lookup_id, next.lookup));
    HJERTE_RETURN_IF_ERROR(store.RemoveDataKey(kLookupPurpose, next.lookup_id - 1));
    changed = static_cast<std::int64_t>(rows->size());
    ring_.Stage(next);
    return absl::OkStatus();
  }));
  return changed;
}

absl::StatusOr<std::string> KeyRotation::RotateWrapping(bool vault) {
  const std::lock_guard lock(rotating_);
  const std::filesystem::path& file = vault ? files_.vault : files_.pseudonym;
  const auto provider = common::OpenNextKeyFile(file);
  if (!provider.ok()) return provider.status();
  HJERTE_RETURN_IF_ERROR(InWriter([&](StoreWriter& store) -> absl::Status {
    for (const KeyRing::DataKey& key : ring_.DataKeysOf(PurposesOf(vault))) {
      // Keys that were retired since this process began are in the ring and not in the store.
      const absl::StatusOr<std::vector<DataKeyRow>> rows = store.DataKeys();
      if (!rows.ok()) return rows.status();
      const bool there = std::any_of(rows->begin(), rows->end(), [&](const DataKeyRow& row) {
        return row.purpose == key.purpose && row.id == key.id;
      });
      if (there) HJERTE_RETURN_IF_ERROR(PutWrapped(store, **provider, key.purpose, key.id, key.key));
    }
    return absl::OkStatus();
  }));
  // Either file opens the store from here on.
  const std::filesystem::path next = common::NextKeyFile(file);
  std::error_code error;
  std::filesystem::rename(next, file, error);
  if (error) {
    return "The service may not change the folder of its keys: move " + next.string() + " to " + file.string() +
           " and start the service again; until then both keys open the store.";
  }
  HJERTE_RETURN_IF_ERROR(DropOldWrappings(vault));
  return std::string();
}

absl::Status KeyRotation::DropOldWrappings(bool vault) {
  const auto provider = common::OpenKeyFile(vault ? files_.vault : files_.pseudonym);
  if (!provider.ok()) return provider.status();
  return InWriter([&](StoreWriter& store) -> absl::Status {
    for (const std::string_view purpose : PurposesOf(vault)) {
      HJERTE_RETURN_IF_ERROR(store.RetireWrappings(purpose, (*provider)->id()));
    }
    return absl::OkStatus();
  });
}

absl::Status KeyRotation::Continue() {
  const std::lock_guard lock(rotating_);
  if (absl::StatusOr<std::int64_t> sealed = SealAnew(); !sealed.ok()) return sealed.status();
  for (const bool vault : {true, false}) {
    std::error_code error;
    if (std::filesystem::exists(common::NextKeyFile(vault ? files_.vault : files_.pseudonym), error)) continue;
    HJERTE_RETURN_IF_ERROR(DropOldWrappings(vault));
  }
  return absl::OkStatus();
}

}  // namespace hjerte::indicator
