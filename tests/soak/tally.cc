#include "tests/soak/tally.h"

#include <iostream>

namespace hjerte::soak {

bool Tally::Add(const std::string& name, const Facts& undisturbed, const absl::StatusOr<Facts>& run) {
  Difference difference;
  if (run.ok()) difference = Compare(undisturbed, *run);
  const bool equal = run.ok() && difference.lost + difference.duplicated + difference.different == 0;
  const std::lock_guard lock(mutex_);
  ++runs_;
  lost_ += difference.lost;
  duplicated_ += difference.duplicated;
  different_ += difference.different + (run.ok() ? 0 : 1);
  if (equal) return true;
  std::cerr << name << ": " << (run.ok() ? "not as undisturbed" : run.status().ToString()) << "\n";
  for (const std::string& example : difference.examples) std::cerr << "  " << example << "\n";
  return false;
}

void Tally::AddWaiting() {
  const std::lock_guard lock(mutex_);
  ++runs_;
}

void Tally::AddFault(const std::string& name, const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++different_;
  std::cerr << name << ": " << what << "\n";
}

int Tally::Print() const {
  std::cout << "runs " << runs_ << ", lost " << lost_ << ", duplicated " << duplicated_ << ", different " << different_
            << "\n";
  return runs_ > 0 && lost_ + duplicated_ + different_ == 0 ? 0 : 1;
}

}  // namespace hjerte::soak
