#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <fstream>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/soak/crash_points.h"
#include "tests/soak/flow.h"
#include "tests/soak/runs.h"
#include "tests/soak/tally.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

// Runs over one set of simulated data before the next is made.
constexpr int kRunsPerData = 200;
constexpr std::size_t kPoints = kCrashPointNames.size();

// How often the undisturbed run passed each point.
using Counts = std::array<std::uint32_t, kPoints>;

// What one run does to the programs, from its number alone.
struct Plan {
  std::size_t point = 0;
  std::uint32_t nth = 1;
  // A second crash, of the programs that were started again.
  std::size_t second_point = 0;
  std::uint32_t second_nth = 0;
  // Milliseconds after the start at which a program taken at random is killed.
  std::vector<int> kills;
};

Plan MakePlan(const Runs& options, int run, const Counts& counts) {
  std::mt19937_64 random(options.seed * 1'000'003 + static_cast<std::uint64_t>(run));
  const auto nth = [&](std::size_t point) {
    return static_cast<std::uint32_t>(1 + random() % std::max<std::uint32_t>(counts[point], 1));
  };
  Plan plan;
  plan.point = static_cast<std::size_t>(run) % kPoints;
  plan.nth = nth(plan.point);
  if (random() % 2 == 0) {
    plan.second_point = random() % kPoints;
    plan.second_nth = nth(plan.second_point);
  }
  // Later rounds over the points are also disturbed at moments that no point names.
  for (std::size_t kills = random() % 4; kills > 0; --kills) plan.kills.push_back(static_cast<int>(random() % 800));
  return plan;
}

std::string Setting(const char* name, const std::string& value) { return std::string(name) + "=" + value; }

// One set of data and its undisturbed run.
struct Ground {
  std::optional<Installation> installation;
  Facts undisturbed;
  Counts counts{};
};

absl::StatusOr<Facts> RunOnce(const Ground& ground, const std::filesystem::path& folder, const Plan* plan,
                              std::uint64_t seed, int& kills_made) {
  const int port = FreePort();
  const std::string connect = absl::StrCat("localhost:", port);
  if (absl::Status made = ground.installation->MakeRun(folder, port, connect); !made.ok()) return made;
  const std::filesystem::path counts = folder / "counts";
  std::ofstream(counts, std::ios::binary) << std::string(sizeof(Counts), '\0');
  FlowOptions options{.installation = *ground.installation, .folder = folder, .connect = connect, .faulty = true};
  options.before = [&](const std::string&, int start) {
    std::vector<std::string> words = {"/usr/bin/env", Setting(kCrashCounts, counts.string())};
    if (plan == nullptr) return words;
    if (start == 1) words.push_back(Setting(kCrashAt, absl::StrCat(plan->point, ":", plan->nth)));
    if (start == 2 && plan->second_nth > 0) {
      words.push_back(Setting(kCrashAt, absl::StrCat(plan->second_point, ":", plan->second_nth)));
    }
    return words;
  };
  std::mt19937_64 random(seed);
  std::vector<int> kills = plan == nullptr ? std::vector<int>() : plan->kills;
  Flow* running = nullptr;
  options.meanwhile = [&] {
    for (int& at : kills) {
      if (at < 0 || running->elapsed().count() < at) continue;
      at = -1;
      const std::vector<std::string> parts = running->Running();
      if (!parts.empty()) running->Kill(parts[random() % parts.size()]);
    }
  };
  Flow flow(options);
  running = &flow;
  auto facts = flow.Run();
  kills_made = flow.kills();
  return facts;
}

absl::StatusOr<Ground> MakeGround(const Runs& options, const std::filesystem::path& folder, int number) {
  Ground ground;
  auto installation = Installation::Make(folder, {.courses = options.courses},
                                         options.seed * 1000 + static_cast<std::uint64_t>(number));
  if (!installation.ok()) return installation.status();
  ground.installation = *std::move(installation);
  int kills = 0;
  auto facts = RunOnce(ground, folder / "undisturbed", nullptr, 0, kills);
  if (!facts.ok()) return facts.status();
  ground.undisturbed = *std::move(facts);
  const std::string counts = tests::ReadFile(folder / "undisturbed" / "counts");
  std::memcpy(ground.counts.data(), counts.data(), std::min(counts.size(), sizeof(Counts)));
  return ground;
}

std::string Describe(const Runs& options, int run, const Plan& plan) {
  std::string text = NameOf(options, run, absl::StrCat(kCrashPointNames[plan.point], ":", plan.nth));
  if (plan.second_nth > 0) absl::StrAppend(&text, ", then ", kCrashPointNames[plan.second_point], ":", plan.second_nth);
  return absl::StrCat(text, ", ", plan.kills.size(), " at random");
}

// The first run after this one that is over other data.
int NextData(int run) { return (run / kRunsPerData + 1) * kRunsPerData; }

int Soak(const Runs& options, bool list) {
  const tests::TemporaryFolder folder;
  Tally tally;
  std::atomic<int> kills = 0;
  const TimeLimit limit(options.minutes);
  const int end = options.end();
  for (int first = options.first; first < end && !limit.Over(); first = NextData(first)) {
    const auto ground = MakeGround(options, folder / absl::StrCat("data-", first), first / kRunsPerData);
    if (!ground.ok()) {
      std::cerr << "the undisturbed run: " << ground.status() << "\n";
      return 2;
    }
    if (list) {
      for (std::size_t i = 0; i < kPoints; ++i) std::cout << kCrashPointNames[i] << " " << ground->counts[i] << "\n";
    }
    EachRun(options, first, std::min(end, NextData(first)), limit, folder.path(),
            [&](int run, const std::filesystem::path& place) {
              const Plan plan = MakePlan(options, run, ground->counts);
              int made = 0;
              const auto facts = RunOnce(*ground, place, &plan, options.seed + static_cast<std::uint64_t>(run), made);
              kills += made;
              tally.Add(Describe(options, run, plan), ground->undisturbed, facts);
            });
    std::filesystem::remove_all(folder / absl::StrCat("data-", first));
  }
  std::cerr << "programs killed and started again: " << kills << "\n";
  return tally.Print();
}

}  // namespace
}  // namespace hjerte::soak

int main(int argc, char** argv) {
  bool list = false;
  return hjerte::soak::HarnessMain(
      argc, argv, "Runs the flow, kills the programs at their crash points and at random, and compares what is left.",
      {.runs = 20, .courses = 24}, [&](const hjerte::soak::Runs& runs) { return hjerte::soak::Soak(runs, list); },
      [&](CLI::App& program) {
        program.add_flag("--list", list, "Also print how often an undisturbed run passes each point");
      });
}
