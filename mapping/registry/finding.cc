#include "mapping/registry/finding.h"

#include <algorithm>

namespace hjerte::registry {

bool HasErrors(std::span<const Finding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::kError; });
}

const Finding* FirstReason(std::span<const Finding> findings) {
  const auto error = std::find_if(findings.begin(), findings.end(),
                                  [](const Finding& finding) { return finding.severity == Severity::kError; });
  if (error != findings.end()) return &*error;
  return findings.empty() ? nullptr : &findings.front();
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInformation:
      break;
  }
  return "information";
}

}  // namespace hjerte::registry
