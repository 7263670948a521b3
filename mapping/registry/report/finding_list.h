#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "mapping/registry/finding.h"

// For this library's own files.
namespace hjerte::registry {

// The findings of one report, of which so many are listed. Errors come before others: it is they that refuse the
// report, and however much else there is must not hide one.
class FindingList {
 public:
  explicit FindingList(size_t max) : max_(max) {}

  void Add(Finding finding) {
    size_t& count = finding.severity == Severity::kError ? errors_ : others_;
    if (count == max_) return;
    ++count;
    findings_.push_back(std::move(finding));
  }
  // Whether so many errors are listed that nothing more can be.
  bool full() const { return errors_ == max_; }
  // In the order they were added.
  std::vector<Finding> Take() {
    size_t room = max_ - errors_;
    std::erase_if(findings_, [&](const Finding& finding) {
      return finding.severity != Severity::kError && (room == 0 || room-- == 0);
    });
    return std::move(findings_);
  }

 private:
  const size_t max_;
  size_t errors_ = 0;
  size_t others_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace hjerte::registry
