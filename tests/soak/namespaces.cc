#include "tests/soak/namespaces.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/program.h"

namespace hjerte::soak {
namespace {

constexpr const char* kAdaptersAddress = "10.77.0.2";

// Runs `ip` with these words; false when it refuses.
bool Ip(const std::string& words) {
  std::vector<std::string> command = {"/usr/sbin/ip"};
  for (const auto word : absl::StrSplit(words, ' ')) command.emplace_back(word.data(), word.size());
  return tests::RunToEnd(command).exit_code == 0;
}

}  // namespace

Namespaces::Namespaces(int number)
    : central_(absl::StrCat("hj", ::getpid(), "c", number)), adapters_(absl::StrCat("hj", ::getpid(), "a", number)) {}

Namespaces::~Namespaces() {
  Ip("netns del " + central_);
  Ip("netns del " + adapters_);
}

absl::Status Namespaces::Make() const {
  const std::string inside_central = "-n " + central_;
  const std::string inside_adapters = "-n " + adapters_;
  const std::vector<std::string> steps = {"netns add " + central_,
                                          "netns add " + adapters_,
                                          inside_central + " link add wire type veth peer name wire netns " + adapters_,
                                          inside_central + " addr add " + kCentralAddress + "/30 dev wire",
                                          inside_adapters + " addr add " + kAdaptersAddress + "/30 dev wire",
                                          inside_central + " link set lo up",
                                          inside_adapters + " link set lo up",
                                          inside_central + " link set wire up",
                                          inside_adapters + " link set wire up"};
  for (const std::string& step : steps) {
    if (!Ip(step)) return absl::PermissionDeniedError("network namespaces cannot be made here: ip " + step);
  }
  return absl::OkStatus();
}

void Namespaces::SetLink(bool up) const { Ip("-n " + adapters_ + " link set wire " + (up ? "up" : "down")); }

void Namespaces::BlackholeFromCentral(bool on) const {
  Ip("-n " + central_ + " route " + (on ? "add" : "del") + " blackhole " + kAdaptersAddress + "/32");
}

void Namespaces::BlackholeFromAdapters(bool on) const {
  Ip("-n " + adapters_ + " route " + (on ? "add" : "del") + " blackhole " + kCentralAddress + "/32");
}

}  // namespace hjerte::soak
