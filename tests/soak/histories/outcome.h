#pragma once

#include <string>

#include "tests/soak/histories/registries.h"
#include "tests/soak/histories/story.h"
#include "tests/soak/histories/world.h"

namespace hjerte::soak {

// How a story ended, beside the same end without a story.
struct Outcome {
  int lost = 0;        // of what should count, resources, courses and exported records that do not
  int duplicated = 0;  // that count and should not
  int different = 0;   // that say something else
  int kept = 0;        // records kept aside that are sound, or not kept aside and unsound
  int restless = 0;    // the adapter came to no rest, or failed
  std::string why;     // a line for each

  bool sound() const { return lost + duplicated + different + kept + restless == 0; }
};

// Lives the story, and its end alone in a fresh world; when all faults have ended, both must hold the same. `teller` is
// told of it all; null: nobody is. `forget_one_in` is planted (MoodyLink::ForgetOneIn).
Outcome Live(const Ground& ground, const Registries& registries, const Story& story,
             const World::Teller* teller = nullptr, int forget_one_in = 0);

}  // namespace hjerte::soak
