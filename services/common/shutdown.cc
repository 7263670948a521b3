#include "services/common/shutdown.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "services/common/file_descriptor.h"

namespace hjerte::common {

struct ShutdownSignal::Impl {
  FileDescriptor signals;
  FileDescriptor quit;
  std::mutex mutex;
  std::condition_variable changed;
  bool requested = false;
  std::thread watcher;

  void Request() {
    {
      const std::lock_guard lock(mutex);
      requested = true;
    }
    changed.notify_all();
  }

  // Waits for a signal, or for the end of the object.
  void Watch() {
    pollfd waits[] = {{signals.get(), POLLIN, 0}, {quit.get(), POLLIN, 0}};
    for (;;) {
      if (::poll(waits, 2, -1) < 0) continue;
      if ((waits[1].revents & POLLIN) != 0) return;
      signalfd_siginfo info{};
      if ((waits[0].revents & POLLIN) != 0 && ::read(signals.get(), &info, sizeof(info)) == sizeof(info)) Request();
    }
  }
};

ShutdownSignal::ShutdownSignal() : impl_(std::make_unique<Impl>()) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  impl_->signals = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
  impl_->quit = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  impl_->watcher = std::thread([impl = impl_.get()] { impl->Watch(); });
}

ShutdownSignal::~ShutdownSignal() {
  ::eventfd_write(impl_->quit.get(), 1);
  impl_->watcher.join();
}

void ShutdownSignal::Wait() {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [this] { return impl_->requested; });
}

bool ShutdownSignal::WaitFor(std::chrono::milliseconds timeout) {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, timeout, [this] { return impl_->requested; });
}

bool ShutdownSignal::Requested() {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requested;
}

void ShutdownSignal::Request() { impl_->Request(); }

}  // namespace hjerte::common
