#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace hjerte::soak {

// What the central service holds in the end. Citizens are named by the beginning of their lookup.
struct Holdings {
  // Of each resource, "Type/id", who it is of and what it says, without its stamps. Only what counts: the version of
  // the citizen whom the course's referral is of, unless entered in error.
  std::map<std::string, std::string> live;
  // Exported courses by their key.
  std::map<std::string, std::string> courses;
  // The export's feed, folded.
  std::map<std::string, std::string> exported;
};

// Of the store in that file. `course_of` names the course of each resource; what it does not know is in `live` as
// "unknown".
absl::StatusOr<Holdings> ReadHoldings(const std::string& file, const std::map<std::string, int>& course_of);

}  // namespace hjerte::soak
