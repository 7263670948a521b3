#pragma once

#include <pthread.h>

namespace hjerte::common {

// From a program's main: one of its threads that cannot be started, even after a while, ends the program with exit code
// 3 and a line on standard error, so that who supervises it starts it anew. gRPC 1.51 would go on without the thread,
// and what it had queued for it (connections, timers, calls) would wait for good. Does nothing in builds with
// sanitizers, which start threads their own way.
void DemandThreads();

// The system's pthread_create, past ours.
int StartThreadOfSystem(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument);

}  // namespace hjerte::common
