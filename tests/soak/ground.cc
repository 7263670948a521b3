#include <sys/mount.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <fstream>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/soak/flow.h"
#include "tests/soak/runs.h"
#include "tests/soak/tally.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

constexpr int kDiskMiB = 48;

// How the ground gives way for a while.
enum class Fault : int {
  kDiskFull,         // for the states of all programs
  kNoDescriptors,    // of the central service
  kNoMemory,         // address space of the central service; it may die of it and is started again
  kAdapterNoMemory,  // the same for an adapter
  kFrozen,           // the central service stands still
  kCount,
};
constexpr std::array<const char*, static_cast<std::size_t>(Fault::kCount)> kFaultNames = {
    "disk full", "no file descriptors", "no memory", "no memory for an adapter", "frozen"};

struct Plan {
  Fault fault = Fault::kDiskFull;
  int begin_ms = 0;
  int length_ms = 0;
};

Plan MakePlan(std::uint64_t seed, int run) {
  std::mt19937_64 random(seed * 1'000'003 + static_cast<std::uint64_t>(run));
  return {.fault = static_cast<Fault>(run % static_cast<int>(Fault::kCount)),
          .begin_ms = static_cast<int>(random() % 500),
          .length_ms = 200 + static_cast<int>(random() % 1'500)};
}

// A small disk of a run's own; needs root.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path place) : place_(std::move(place)) {
    std::filesystem::create_directories(place_);
    const std::string size = absl::StrCat("size=", kDiskMiB, "m,mode=0700");
    mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, size.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  // Fills it to the last byte.
  void Fill() const {
    std::ofstream out(place_ / "filler", std::ios::binary);
    for (std::string piece(1 << 20, 'x'); !piece.empty();) {
      if (!out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
        out.clear();
        piece.resize(piece.size() / 2);
      }
    }
  }
  void Empty() const { std::filesystem::remove(place_ / "filler"); }

 private:
  std::filesystem::path place_;
  bool mounted_ = false;
};

void SetLimit(pid_t pid, __rlimit_resource resource, rlim_t soft) {
  rlimit limit{};
  if (pid <= 0 || ::prlimit(pid, resource, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  ::prlimit(pid, resource, &limit, nullptr);
}

// What the process has mapped, in bytes.
rlim_t MappedBy(pid_t pid) {
  std::ifstream in(absl::StrCat("/proc/", pid, "/statm"));
  rlim_t pages = 0;
  in >> pages;
  return pages * 4096;
}

// Begins and ends a plan's fault while a flow runs.
class Disturber {
 public:
  Disturber(const Plan& plan, const SmallDisk& disk, std::string adapter)
      : plan_(plan), disk_(disk), adapter_(std::move(adapter)) {}

  void Look(Flow& flow) {
    const auto now = flow.elapsed().count();
    if (!begun_ && now >= plan_.begin_ms) {
      begun_ = true;
      Begin(flow);
    }
    if (now >= plan_.begin_ms + plan_.length_ms) Stop(flow);
  }
  // The ground is as it was, however early the flow was done.
  void Stop(Flow& flow) {
    if (!begun_ || ended_) return;
    ended_ = true;
    End(flow);
  }
  bool begun() const { return begun_; }

 private:
  void Begin(Flow& flow) {
    const pid_t central = flow.pid("central");
    if (plan_.fault == Fault::kDiskFull) disk_.Fill();
    if (plan_.fault == Fault::kNoDescriptors) SetLimit(central, RLIMIT_NOFILE, 8);
    if (plan_.fault == Fault::kNoMemory) SetLimit(central, RLIMIT_AS, MappedBy(central) + (1 << 20));
    if (plan_.fault == Fault::kAdapterNoMemory) {
      const pid_t adapter = flow.pid(adapter_);
      SetLimit(adapter, RLIMIT_AS, MappedBy(adapter) + (1 << 19));
    }
    if (plan_.fault == Fault::kFrozen) flow.Signal("central", SIGSTOP);
  }
  void End(Flow& flow) {
    if (plan_.fault == Fault::kDiskFull) disk_.Empty();
    if (plan_.fault == Fault::kNoDescriptors) SetLimit(flow.pid("central"), RLIMIT_NOFILE, RLIM_INFINITY);
    if (plan_.fault == Fault::kNoMemory) SetLimit(flow.pid("central"), RLIMIT_AS, RLIM_INFINITY);
    if (plan_.fault == Fault::kAdapterNoMemory) SetLimit(flow.pid(adapter_), RLIMIT_AS, RLIM_INFINITY);
    if (plan_.fault == Fault::kFrozen) flow.Signal("central", SIGCONT);
  }

  const Plan& plan_;
  const SmallDisk& disk_;
  const std::string adapter_;
  bool begun_ = false;
  bool ended_ = false;
};

// Whether a program told that its disk is full.
bool ToldOfFullDisk(const std::filesystem::path& logs) {
  for (const auto& entry : std::filesystem::directory_iterator(logs)) {
    if (entry.path().extension() != ".log") continue;
    const std::string text = tests::ReadFile(entry.path());
    for (const char* words : {"disk is full", "disk I/O error", "No space left"}) {
      if (text.find(words) != std::string::npos) return true;
    }
  }
  return false;
}

struct Result {
  absl::StatusOr<Facts> facts;
  bool told = false;
  bool struck = false;
};

Result RunOnce(const Installation& installation, const std::filesystem::path& folder, const Plan* plan) {
  const SmallDisk disk(folder / "disk");
  if (!disk.mounted()) return {absl::PermissionDeniedError("a small disk cannot be mounted here")};
  const int port = FreePort();
  const std::string connect = absl::StrCat("localhost:", port);
  const std::filesystem::path run = folder / "disk" / "run";
  if (absl::Status made = installation.MakeRun(run, port, connect, {{"window: 8", "window: 8\n  answer_timeout: 4s"}});
      !made.ok()) {
    return {made};
  }
  FlowOptions options{.installation = installation, .folder = run, .connect = connect};
  options.logs = folder;
  options.restart_all = true;
  options.deadline = std::chrono::seconds(120);
  Flow* running = nullptr;
  std::optional<Disturber> disturber;
  if (plan != nullptr) {
    disturber.emplace(*plan, disk, "adapter-" + installation.authorities().front());
    options.meanwhile = [&] { disturber->Look(*running); };
    options.delivered = [&] { disturber->Stop(*running); };
  }
  Flow flow(options);
  running = &flow;
  Result result{.facts = flow.Run()};
  result.told = ToldOfFullDisk(folder);
  result.struck = disturber.has_value() && disturber->begun();
  return result;
}

int Soak(const Runs& options) {
  const tests::TemporaryFolder folder;
  const auto installation = Installation::Make(folder / "data", {.courses = options.courses}, options.seed);
  if (!installation.ok()) {
    std::cerr << installation.status() << "\n";
    return 2;
  }
  const Result undisturbed = RunOnce(*installation, folder / "undisturbed", nullptr);
  if (absl::IsPermissionDenied(undisturbed.facts.status())) {
    std::cerr << "skipped: " << undisturbed.facts.status().message() << "\n";
    return 77;
  }
  if (!undisturbed.facts.ok()) {
    std::cerr << "the undisturbed run: " << undisturbed.facts.status() << "\n";
    return 2;
  }
  Tally tally;
  std::atomic<int> struck = 0;
  std::atomic<int> full = 0;
  std::atomic<int> told = 0;
  EachRun(options.first, options.first + options.runs, options.jobs, TimeLimit(options.minutes), [&](int run) {
    const Plan plan = MakePlan(options.seed, run);
    const std::filesystem::path place = folder / absl::StrCat("run-", run);
    const Result result = RunOnce(*installation, place, &plan);
    struck += result.struck ? 1 : 0;
    if (plan.fault == Fault::kDiskFull) {
      ++full;
      told += result.told ? 1 : 0;
    }
    tally.Add(
        absl::StrCat("run ", run, " of seed ", options.seed, ", ", kFaultNames[static_cast<std::size_t>(plan.fault)],
                     " from ", plan.begin_ms, " ms for ", plan.length_ms, " ms"),
        *undisturbed.facts, result.facts);
    std::filesystem::remove_all(place);
  });
  std::cerr << "faults that struck before all was delivered " << struck << "; full disks " << full
            << ", told by a program " << told << "\n";
  return tally.Print();
}

}  // namespace
}  // namespace hjerte::soak

int main(int argc, char** argv) {
  hjerte::soak::Runs runs{.runs = 5, .jobs = 1};
  CLI::App program("Runs the flow on a ground that gives way for a while, and compares what is left. Needs root.");
  hjerte::soak::AddOptions(program, runs);
  CLI11_PARSE(program, argc, argv);
  return hjerte::soak::Soak(runs);
}
