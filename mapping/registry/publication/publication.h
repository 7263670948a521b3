#pragma once

#include <cstddef>
#include <vector>

#include "mapping/registry/publication/masking.h"

namespace hjerte::registry {

// A published grid: what is shown, what of it is hidden, and the witnesses that prove that no hidden count can be
// found, neither from this snapshot nor from it and all those before.
struct Publication {
  GridAxes axes;
  Finest finest;
  GridCounts counts;
  GridMask mask;
  std::vector<Witness> witnesses;
  MaskSummary summary;
  std::size_t held_back = 0;  // Blocks whose change waits, because with it no proof was found.
};

// The next publication: what has changed since `before` (null at first) is taken over, but for what cannot be proved to
// stay hidden. Always proved; when nothing can be taken over it is the one before. What is hidden by chance, `draw`
// says: other counts must draw otherwise.
Publication PublishNext(const Content& content, const IndicatorSet& set, const Finest& now, const Publication* before,
                        const Draw& draw);

}  // namespace hjerte::registry
