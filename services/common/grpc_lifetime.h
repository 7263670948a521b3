#pragma once

namespace hjerte::common {

// Keeps gRPC's library up until the process ends; call it in main, before anything of gRPC. Its shutdown waits without
// limit for threads of its own, also for those that could not be made when memory was short: a program whose work was
// done did not end.
void KeepGrpcUntilExit();

}  // namespace hjerte::common
