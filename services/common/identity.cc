#include "services/common/identity.h"

#include <grpcpp/security/auth_context.h>

#include <algorithm>
#include <optional>

namespace hjerte::common {
namespace {

constexpr std::string_view kPrefix = "urn:hjertegateway:";
constexpr std::size_t kPartLengthMax = 64;
// gRPC's property for each subjectAltName of type URI.
constexpr const char* kUriProperty = "peer_uri";

bool IsPart(std::string_view text) {
  return !text.empty() && text.size() <= kPartLengthMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::string IdentityUri(std::string_view role, std::string_view name) {
  return std::string(kPrefix) + std::string(role) + ":" + std::string(name);
}

absl::StatusOr<Identity> ParseIdentity(std::string_view uri) {
  const absl::Status refused =
      absl::InvalidArgumentError("an identity of the form urn:hjertegateway:<role>:<name> was expected");
  if (!uri.starts_with(kPrefix)) return refused;
  const std::string_view rest = uri.substr(kPrefix.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return refused;
  const std::string_view role = rest.substr(0, colon);
  const std::string_view name = rest.substr(colon + 1);
  if (!IsPart(role) || !IsPart(name)) return refused;
  return Identity{.uri = std::string(uri), .role = std::string(role), .name = std::string(name)};
}

absl::StatusOr<Identity> PeerIdentity(const grpc::AuthContext& context) {
  const absl::Status refused = absl::UnauthenticatedError(
      "the client certificate must hold exactly one subjectAltName URI urn:hjertegateway:<role>:<name>");
  if (!context.IsPeerAuthenticated()) return refused;
  std::optional<Identity> identity;
  for (const grpc::string_ref& value : context.FindPropertyValues(kUriProperty)) {
    absl::StatusOr<Identity> parsed = ParseIdentity(std::string_view(value.data(), value.size()));
    if (!parsed.ok()) continue;
    if (identity) return refused;
    identity = *std::move(parsed);
  }
  if (!identity) return refused;
  return *std::move(identity);
}

}  // namespace hjerte::common
