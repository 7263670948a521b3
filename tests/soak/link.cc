#include <algorithm>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/soak/crash_points.h"
#include "tests/soak/flow.h"
#include "tests/soak/gate.h"
#include "tests/soak/namespaces.h"
#include "tests/soak/runs.h"
#include "tests/soak/tally.h"
#include "tests/soak/timed_fault.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

constexpr std::chrono::milliseconds kRepeatEvery{60};

// What is done to the link. The first ones by a gate between the programs, the others between two namespaces.
enum class Fault : int {
  kDelay,
  kCuts,
  kCorruption,
  kAnswersLost,
  kPeerVanishes,
  kRefused,
  kServerDiesBeforeReceipt,
  kLinkDown,
  kNothingFromCentral,
  kNothingFromAdapters,
  kNothingBothWays,
  kHostRestartsUnseen,
  kCount,
};
constexpr std::array<const char*, static_cast<std::size_t>(Fault::kCount)> kFaultNames = {
    "delay",
    "cuts",
    "corruption",
    "answers lost after the commit",
    "peer vanishes",
    "refused",
    "server dies between commit and receipt",
    "link down",
    "nothing from central",
    "nothing from adapters",
    "nothing both ways",
    "host restarts unseen"};

struct Plan {
  Fault fault = Fault::kDelay;
  Spell spell{};
  std::uint32_t nth = 1;
  bool ByGate() const { return fault < Fault::kLinkDown; }
};

