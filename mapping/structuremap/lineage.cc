#include "mapping/structuremap/lineage.h"

#include <algorithm>

namespace hjerte::structuremap {
namespace {

// True for the path itself and for what stands below it.
bool IsWithin(std::string_view path, std::string_view above) {
  if (!path.starts_with(above)) return false;
  return path.size() == above.size() || path[above.size()] == '.' || path[above.size()] == '[';
}

}  // namespace

LineageSink Lineage::Sink() {
  return [this](const LineageStep& step) { steps_.push_back(step); };
}

std::vector<std::string> Lineage::SourcesOf(std::string_view target_path) const {
  std::vector<std::string> sources;
  std::vector<std::string> constants;
  for (const LineageStep& step : steps_) {
    if (!IsWithin(step.target, target_path)) continue;
    std::vector<std::string>& out = step.constant ? constants : sources;
    for (const std::string& source : step.sources) {
      if (std::find(out.begin(), out.end(), source) == out.end()) out.push_back(source);
    }
  }
  return sources.empty() ? constants : sources;
}

}  // namespace hjerte::structuremap
