#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/soak/installation.h"

namespace hjerte::soak {

// Everything durable that a run left behind, as sorted lines of text by section. What is random or of the clock
// (numbers inside the store, surrogates, times after the run began, sealed bytes) is left out or replaced, so that two
// runs over the same data are equal line by line.
using Facts = std::map<std::string, std::vector<std::string>>;

// Adds what the adapters' state files and the central store hold. Checks the log's hash chain and that its numbers and
// the feed's have no gaps on the way. The programs must have ended.
absl::Status ReadStores(const Installation& installation, const std::filesystem::path& run, Facts& facts);

// Adds a text, line by line, as a section.
void AddLines(const std::string& section, const std::string& text, Facts& facts);

// What a run ended with, without how it came to it: resources without the stamps of their versions, referrals, courses,
// numbers, figures, what was exported, and what each adapter still holds or has put aside. Log, feed and the adapters'
// memory of what they sent are left out.
Facts EndOf(const Facts& facts);

// How a run differs from an undisturbed one.
struct Difference {
  int lost = 0;        // reports the log lacks
  int duplicated = 0;  // reports the log has more often
  int different = 0;   // other lines that are not the same
  std::vector<std::string> examples{};
};
Difference Compare(const Facts& undisturbed, const Facts& run);

}  // namespace hjerte::soak
