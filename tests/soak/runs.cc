#include "tests/soak/runs.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <thread>
#include <vector>

namespace hjerte::soak {

void AddOptions(CLI::App& program, Runs& runs) {
  program.add_option("--runs", runs.runs, "How many runs")->capture_default_str();
  program.add_option("--first", runs.first, "The number of the first run, to repeat one");
  program.add_option("--seed", runs.seed, "The same seed makes the same plans");
  program.add_option("--jobs", runs.jobs, "Runs at one time")->check(CLI::Range(1, 64))->capture_default_str();
  program.add_option("--courses", runs.courses, "Courses of a run's data")->capture_default_str();
  program.add_option("--minutes", runs.minutes, "Begin no run after so many minutes");
}

void EachRun(int first, int last, int jobs, const TimeLimit& limit, const std::function<void(int number)>& run) {
  std::atomic<int> next = first;
  const auto work = [&] {
    for (int number = next++; number < last && !limit.Over(); number = next++) run(number);
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < jobs; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
}

}  // namespace hjerte::soak
