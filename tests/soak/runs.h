#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace hjerte::soak {

// Which runs a harness makes.
struct Runs {
  int runs = 0;
  int first = 0;           // the number of the first, to repeat one
  std::uint64_t seed = 1;  // the same seed and number make the same plan
  int jobs = 2;            // at one time
  int courses = 60;        // of a run's data
  int minutes = 0;         // no new run begins after so long; 0: no limit
  int end() const { return first + runs; }
};

// Parses a harness's command line, its own options (`add_options`) among it, and runs it; returns the exit code.
int HarnessMain(
    int argc, const char* const* argv, const std::string& what, Runs defaults,
    const std::function<int(const Runs&)>& soak, const std::function<void(CLI::App&)>& add_options = [](CLI::App&) {});

// The minutes of a harness, from its construction on.
class TimeLimit {
 public:
  explicit TimeLimit(int minutes) : minutes_(minutes) {}
  bool Over() const {
    return minutes_ > 0 && std::chrono::steady_clock::now() - begun_ > std::chrono::minutes(minutes_);
  }

 private:
  int minutes_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// Calls `run` with each number from `first` and before `last`, in as many threads as there are jobs, until the time is
// over. Each has a place of its own below `folder`, which is removed when it is done.
void EachRun(const Runs& runs, int first, int last, const TimeLimit& limit, const std::filesystem::path& folder,
             const std::function<void(int number, const std::filesystem::path& place)>& run);
// The same for all of them.
void EachRun(const Runs& runs, const std::filesystem::path& folder,
             const std::function<void(int number, const std::filesystem::path& place)>& run);

// "run 3 of seed 7, <what>": by what a run is repeated.
std::string NameOf(const Runs& runs, int number, std::string_view what);

}  // namespace hjerte::soak
