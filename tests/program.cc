#include <gtest/gtest.h>

#include "services/common/grpc_lifetime.h"

// A test's threads of gRPC may still be at work when it ends, as a program's may. gRPC itself is left to the tests that
// use it: it starts threads, after which some tests could not fork.
int main(int argc, char** argv) {
  hjerte::common::KeepOpenSslUntilExit();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
