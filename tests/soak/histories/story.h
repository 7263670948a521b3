#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hjerte::soak {

// The kind of source an adapter reads.
enum class Format : std::uint8_t { kJson, kCsv, kKl };

// How a care system stamps its courses: not at all, with the time of the change, or all alike for ever.
enum class Stamps : std::uint8_t { kNone, kTrue, kFrozen };

// What stays as it is through a story.
struct Circumstances {
  Format format = Format::kJson;
  bool folders = false;  // CSV extracts lie in folders of their own, not over one another
  Stamps stamps = Stamps::kTrue;
  int batch = 64;       // records
  int outbox = 10'000;  // reports
  bool clocks = false;  // the adapter's clock is set now and then
};

// What happens.
enum class Happening : std::uint8_t {
  kEdit,     // something of a course changes in the care system
  kTell,     // a KL report of a course as it stands
  kExtract,  // an extract of all courses as they stand, or, partial, of some; a course may be in it twice
  kLate,     // an extract or report that was given before, once more
  kHalf,     // half an extract, with the whole one after it or without
  kRemove,   // nothing lies in the folder any more
  kSteps,    // the adapter takes a few rounds
  kRun,      // the adapter runs until nothing moves
  kMood,     // the gateway begins to be away, to refuse, to answer late …
  kHeal,     // the gateway is well again
  kRequeue,  // an operator has some or all that is kept aside tried again
  kCrash,
  kPass,     // time
  kClock,    // the adapter's clock is set
  kBackup,   // of the central service
  kRestore,  // of the central service, to its last backup
  kConfig,   // the adapter starts over another registry
  kSave,     // the adapter's state is backed up
  kPutBack,  // and put back
  kFinal     // the care system tells all that holds and from then on only what was told before
};

struct Event {
  Happening what = Happening::kFinal;
  unsigned which = 0;  // two numbers that say the rest, whatever they are
  unsigned how = 0;
};

struct Story {
  Circumstances circumstances;
  unsigned seed = 0;  // of what the link draws
  std::vector<Event> events;
};

// The story of a number, always the same; formats take turns.
Story Tell(unsigned seed);

// "edit 17 4".
std::string Word(const Event& event);
// As a text that is read back: a line of circumstances, then one for each event.
std::string Write(const Story& story);
// InvalidArgument names what it does not know.
absl::StatusOr<Story> Read(const std::string& text);

// The shortest story found, by leaving events out one after another, that still fails.
Story Shrink(Story story, const std::function<bool(const Story&)>& fails);

}  // namespace hjerte::soak
