#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hjerte::structuremap {

// One target element a rule wrote. Paths are FHIRPath with indexes: `Bundle.entry[4].resource.value`,
// `src.Maalinger[3].Vaerdi`.
struct LineageStep {
  std::string_view map;    // url
  std::string_view group;  // name
  std::string_view rule;   // name, or line:column where it has none
  std::string target;
  std::vector<std::string> sources;  // the fields the value was made of; for a constant, what made the rule fire
  bool constant = false;             // true when the value itself came from the map
};

// Receives the steps of one run in order. The views live as long as the program.
using LineageSink = std::function<void(const LineageStep&)>;

// Keeps the steps of a run and answers where a target element came from.
class Lineage {
 public:
  LineageSink Sink();
  const std::vector<LineageStep>& steps() const { return steps_; }
  // The source fields that anything at or below the target path came from, each once, in the order they were used.
  // Constants are left out unless nothing else was written there.
  std::vector<std::string> SourcesOf(std::string_view target_path) const;

 private:
  std::vector<LineageStep> steps_;
};

}  // namespace hjerte::structuremap
