#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "services/doors/table.h"
#include "services/portal/texts.h"
#include "services/web/router.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/services/portal/sample_source.h"

namespace hjerte::tests {

// A door and what is wanted behind it: a row of the table.
using Wanted = std::tuple<doors::Listener, std::string, doors::Action>;

// How a row is tried: true when the door opens to the role.
using Try = std::function<bool(doors::Role)>;

// Whoever comes to the central service over gRPC, of each role, and every call of it.
class CallsTest : public indicator::testing::CentralTest {
 protected:
  // A try for each call of the contracts, of gRPC's health service and of its reflection.
  std::map<Wanted, Try> TriesOfCalls();
  // A channel with the certificate of somebody of the role; without a certificate for roles that have none.
  std::shared_ptr<grpc::Channel> ChannelOfRole(doors::Role role);
  // The answer to one message on a call of any kind: its status, and its first message's bytes.
  struct Answer {
    grpc::Status status;
    std::string first;
  };
  static Answer Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& route,
                     const std::string& message);
  // "package.Service" of everything that the running server says it serves.
  std::vector<std::string> ServedServices();

 private:
  std::shared_ptr<grpc::Channel> without_certificate_;
};

// Asks a router for a path as each role.
Try TryPath(const web::Router& router, const std::string& path);

}  // namespace hjerte::tests
