#pragma once

namespace hjerte::common {

// Keeps OpenSSL up until the process ends; call it in main, before anything of it. At exit it would be taken down while
// threads of gRPC still use it, and loses what it keeps for each of them.
void KeepOpenSslUntilExit();

// Keeps gRPC's library, and OpenSSL's beneath it, up until the process ends; call it in main, before anything of
// either. gRPC's shutdown waits without limit for threads of its own, also for those that could not be made when memory
// was short: a program whose work was done did not end. Starts threads.
void KeepGrpcUntilExit();

}  // namespace hjerte::common
