#include "tests/soak/installation.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <fstream>
#include <random>
#include <sstream>

#include "adapters/state/state_file.h"
#include "services/common/file_descriptor.h"
#include "services/tool/simulation/geography.h"
#include "services/tool/simulation/simulate.h"
#include "tests/e2e/layout.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The lines of a configuration without those that open further ports.
std::string WithoutWebAndMetrics(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("metrics:") || line.starts_with("portal:") || line.starts_with("  listen:")) continue;
    out += line + "\n";
  }
  return out;
}

}  // namespace

int FreePort() {
  // Below the ports that the system gives to outgoing connections: while the service is down nobody else may take it.
  static std::atomic<int> next = std::random_device()() % 10'000;
  while (true) {
    const int port = 21'000 + next++ % 10'000;
    const common::FileDescriptor descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(descriptor.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return port;
  }
}

absl::StatusOr<Installation> Installation::Make(const std::filesystem::path& folder, const DataSize& size,
                                                std::uint64_t seed) {
  Installation made;
  made.folder_ = folder;
  std::filesystem::create_directories(folder);
  const std::filesystem::path geography = tests::SourceDir() / "mapping" / "dhrd" / "geography" / "dk-2007.csv";
  const auto read = tool::ReadGeography(geography.string());
  if (!read.ok()) return read.status();
  tool::SimulationOptions options;
  options.municipalities = size.municipalities;
  options.courses = size.courses;
  options.seed = seed;
  options.out = made.data();
  if (const auto summary = tool::Simulate(options, *read, [](std::int64_t) {}); !summary.ok()) return summary.status();
  const tests::Outcome local = tests::LayOut(made.state(), made.data());
  if (local.exit_code != 0) return absl::InternalError("deploy/local: " + local.err);
  made.authorities_ = tests::CodesOf(made.data());
  const std::string address = tests::AddressOf(made.state());
  made.port_ = address.substr(address.rfind(':') + 1);
  // Hashes in a state file are keyed by keys that are made with it: the runs share empty files, so that they compare.
  for (const std::string& authority : made.authorities_) {
    const std::string name = "adapter-" + authority;
    const auto state =
        adapters::StateFile::Open(made.state() / (name + ".db"), made.state() / "keys" / (name + ".key"));
    if (!state.ok()) return state.status();
  }
  return made;
}

absl::Status Installation::MakeRun(const std::filesystem::path& run, int port, const std::string& gateway,
                                   const std::map<std::string, std::string>& replace) const {
  std::filesystem::create_directories(run);
  for (const char* shared : {"certs", "keys"}) std::filesystem::create_symlink(state() / shared, run / shared);
  for (const std::string& authority : authorities_) {
    const std::string name = "adapter-" + authority + ".db";
    std::filesystem::copy_file(state() / name, run / name);
  }
  std::vector<std::string> files = {"indicator.yaml"};
  for (const std::string& authority : authorities_) files.push_back("adapter-" + authority + ".yaml");
  for (const std::string& file : files) {
    std::string text = WithoutWebAndMetrics(tests::ReadFile(state() / file));
    ReplaceAll(text, "127.0.0.1:" + port_, "127.0.0.1:" + std::to_string(port));
    // Small batches and short waits: many steps in little time.
    ReplaceAll(text, "address: localhost:" + port_,
               "address: " + gateway + "\n  retry_first: 5ms\n  retry_max: 50ms\n  window: 8");
    ReplaceAll(text, "poll: 2s", "poll: 10ms\n  batch: 4");
    for (const auto& [from, to] : replace) ReplaceAll(text, from, to);
    if (file == "indicator.yaml") text += "ingest: {reports_per_commit_max: 4}\n";
    std::ofstream out(run / file, std::ios::binary);
    out << text;
    if (!out) return absl::UnavailableError((run / file).string() + ": cannot be written");
  }
  return absl::OkStatus();
}

}  // namespace hjerte::soak
