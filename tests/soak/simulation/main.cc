#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <cstdio>
#include <map>

#include "tests/soak/simulation/simulation.h"

// Runs seeds of the simulation and counts what the checker found: see tests/soak/simulate.
int main(int argc, char** argv) {
  using hjerte::soak::Plant;
  const std::map<std::string, Plant> plants = {{"none", Plant::kNone},
                                               {"receipt-before-commit", Plant::kReceiptBeforeCommit},
                                               {"cursor-apart", Plant::kCursorApart},
                                               {"no-log-sync", Plant::kNoLogSync},
                                               {"no-recognition", Plant::kNoRecognition},
                                               {"remove-on-send", Plant::kRemoveOnSend},
                                               {"all-at-once", Plant::kAllAtOnce}};
  CLI::App program("Adapter and central service in one thread on virtual time, over disks and a network that fail");
  std::uint64_t seeds = 1000;
  std::uint64_t first = 1;
  Plant plant = Plant::kNone;
  double seconds = 0;
  program.add_option("--seeds", seeds, "How many")->capture_default_str();
  program.add_option("--first", first, "The first")->capture_default_str();
  program.add_option("--seconds", seconds, "Begin no further seed after so long; 0: all");
  program.add_option("--plant", plant, "A fault planted in the harness, to see it found")
      ->transform(CLI::CheckedTransformer(plants));
  CLI11_PARSE(program, argc, argv);

  const auto ground = hjerte::soak::Ground::Load();
  if (!ground.ok()) {
    std::fprintf(stderr, "%s\n", ground.status().ToString().c_str());
    return 2;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "hjerte-soak-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 2;
  hjerte::soak::Simulation simulation(**ground, folder);
  hjerte::soak::Verdict sum;
  const auto begun = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  std::uint64_t done = 0;
  for (; done < seeds && (seconds == 0 || elapsed() < seconds); ++done) {
    const std::uint64_t seed = first + done;
    const hjerte::soak::Verdict verdict = simulation.Run(seed, plant);
    if (verdict.sound()) continue;
    sum.lost += verdict.lost;
    sum.duplicated += verdict.duplicated;
    sum.disordered += verdict.disordered;
    sum.different += verdict.different;
    std::printf(
        "seed %llu: lost %d, duplicated %d, disordered %d, different %d: %s; again: tests/soak/simulate --seeds 1 "
        "--first %llu\n",
        static_cast<unsigned long long>(seed), verdict.lost, verdict.duplicated, verdict.disordered, verdict.different,
        verdict.why.c_str(), static_cast<unsigned long long>(seed));
    std::fflush(stdout);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::printf("seeds %llu, lost %d, duplicated %d, disordered %d, different %d\n",
              static_cast<unsigned long long>(done), sum.lost, sum.duplicated, sum.disordered, sum.different);
  std::fprintf(stderr, "%.0f seconds\n", elapsed());
  return sum.sound() ? 0 : 1;
}
