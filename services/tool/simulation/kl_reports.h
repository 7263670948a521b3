#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/tool/simulation/course.h"
#include "services/tool/simulation/kl_resources.h"

namespace hjerte::tool {

// A Bundle as a file.
struct KlFile {
  // The Bundle's id.
  std::string id;
  std::string json;
};

// Makes the reports of one course, snapshot after snapshot: KL's delivery report and, where the municipality has it,
// the second Bundle, each with the resources that changed since the snapshot before.
class KlReports {
 public:
  // The municipality must outlive it.
  explicit KlReports(const Municipality& municipality) : municipality_(municipality) {}

  // The Bundles of that evening; none when nothing changed.
  std::vector<KlFile> On(Day day, const Course& snapshot);

 private:
  using Resources = std::vector<const KlResource*>;

  // True when the resource is not as it was last sent; it counts as sent from now on.
  bool IsNews(const std::string& name, const std::string& json);
  static KlFile Bundle(const Course& snapshot, Day day, const std::string& name, const Resources& frame,
                       const Resources& changed);

  const Municipality& municipality_;
  std::map<std::string, std::string> sent_;
  bool refused_before_ = false;
};

}  // namespace hjerte::tool
