#include "services/web/operations.h"

#include "tests/services/web/raw_client.h"

namespace hjerte::tests {
namespace {

using doors::Listener;

TEST(OperationsTest, ServesMetricsOnALoopbackAddressOnly) {
  const auto server =
      web::StartOperations(Listener::kAdapterOperations, "127.0.0.1:0", [] { return std::string("hjerte_up 1\n"); });
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string answer = Get((*server)->port(), "/metrics");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(BodyOf(answer), "hjerte_up 1\n");
  EXPECT_FALSE(web::StartOperations(Listener::kAdapterOperations, "0.0.0.0:0", [] { return std::string(); }).ok());
  for (const char* wrong : {"", "localhost:1", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:80"}) {
    EXPECT_FALSE(web::StartOperations(Listener::kAdapterOperations, wrong, [] { return std::string(); }).ok()) << wrong;
  }
}

}  // namespace
}  // namespace hjerte::tests
