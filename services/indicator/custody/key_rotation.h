#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/indicator/ingest/writer.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {

// Exchanges keys while the service runs. Every step is a transaction of the writer's between reports; after a crash at
// any moment each number is sealed with a key that the store holds, and Continue finishes what was begun.
class KeyRotation {
 public:
  // All must outlive the rotation.
  KeyRotation(KeyRing& ring, Writer& writer, KeyFiles files) : ring_(ring), writer_(writer), files_(std::move(files)) {}

  // A new key for the vault: from now on numbers are sealed with it, and those that are there are sealed anew, in
  // slices; then the old key is destroyed. The count of numbers sealed anew.
  absl::StatusOr<std::int64_t> RotateVault();
  // A new key for finding citizens by their number: every pseudonym is made anew, in one transaction.
  absl::StatusOr<std::int64_t> RotatePseudonyms();
  // Takes the key file's successor (common::NextKeyFile) into use. What the operator still has to do; empty when it is
  // done: the successor is in the file's place and the old key opens nothing any more.
  absl::StatusOr<std::string> RotateWrapping(bool vault);
  // Finishes what a crash cut short.
  absl::Status Continue();

 private:
  absl::StatusOr<std::int64_t> SealAnew();
  absl::Status DropOldWrappings(bool vault);
  absl::Status InWriter(const std::function<absl::Status(StoreWriter&)>& change);

  KeyRing& ring_;
  Writer& writer_;
  KeyFiles files_;
  std::mutex rotating_;
};

}  // namespace hjerte::indicator
