#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace grpc {
class AuthContext;
}

namespace hjerte::common {

// Who is at the other end: read from the client certificate's subjectAltName URI `urn:hjertegateway:<role>:<name>`.
struct Identity {
  std::string uri;
  std::string role;  // adapter, reader, municipality, registry, exporter, admin, service
  std::string name;  // for adapter and municipality the authority's four digits
};

// "urn:hjertegateway:adapter:0751". Role and name are lower-case letters, digits and hyphens; 1 to 64 each.
std::string IdentityUri(std::string_view role, std::string_view name);
absl::StatusOr<Identity> ParseIdentity(std::string_view uri);

// The identity of a call's peer. Unauthenticated when there is no verified certificate, or not exactly one such URI in
// it.
absl::StatusOr<Identity> PeerIdentity(const grpc::AuthContext& context);

}  // namespace hjerte::common
