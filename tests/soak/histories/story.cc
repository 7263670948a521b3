#include "tests/soak/histories/story.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hjerte::soak {
namespace {

constexpr std::array<const char*, 20> kWords = {"edit",   "tell",    "extract", "late",    "half",    "remove", "steps",
                                                "run",    "mood",    "heal",    "requeue", "crash",   "pass",   "clock",
                                                "backup", "restore", "config",  "save",    "putback", "final"};

// How often each happens, of all.
constexpr std::array<std::pair<Happening, int>, 19> kWeights = {{{Happening::kEdit, 6},
                                                                 {Happening::kExtract, 4},
                                                                 {Happening::kSteps, 3},
                                                                 {Happening::kRun, 3},
                                                                 {Happening::kMood, 3},
                                                                 {Happening::kHeal, 2},
                                                                 {Happening::kTell, 2},
                                                                 {Happening::kLate, 1},
                                                                 {Happening::kHalf, 1},
                                                                 {Happening::kRemove, 1},
                                                                 {Happening::kRequeue, 1},
                                                                 {Happening::kCrash, 1},
                                                                 {Happening::kPass, 1},
                                                                 {Happening::kClock, 1},
                                                                 {Happening::kBackup, 1},
                                                                 {Happening::kRestore, 1},
                                                                 {Happening::kConfig, 1},
                                                                 {Happening::kSave, 1},
                                                                 {Happening::kPutBack, 1}}};

Happening DrawHappening(std::mt19937& random) {
  int sum = 0;
  for (const auto& [what, weight] : kWeights) sum += weight;
  int at = static_cast<int>(random() % static_cast<unsigned>(sum));
  const auto drawn =
      std::find_if(kWeights.begin(), kWeights.end(), [&](const auto& entry) { return (at -= entry.second) < 0; });
  return drawn->first;
}

Circumstances DrawCircumstances(unsigned seed, std::mt19937& random) {
  Circumstances drawn;
  drawn.format = static_cast<Format>(seed % 3);
  drawn.folders = random() % 2 == 0;
  drawn.stamps = drawn.format == Format::kKl ? Stamps::kTrue : static_cast<Stamps>(random() % 3);
  drawn.batch = random() % 2 == 0 ? 64 : 1 + static_cast<int>(random() % 3);
  drawn.outbox = random() % 4 == 0 ? 1 + static_cast<int>(random() % 2) : 10'000;
  drawn.clocks = random() % 2 == 0;
  return drawn;
}

bool IsFinal(const Event& event) { return event.what == Happening::kFinal; }

// Leaves out `size` events at a time wherever the story fails without them.
void LeaveOut(Story& story, std::size_t size, const std::function<bool(const Story&)>& fails) {
  for (std::size_t at = 0; at < story.events.size();) {
    Story shorter = story;
    const auto begin = shorter.events.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = shorter.events.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, shorter.events.size()));
    const bool may = std::none_of(begin, end, IsFinal);
    shorter.events.erase(begin, end);
    if (may && fails(shorter)) {
      story = std::move(shorter);
    } else {
      at += size;
    }
  }
}

}  // namespace

Story Tell(unsigned seed) {
  std::mt19937 random(seed * 2'654'435'761U + 17);
  Story story{.circumstances = DrawCircumstances(seed, random), .seed = seed, .events = {}};
  // A clock that was set and a state that was put back hide one another's traces.
  const bool putback = !story.circumstances.clocks && random() % 2 == 0;
  const unsigned length = 8 + random() % 45;
  story.events.push_back({.what = Happening::kExtract, .which = 31, .how = 1});
  for (unsigned i = 0; i < length; ++i) {
    if (i == length * 3 / 4) story.events.push_back({});
    Event event{.what = DrawHappening(random)};
    event.which = static_cast<unsigned>(random() % 100'000);
    event.how = static_cast<unsigned>(random() % 100'000);
    const bool of_state = event.what == Happening::kSave || event.what == Happening::kPutBack;
    if (of_state && !putback) continue;
    if (event.what == Happening::kClock && !story.circumstances.clocks) continue;
    story.events.push_back(event);
  }
  return story;
}

std::string Word(const Event& event) {
  return absl::StrCat(kWords.at(static_cast<std::size_t>(event.what)), " ", event.which, " ", event.how);
}

std::string Write(const Story& story) {
  const Circumstances& given = story.circumstances;
  std::string text = absl::StrCat("format ", static_cast<int>(given.format), " folders ", given.folders ? 1 : 0,
                                  " stamps ", static_cast<int>(given.stamps), " batch ", given.batch, " outbox ",
                                  given.outbox, " clocks ", given.clocks ? 1 : 0, " seed ", story.seed, "\n");
  for (const Event& event : story.events) absl::StrAppend(&text, Word(event), "\n");
  return text;
}

absl::StatusOr<Story> Read(const std::string& text) {
  std::istringstream in(text);
  std::string word;
  unsigned format = 0;
  unsigned stamps = 0;
  Story story;
  Circumstances& given = story.circumstances;
  in >> word >> format >> word >> given.folders >> word >> stamps >> word >> given.batch >> word >> given.outbox >>
      word >> given.clocks >> word >> story.seed;
  if (!in || format > 2 || stamps > 2) return absl::InvalidArgumentError("the first line tells no circumstances");
  given.format = static_cast<Format>(format);
  given.stamps = static_cast<Stamps>(stamps);
  Event event;
  while (in >> word >> event.which >> event.how) {
    const auto known = std::find(kWords.begin(), kWords.end(), word);
    if (known == kWords.end()) return absl::InvalidArgumentError(absl::StrCat("nothing is called ", word));
    event.what = static_cast<Happening>(std::distance(kWords.begin(), known));
    story.events.push_back(event);
  }
  if (std::none_of(story.events.begin(), story.events.end(), IsFinal)) {
    return absl::InvalidArgumentError("a story without \"final\" has no end to compare");
  }
  return story;
}

Story Shrink(Story story, const std::function<bool(const Story&)>& fails) {
  for (std::size_t size = story.events.size() / 2; size >= 1; size /= 2) LeaveOut(story, size, fails);
  // What stood in the way of leaving out the ones before may be gone.
  LeaveOut(story, 1, fails);
  const auto simplify = [&](auto change) {
    Story simpler = story;
    change(simpler.circumstances);
    if (fails(simpler)) story = std::move(simpler);
  };
  simplify([](Circumstances& given) { given.batch = Circumstances().batch; });
  simplify([](Circumstances& given) { given.outbox = Circumstances().outbox; });
  simplify([](Circumstances& given) { given.stamps = Circumstances().stamps; });
  return story;
}

}  // namespace hjerte::soak
