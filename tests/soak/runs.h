#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

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
};

// Adds --runs, --first, --seed, --jobs, --courses and --minutes, which must outlive the parsing.
void AddOptions(CLI::App& program, Runs& runs);

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

// Calls `run` with each number from `first` and before `last`, in so many threads, until the time is over.
void EachRun(int first, int last, int jobs, const TimeLimit& limit, const std::function<void(int number)>& run);

}  // namespace hjerte::soak
