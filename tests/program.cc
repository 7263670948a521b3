#include <gtest/gtest.h>

#include "services/common/grpc_lifetime.h"

// A test's threads of gRPC may still be at work when it ends, as a program's may.
int main(int argc, char** argv) {
  hjerte::common::KeepGrpcUntilExit();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
