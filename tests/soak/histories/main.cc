#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <cstdio>

#include "tests/soak/histories/outcome.h"

namespace hjerte::soak {
namespace {

struct Options {
  unsigned seeds = 100;
  unsigned first = 1;
  double seconds = 0;
  bool shrink = false;
  std::string play;
  bool tell = false;
};

// The kind of an outcome, so that shrinking keeps to it.
std::string KindOf(const Outcome& outcome) { return outcome.why.substr(0, outcome.why.find(':')); }

class Histories {
 public:
  Histories(const Ground& ground, const Registries& registries, const Options& options)
      : ground_(ground), registries_(registries), options_(options) {}

  // Lives one story and tells how it ended, if it did not end well.
  void Add(const Story& story) {
    const Outcome outcome = Relive(story, options_.tell && !options_.shrink);
    ++stories_;
    if (outcome.sound()) return;
    sum_.lost += outcome.lost;
    sum_.duplicated += outcome.duplicated;
    sum_.different += outcome.different;
    sum_.kept += outcome.kept;
    sum_.restless += outcome.restless;
    std::printf("seed %u: %s\nagain: tests/soak/history --seeds 1 --first %u\n", story.seed, outcome.why.c_str(),
                story.seed);
    if (options_.shrink) PrintShrunk(story, outcome);
    std::fflush(stdout);
  }
  int Print() const {
    std::printf("seeds %d, lost %d, duplicated %d, different %d, kept %d, restless %d\n", stories_, sum_.lost,
                sum_.duplicated, sum_.different, sum_.kept, sum_.restless);
    return sum_.sound() ? 0 : 1;
  }

 private:
  Outcome Relive(const Story& story, bool tell) const {
    static const World::Teller kTeller = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    return Live(ground_, registries_, story, tell ? &kTeller : nullptr);
  }
  void PrintShrunk(const Story& story, const Outcome& outcome) const {
    const Story shrunk = Shrink(story, [&](const Story& shorter) {
      const Outcome again = Relive(shorter, false);
      return !again.sound() && KindOf(again) == KindOf(outcome);
    });
    std::printf("shrunk, for --play:\n%s", Write(shrunk).c_str());
    std::printf("which ends so: %s\n", Relive(shrunk, options_.tell).why.c_str());
  }

  const Ground& ground_;
  const Registries& registries_;
  const Options options_;
  int stories_ = 0;
  Outcome sum_;
};

int Run(const Options& options) {
  const auto ground = Ground::Load();
  const auto registries = Registries::Make();
  if (!ground.ok() || !registries.ok()) {
    std::fprintf(stderr, "%s\n", (ground.ok() ? registries.status() : ground.status()).ToString().c_str());
    return 2;
  }
  Histories histories(**ground, **registries, options);
  if (!options.play.empty()) {
    const auto story = Read(tests::ReadFile(options.play));
    if (!story.ok()) {
      std::fprintf(stderr, "%s\n", story.status().ToString().c_str());
      return 2;
    }
    histories.Add(*story);
    return histories.Print();
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  for (unsigned i = 0; i < options.seeds && (options.seconds == 0 || elapsed() < options.seconds); ++i) {
    histories.Add(Tell(options.first + i));
  }
  std::fprintf(stderr, "%.0f seconds\n", elapsed());
  return histories.Print();
}

}  // namespace
}  // namespace hjerte::soak

// Lives stories of one adapter and counts how they ended: see tests/soak/history.
int main(int argc, char** argv) {
  hjerte::soak::Options options;
  CLI::App program("Stories of everything that can happen to one adapter, its source and its gateway");
  program.add_option("--seeds", options.seeds, "How many")->capture_default_str();
  program.add_option("--first", options.first, "The first")->capture_default_str();
  program.add_option("--seconds", options.seconds, "Begin no further seed after so long; 0: all");
  program.add_flag("--shrink", options.shrink, "Print the shortest story found that ends as badly");
  program.add_option("--play", options.play, "A file with a story, as --shrink prints it, in place of seeds");
  program.add_flag("--tell", options.tell, "Print all that happens");
  CLI11_PARSE(program, argc, argv);
  return hjerte::soak::Run(options);
}
