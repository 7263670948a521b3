#include "services/common/shutdown.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/common/file_descriptor.h"

namespace hjerte::common {
namespace {

using namespace std::chrono_literals;

// Runs `body` in a child process, since signals belong to a process as a whole; returns the child's exit code.
template <typename Body>
int InChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ShutdownSignal, ASignalIsAnOrderlyStopAndNotAnEnd) {
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EQ(InChild([&] {
                ShutdownSignal shutdown;
                if (shutdown.Requested() || shutdown.WaitFor(0ms)) return 1;
                ::kill(::getpid(), signal);
                shutdown.Wait();
                return shutdown.Requested() ? 42 : 2;
              }),
              42);
  }
}

TEST(ShutdownSignal, TheProgramMayAskForItsOwnStop) {
  EXPECT_EQ(InChild([] {
              ShutdownSignal shutdown;
              shutdown.Request();
              return shutdown.WaitFor(1min) ? 42 : 1;
            }),
            42);
}

TEST(ShutdownSignal, APeerThatGoesAwayDoesNotEndTheProgram) {
  EXPECT_EQ(InChild([] {
              ShutdownSignal shutdown;
              int ends[2];
              if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
              ::close(ends[1]);
              return ::write(ends[0], "x", 1) == -1 ? 42 : 2;
            }),
            42);
}

}  // namespace
}  // namespace hjerte::common
