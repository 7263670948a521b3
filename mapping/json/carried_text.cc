#include "mapping/json/carried_text.h"

#include "absl/strings/cord.h"

namespace hjerte::json {

void CarryText(absl::Status& status, const char* name, std::string_view text) {
  status.SetPayload(name, absl::Cord({text.data(), text.size()}));
}

std::string CarriedText(const absl::Status& status, const char* name) {
  const auto payload = status.GetPayload(name);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace hjerte::json
