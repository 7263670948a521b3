#pragma once

#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "tests/soak/facts.h"

namespace hjerte::soak {

// What a harness found over all its runs; may be used by several threads.
class Tally {
 public:
  // Counts a run, telling on standard error what is wrong with it under the name it can be repeated by. True when all
  // is as in the undisturbed run.
  bool Add(const std::string& name, const Facts& undisturbed, const absl::StatusOr<Facts>& run);
  // Counts a run that cannot be compared: it waits for something as it should.
  void AddWaiting();
  // Counts something else that is wrong with a run among what is different.
  void AddFault(const std::string& name, const std::string& what);
  // Prints "runs N, lost 0, duplicated 0, different 0" and returns the exit code: 0 only when all are zero.
  int Print() const;

 private:
  std::mutex mutex_;
  int runs_ = 0;
  int lost_ = 0;
  int duplicated_ = 0;
  int different_ = 0;
};

}  // namespace hjerte::soak
