#include "services/common/grpc_lifetime.h"

#include <grpc/grpc.h>
#include <openssl/crypto.h>

namespace hjerte::common {

void KeepOpenSslUntilExit() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

void KeepGrpcUntilExit() {
  KeepOpenSslUntilExit();
  grpc_init();
}

}  // namespace hjerte::common
