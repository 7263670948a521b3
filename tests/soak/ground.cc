#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "tests/soak/flow.h"
#include "tests/soak/ground_faults.h"
#include "tests/soak/runs.h"
#include "tests/soak/tally.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

struct Result {
  absl::StatusOr<Facts> facts;
  bool struck = false;  // while programs delivered
  bool ended = false;   // the victim was started again
  bool told = false;    // the victim's log says what was wrong
  std::string log{};    // the victim's
};

bool HoldsOneOf(const std::string& text, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

// Words before the command line of a program that is to have so much address space for now.
std::vector<std::string> InRoomOf(std::int64_t bytes) {
  return {"/usr/bin/prlimit", absl::StrCat("--as=", bytes, ":")};
}

bool IsOfTheClock(const GroundPlan& plan) {
  return plan.fault->kind == GroundKind::kClockBack || plan.fault->kind == GroundKind::kClockForward;
}

Result RunOnce(const Installation& installation, const std::filesystem::path& folder, const GroundPlan* plan) {
  const SmallDisk disk(folder / "disk");
  if (!disk.mounted()) return {absl::PermissionDeniedError("a small disk cannot be mounted here")};
  const int port = FreePort();
  const std::string connect = absl::StrCat("localhost:", port);
  const std::filesystem::path run = folder / "disk" / "run";
  if (absl::Status made = installation.MakeRun(run, port, connect, {{"window: 8", "window: 8\n  answer_timeout: 4s"}});
      !made.ok()) {
    return {made};
  }
  FlowOptions options{.installation = installation, .folder = run, .connect = connect, .faulty = true};
  options.logs = folder;
  options.restart_all = true;
  options.deadline = std::chrono::seconds(120);
  if (plan == nullptr) return {Flow(options).Run()};

  const std::string victim =
      plan->fault->adapter ? "adapter-" + installation.authorities().at(plan->adapter) : std::string("central");
  GroundFile ground(folder / "ground");
  SetFromTheStart(*plan, ground.orders());
  options.before = [&](const std::string& part, int start) {
    if (part != victim) return std::vector<std::string>();
    return plan->room != 0 && start == 1 ? InRoomOf(plan->room) : ground.environment();
  };
  Flow* running = nullptr;
  const auto set = [&](bool on) { SetFault(*plan, victim, on, disk, ground.orders(), *running); };
  TimedFault fault(
      plan->spell, [&] { set(true); }, [&] { set(false); });
  options.meanwhile = [&] { fault.Look(running->elapsed()); };
  bool ended = false;
  options.delivered = [&] {
    fault.Stop();
    ended = running->starts(victim) > 1;
  };
  // What a wrong clock put aside is taken up again within the hour, or when the adapter is started.
  options.deliver_again = IsOfTheClock(*plan);
  Flow flow(options);
  running = &flow;
  Result result{.facts = flow.Run()};
  result.struck = plan->fault->kind == GroundKind::kDisk ? ground.orders().disk.failures > 0 : fault.begun();
  result.ended = ended;
  result.log = tests::ReadFile(folder / (victim + ".log"));
  result.told = HoldsOneOf(result.log, plan->fault->words);
  return result;
}

// Whether a report lies aside that the gateway refused for a stamp of an adapter whose clock was ahead: it is delivered
// again, and accepted when its time has come, which no run waits for.
bool WaitsForItsTime(const Facts& undisturbed, const Facts& facts) {
  for (const auto& [section, lines] : facts) {
    if (!section.ends_with(" quarantine")) continue;
    const auto known = undisturbed.find(section);
    for (const std::string& line : lines) {
      const bool is_new = known == undisturbed.end() || std::ranges::find(known->second, line) == known->second.end();
      if (is_new && line.find("dhrd-stamp-future") != std::string::npos) return true;
    }
  }
  return false;
}

// How often each fault struck while programs delivered, and was told.
class Strikes {
 public:
  void Add(const GroundFault& fault, const Result& result, bool waits) {
    const std::lock_guard lock(mutex_);
    Counts& counts = counts_[fault.name];
    ++counts.runs;
    counts.waits += waits ? 1 : 0;
    counts.struck += result.struck ? 1 : 0;
    counts.told += result.told ? 1 : 0;
  }
  void Print() const {
    for (const GroundFault& fault : GroundFaults()) {
      const auto found = counts_.find(fault.name);
      if (found == counts_.end()) continue;
      std::cerr << fault.name << ": runs " << found->second.runs << ", struck " << found->second.struck;
      if (!fault.words.empty()) std::cerr << ", told " << found->second.told;
      if (found->second.waits > 0)
        std::cerr << ", not compared since reports wait for their time " << found->second.waits;
      std::cerr << "\n";
    }
  }

 private:
  struct Counts {
    int runs = 0;
    int struck = 0;
    int told = 0;
    int waits = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Counts> counts_;
};

int Soak(const Runs& runs, bool show) {
  const tests::TemporaryFolder folder;
  const auto installation = Installation::Make(folder / "data", {.courses = runs.courses}, runs.seed);
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
  Strikes strikes;
  EachRun(runs, folder.path(), [&](int run, const std::filesystem::path& place) {
    const GroundPlan plan = MakeGroundPlan(runs.seed, run, installation->authorities().size());
    const Result result = RunOnce(*installation, place, &plan);
    const bool waits = plan.fault->kind == GroundKind::kClockForward && plan.fault->adapter && result.facts.ok() &&
                       WaitsForItsTime(*undisturbed.facts, *result.facts);
    strikes.Add(*plan.fault, result, waits);
    const std::string name = NameOf(runs, run, plan.text());
    // What a service whose clock is behind has refused lies aside, and a later version of the record takes its place:
    // fewer steps to the same end.
    if (plan.fault->kind == GroundKind::kClockBack && result.facts.ok()) {
      tally.Add(name, EndOf(*undisturbed.facts), EndOf(*result.facts));
    } else if (waits) {
      tally.AddWaiting();
    } else {
      tally.Add(name, *undisturbed.facts, result.facts);
    }
    if (show) std::cerr << name << "\n" << result.log;
    // A disk that failed is told, unless an adapter was done with it: it may fail while it closes its file. Whether a
    // clock that was set was looked at meanwhile is a matter of chance.
    const bool must_tell =
        plan.fault->kind == GroundKind::kDisk && result.struck && (!plan.fault->adapter || result.ended);
    if (must_tell && !result.told) {
      tally.AddFault(name, "the log does not say what was wrong: " + result.log);
    }
  });
  strikes.Print();
  return tally.Print();
}

}  // namespace
}  // namespace hjerte::soak

int main(int argc, char** argv) {
  bool show = false;
  return hjerte::soak::HarnessMain(
      argc, argv, "Runs the flow on a ground that gives way for a while, and compares what is left. Needs root.",
      {.runs = static_cast<int>(hjerte::soak::GroundFaults().size()), .jobs = 1},
      [&](const hjerte::soak::Runs& runs) { return hjerte::soak::Soak(runs, show); },
      [&](CLI::App& program) { program.add_flag("--show", show, "Also print the log of each run's victim"); });
}
