#include "adapters/dispatch/grpc_link.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "gmock/gmock.h"

namespace hjerte::adapters {
namespace {

// Why the connection ended.
std::string EndOf(GrpcLink& link) {
  while (true) {
    for (const LinkEvent& event : link.Wait(std::chrono::seconds(1))) {
      if (event.kind == LinkEvent::Kind::kDown) return event.reason;
    }
  }
}

// Of a gateway that speaks plain text and knows no call; the first credentials lead to no connection.
TEST(GrpcLink, CredentialsAreMadeAnewWhereNoConnectionCameAbout) {
  int port = 0;
  grpc::CallbackGenericService no_call;
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&no_call);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  int made = 0;
  const auto credentials = [&made]() -> absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> {
    return ++made == 1 ? grpc::SslCredentials({}) : grpc::InsecureChannelCredentials();
  };
  const auto link = GrpcLink::Open("127.0.0.1:" + std::to_string(port), credentials, 8, std::chrono::milliseconds(200));
  ASSERT_TRUE(link.ok()) << link.status();
  (*link)->Connect();
  EXPECT_THAT(EndOf(**link), ::testing::HasSubstr("failed to connect"));
  EXPECT_EQ(made, 1);
  (*link)->Connect();
  EXPECT_THAT(EndOf(**link), ::testing::Not(::testing::HasSubstr("failed to connect")));
  EXPECT_EQ(made, 2);
}

}  // namespace
}  // namespace hjerte::adapters
