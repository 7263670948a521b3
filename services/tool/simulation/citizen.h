#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "services/tool/simulation/calendar.h"
#include "services/tool/simulation/chance.h"

namespace hjerte::tool {

// A synthetic citizen.
struct Citizen {
  // Ten digits that fail the modulus-11 check, never of somebody born on 1 January.
  std::string cpr;
  Day birth = 0;
  bool male = false;
};

// Gives out synthetic citizens and never the same CPR number twice.
class CitizenRegister {
 public:
  // Somebody of about that age on the day.
  Citizen Draw(Chance& chance, Day day, int age, bool male);

 private:
  std::unordered_set<uint64_t> used_;
};

// True when the ten digits pass the modulus-11 check (weights 4 3 2 7 6 5 4 3 2 1).
bool PassesModulus11(const std::string& cpr);

}  // namespace hjerte::tool