Plan MakePlan(std::uint64_t seed, int run, bool namespaces) {
  std::mt19937_64 random(seed * 1'000'003 + static_cast<std::uint64_t>(run));
  const int faults = static_cast<int>(namespaces ? Fault::kCount : Fault::kLinkDown);
  return {.fault = static_cast<Fault>(run % faults),
          .spell = {.begin_ms = 100 + static_cast<int>(random() % 500),
                    .length_ms = 100 + static_cast<int>(random() % 2'000)},
          .nth = 1 + static_cast<std::uint32_t>(random() % 12)};
}

// Brings a plan's fault about and ends it.
class Disturber {
 public:
  Disturber(const Plan& plan, Gate* gate, const Namespaces* namespaces)
      : plan_(plan), gate_(gate), namespaces_(namespaces) {
    if (plan.fault == Fault::kDelay && gate != nullptr) gate->Delay(std::chrono::milliseconds(5 + plan.nth * 3));
  }

  void Begin(Flow& flow) {
    if (plan_.fault == Fault::kAnswersLost) gate_->Set(GateMode::kSwallowAnswers);
    if (plan_.fault == Fault::kPeerVanishes) gate_->Set(GateMode::kSwallowAll);
    if (plan_.fault == Fault::kRefused) {
      gate_->Set(GateMode::kRefuse);
      gate_->Cut();
    }
    if (plan_.fault == Fault::kLinkDown || plan_.fault == Fault::kHostRestartsUnseen) namespaces_->SetLink(false);
    if (FromCentral()) namespaces_->BlackholeFromCentral(true);
    if (FromAdapters()) namespaces_->BlackholeFromAdapters(true);
    if (plan_.fault == Fault::kHostRestartsUnseen) flow.Kill("central");
  }
  // Some come again and again as long as they last.
  void Repeat(std::chrono::milliseconds elapsed) {
    if (elapsed < again_at_) return;
    again_at_ = elapsed + kRepeatEvery;
    if (plan_.fault == Fault::kCuts) gate_->Cut();
    if (plan_.fault == Fault::kCorruption) gate_->Corrupt();
  }
  void End() {
    if (gate_ != nullptr) gate_->Set(GateMode::kPass);
    if (plan_.fault == Fault::kLinkDown || plan_.fault == Fault::kHostRestartsUnseen) namespaces_->SetLink(true);
    if (FromCentral()) namespaces_->BlackholeFromCentral(false);
    if (FromAdapters()) namespaces_->BlackholeFromAdapters(false);
  }

 private:
  bool FromCentral() const {
    return plan_.fault == Fault::kNothingFromCentral || plan_.fault == Fault::kNothingBothWays;
  }
  bool FromAdapters() const {
    return plan_.fault == Fault::kNothingFromAdapters || plan_.fault == Fault::kNothingBothWays;
  }

  const Plan& plan_;
  Gate* gate_;
  const Namespaces* namespaces_;
  std::chrono::milliseconds again_at_{0};
};

struct Result {
  absl::StatusOr<Facts> facts;
  // From the link's return until the last adapter was done; nothing when they were done before.
  std::optional<std::chrono::milliseconds> recovery{};
};

Result RunFlow(FlowOptions options, const Plan& plan, Gate* gate, const Namespaces* namespaces) {
  Disturber disturber(plan, gate, namespaces);
  Flow* running = nullptr;
  TimedFault fault(
      plan.spell, [&] { disturber.Begin(*running); }, [&] { disturber.End(); });
  options.meanwhile = [&] {
    fault.Look(running->elapsed());
    if (fault.under_way()) disturber.Repeat(running->elapsed());
  };
  options.delivered = [&] { fault.Stop(); };
  options.deadline = std::chrono::seconds(120);
  Flow flow(options);
  running = &flow;
  Result result{.facts = flow.Run()};
  if (fault.ended_at()) result.recovery = flow.delivered_after() - *fault.ended_at();
  return result;
}

Result RunByGate(const Installation& installation, const std::filesystem::path& folder, const Plan& plan) {
  const int port = FreePort();
  Gate gate(port);
  const std::map<std::string, std::string> replace = {{"window: 8", "window: 8\n  answer_timeout: 2s"}};
  const absl::Status made = installation.MakeRun(folder, port, absl::StrCat("localhost:", gate.port()), replace);
  if (!made.ok()) return {made};
  FlowOptions options{
      .installation = installation, .folder = folder, .connect = absl::StrCat("localhost:", port), .faulty = true};
  if (plan.fault == Fault::kServerDiesBeforeReceipt) {
    options.before = [&plan](const std::string& part, int start) {
      if (part != "central" || start > 3) return std::vector<std::string>();
      const auto point = static_cast<int>(common::CrashPoint::kGroupAfterCommit);
      return std::vector<std::string>{"/usr/bin/env", absl::StrCat(kCrashAt, "=", point, ":", plan.nth)};
    };
  }
  return RunFlow(options, plan, &gate, nullptr);
}

Result RunBetweenNamespaces(const Installation& installation, const std::filesystem::path& folder, const Plan& plan,
                            int number) {
  const Namespaces namespaces(number);
  if (absl::Status made = namespaces.Make(); !made.ok()) return {made};
  constexpr int kPort = 8443;
  const std::string connect = absl::StrCat(Namespaces::kCentralAddress, ":", kPort);
  const absl::Status made = installation.MakeRun(
      folder, kPort, connect, {{absl::StrCat("127.0.0.1:", kPort), connect}, {"service-central", "service-wire"}});
  if (!made.ok()) return {made};
  FlowOptions options{.installation = installation, .folder = folder, .connect = connect, .faulty = true};
  options.before = [&namespaces](const std::string& part, int) {
    return part.starts_with("adapter") ? namespaces.InAdapters() : namespaces.InCentral();
  };
  return RunFlow(options, plan, nullptr, &namespaces);
}

bool NamespacesWork() {
  const Namespaces trial(9999);
  const absl::Status made = trial.Make();
  if (!made.ok()) std::cerr << "without namespaces: " << made.message() << "\n";
  return made.ok();
}

// Prints how soon everything was delivered once the link was whole.
void PrintRecovery(std::vector<std::int64_t> times) {
  if (times.empty()) return;
  std::sort(times.begin(), times.end());
  std::cerr << "delivered after the link's return, ms, over " << times.size() << " runs: half "
            << times[times.size() / 2] << ", 90 % " << times[times.size() * 9 / 10] << ", longest " << times.back()
            << "\n";
}

int Soak(const Runs& options) {
  const bool namespaces = NamespacesWork();
  const tests::TemporaryFolder folder;
  const auto installation = Installation::Make(folder / "data", {.courses = options.courses}, options.seed);
  if (!installation.ok()) {
    std::cerr << installation.status() << "\n";
    return 2;
  }
  const tests::Outcome issued =
      tests::RunToEnd({"hjerte", "certs", "issue", "--dir", (installation->state() / "certs").string(), "--role",
                       "service", "--name", "wire", "--dns", "localhost", "--ip", Namespaces::kCentralAddress});
  const Result undisturbed = RunByGate(*installation, folder / "undisturbed", {.spell = {.begin_ms = 1'000'000}});
  if (issued.exit_code != 0 || !undisturbed.facts.ok()) {
    std::cerr << "the undisturbed run: " << undisturbed.facts.status() << " " << issued.err << "\n";
    return 2;
  }
  Tally tally;
  std::mutex mutex;
  std::vector<std::int64_t> recovery;
  EachRun(options, folder.path(), [&](int run, const std::filesystem::path& place) {
    const Plan plan = MakePlan(options.seed, run, namespaces);
    const Result result =
        plan.ByGate() ? RunByGate(*installation, place, plan) : RunBetweenNamespaces(*installation, place, plan, run);
    tally.Add(NameOf(options, run, kFaultNames[static_cast<std::size_t>(plan.fault)] + plan.spell.text()),
              *undisturbed.facts, result.facts);
    if (!result.recovery) return;
    const std::lock_guard lock(mutex);
    recovery.push_back(result.recovery->count());
    if (result.recovery->count() > 8'000) {
      std::cerr << "slow: " << kFaultNames[static_cast<std::size_t>(plan.fault)] << " " << result.recovery->count()
                << " ms\n";
    }
  });
  PrintRecovery(recovery);
  return tally.Print();
}

}  // namespace
}  // namespace hjerte::soak

int main(int argc, char** argv) {
  return hjerte::soak::HarnessMain(argc, argv,
                                   "Runs the flow over a link that fails in every way, and compares what is left.",
                                   {.runs = 12}, hjerte::soak::Soak);
}
