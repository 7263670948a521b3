#include "tests/e2e/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "tests/shared.h"
#include "tests/temporary_folder.h"

extern char** environ;

namespace hjerte::tests {
namespace {

pid_t Spawn(const std::vector<std::string>& command, const std::filesystem::path& out,
            const std::filesystem::path& err) {
  std::vector<std::string> words = command;
  if (words[0].find('/') == std::string::npos) words[0] = (BinaryDir() / words[0]).string();
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (out == err) {
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
  } else {
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  }
  pid_t pid = -1;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

}  // namespace

bool WaitUntil(const std::function<bool()>& condition, std::chrono::seconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Program::Program(const std::vector<std::string>& command, std::filesystem::path log) : log_(std::move(log)) {
  pid_ = Spawn(command, log_, log_);
  if (pid_ < 0) ended_ = 127;
}

Program::~Program() { Kill(); }

bool Program::Reap(bool block) {
  if (ended_) return true;
  int status = 0;
  if (::waitpid(pid_, &status, block ? 0 : WNOHANG) != pid_) return false;
  ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

std::optional<int> Program::Wait(std::chrono::seconds deadline) {
  return WaitUntil([this] { return Reap(false); }, deadline) ? ended_ : std::nullopt;
}

bool Program::IsRunning() { return !Reap(false); }

void Program::Signal(int signal) const {
  if (!ended_) ::kill(pid_, signal);
}

void Program::Kill() {
  if (Reap(false)) return;
  ::kill(pid_, SIGKILL);
  Reap(true);
}

Outcome RunToEnd(const std::vector<std::string>& command, std::chrono::seconds deadline) {
  const TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  const std::filesystem::path err = folder / "err";
  const pid_t pid = Spawn(command, out, err);
  if (pid < 0) return {127, "", "cannot be started: " + command[0]};
  const auto until = std::chrono::steady_clock::now() + deadline;
  int status = 0;
  bool killed = false;
  while (::waitpid(pid, &status, WNOHANG) != pid) {
    if (!killed && std::chrono::steady_clock::now() > until) killed = ::kill(pid, SIGKILL) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const int code = killed ? -1000 : WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return {code, ReadFile(out), ReadFile(err)};
}

}  // namespace hjerte::tests
