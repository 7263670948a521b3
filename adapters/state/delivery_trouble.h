#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/state/state_file.h"

namespace hjerte::adapters {

// Attempts to deliver that failed since the gateway last received something, for whoever asks why reports wait. Times
// are UTC microseconds.
struct DeliveryTrouble {
  // 0: the last attempt went well, or none was made.
  std::int64_t attempts = 0;
  std::int64_t since_us = 0;
  std::int64_t last_us = 0;
  std::int64_t next_us = 0;
  // Why the last one failed, as gRPC or the gateway tells it.
  std::string reason;
};

absl::StatusOr<DeliveryTrouble> ReadTrouble(StateFile& state);
// One more attempt has failed, and when the next is made. A number of a citizen in the reason is not kept.
absl::Status NoteTrouble(StateFile& state, std::int64_t now_us, std::int64_t next_us, std::string_view reason);
absl::Status ClearTrouble(StateFile& state);

// What an operator can do about a reason, in words; empty where it speaks for itself.
std::string_view RemedyFor(std::string_view reason);

}  // namespace hjerte::adapters
