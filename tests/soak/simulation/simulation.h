#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "tests/soak/simulation/end_state.h"
#include "tests/soak/simulation/nodes.h"

namespace hjerte::soak {

// What the checker found in one run.
struct Verdict {
  int lost = 0;         // acknowledged and not stored, or told by the source and never stored
  int duplicated = 0;   // stored twice
  int disordered = 0;   // citizens whose reports stand in another order than the source told them
  int different = 0;    // what is derived differs from that of a run nothing disturbed
  std::string why;      // the first of them
  std::string history;  // a hash of everything that happened, the same for the same seed

  bool sound() const { return lost + duplicated + disordered + different == 0; }
};

// Runs an adapter and the central service in one thread on virtual time, over disks and a network that fail as the seed
// says, until all is quiet; then compares with a run of the same scenario that nothing disturbed.
class Simulation {
 public:
  // `folder` is a real one, for the store's lock file alone. Both must outlive the simulation.
  Simulation(const Ground& ground, std::filesystem::path folder);
  ~Simulation();

  Verdict Run(std::uint64_t seed, Plant plant = Plant::kNone);

 private:
  // Disks with files that were made and closed, for the runs that do not begin with making them.
  struct Disks {
    std::shared_ptr<const SimDisk::Image> adapter;
    std::shared_ptr<const SimDisk::Image> central;
  };
  class World;
  const EndState& Undisturbed(std::uint64_t scenario);

  const Ground& ground_;
  const std::filesystem::path folder_;
  std::map<std::uint64_t, EndState> undisturbed_;
  Disks disks_;
};

}  // namespace hjerte::soak
