#include "adapters/state/delivery_trouble.h"

#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "services/common/scrub.h"

namespace hjerte::adapters {
namespace {

// In the state file: attempts, since, last, next and the reason, with a blank between.
constexpr std::string_view kName = "delivery-trouble";
constexpr std::size_t kReasonLengthMax = 300;

// gRPC's words and what they mean here. The first that occurs decides.
constexpr std::pair<std::string_view, std::string_view> kRemedies[] = {
    {"Connection refused",
     "nobody listens at gateway.address: is it right, does the service run, is a firewall between?"},
    {"DNS resolution failed", "the name in gateway.address is not known: correct it, or look at the machine's DNS"},
    {"Hostname Verification Check failed", "gateway.address is not a name that stands in the service's certificate"},
    {"certificate verify failed", "the service's certificate is not of gateway.tls.authority, or has expired"},
    {"the certificate is refused", "the service's certificate is revoked, or the revocation list here is not sound"},
    {"is not among the identities", "whoever runs the central service must list this certificate in its identities"},
    {"Socket closed",
     "the service turned this certificate away (expired? hjerte certs list) or went down; its log tells"},
    {"Deadline Exceeded", "the service does not answer in time; is a firewall between that drops silently?"},
    {"timed out", "the service does not answer in time; is a firewall between that drops silently?"},
};

}  // namespace

absl::StatusOr<DeliveryTrouble> ReadTrouble(StateFile& state) {
  const auto kept = state.Meta(kName);
  if (!kept.ok()) return kept.status();
  DeliveryTrouble trouble;
  std::string_view rest = *kept;
  for (std::int64_t* number : std::array{&trouble.attempts, &trouble.since_us, &trouble.last_us, &trouble.next_us}) {
    const std::size_t end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    if (end == std::string_view::npos || !absl::SimpleAtoi({word.data(), word.size()}, number))
      return DeliveryTrouble{};
    rest.remove_prefix(end + 1);
  }
  trouble.reason = rest;
  return trouble;
}

absl::Status NoteTrouble(StateFile& state, std::int64_t now_us, std::int64_t next_us, std::string_view reason) {
  const auto before = ReadTrouble(state);
  if (!before.ok()) return before.status();
  const std::int64_t since_us = before->attempts > 0 ? before->since_us : now_us;
  std::string text;
  for (const std::int64_t number : {before->attempts + 1, since_us, now_us, next_us}) {
    text += std::to_string(number) + " ";
  }
  return state.SetMeta(kName, text + common::ScrubCprInWords(reason.substr(0, kReasonLengthMax)));
}

absl::Status ClearTrouble(StateFile& state) { return state.SetMeta(kName, ""); }

std::string_view RemedyFor(std::string_view reason) {
  for (const auto& [sign, remedy] : kRemedies) {
    if (reason.find(sign) != std::string_view::npos) return remedy;
  }
  return {};
}

}  // namespace hjerte::adapters
