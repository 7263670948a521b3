#pragma once

#include <functional>
#include <set>
#include <string>

#include "tests/soak/histories/adapter_program.h"
#include "tests/soak/histories/care_system.h"
#include "tests/soak/histories/central.h"
#include "tests/soak/histories/holdings.h"
#include "tests/soak/histories/moody_link.h"

namespace hjerte::soak {

// A care system, its adapter and the central service on one virtual time, to which a story happens.
class World {
 public:
  // Told, in words, of all that happens.
  using Teller = std::function<void(const std::string& line)>;

  World(const Ground& ground, const Registries& registries, const Circumstances& given, unsigned seed,
        const Teller* teller);

  absl::Status Start() { return central_.Start(); }
  // An error is one of the adapter's or of the central service's, neither of which any happening justifies.
  absl::Status Do(const Event& event);
  // All faults end and the clock goes right; the adapter runs until nothing moves, an operator has what is kept aside
  // tried again, and it runs once more. DeadlineExceeded: something moves for ever, or waits without saying for what.
  absl::Status Heal();
  // Lives the end of that other world, which has healed, without what came before: the last telling, at the same time.
  absl::Status LiveTheEndOf(const World& other);

  MoodyLink& link() { return link_; }
  const CareSystem& care() const { return care_; }
  absl::StatusOr<Holdings> Hold();
  absl::StatusOr<AdapterProgram::KeptAside> Aside() { return adapter_.Aside(); }
  // What the central service held that a state which was put back had never heard of.
  const std::set<std::string>& forgotten() const { return forgotten_; }

 private:
  using Hours = std::chrono::hours;
  void Pass(std::chrono::microseconds by);
  absl::Status Steps(unsigned rounds);
  // Until nothing moves; the time between two rounds becomes `between` when it does not soon.
  absl::Status Run(int rounds, std::chrono::seconds between);
  void Crash();
  void SetMood(const Event& event);
  void SetClock(const Event& event);
  absl::Status Half(const Event& event);
  absl::Status PutBack();
  absl::Status Restore();
  absl::Status NoteForgotten();
  absl::Status Tell(const Event& event);  // what the care system does
  void Say(const std::string& line) const;

  const Teller* const teller_;
  const Circumstances given_;
  const std::map<std::string, int> course_of_;
  tests::TemporaryFolder folder_;
  common::ManualClock clock_;  // the adapter's
  common::ManualClock time_;   // everybody else's
  Central central_;
  MoodyLink link_;
  CareSystem care_;
  AdapterProgram adapter_;
  Hours offset_{0};  // of the adapter's clock
  Hours ahead_max_{0};
  common::Instant final_at_{};
  bool put_back_ = false;
  std::set<std::string> forgotten_;
};

}  // namespace hjerte::soak
