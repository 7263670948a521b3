#include "services/common/grpc_lifetime.h"

#include <grpc/grpc.h>

namespace hjerte::common {

void KeepGrpcUntilExit() { grpc_init(); }

}  // namespace hjerte::common
