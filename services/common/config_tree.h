#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/config.h"

// What config.cc reads from: a YAML document with line numbers. Not for other rooms.
namespace hjerte::common::config_tree {

enum class Kind { kScalar, kList, kMap };

struct Node {
  Kind kind = Kind::kScalar;
  int line = 0;      // of the value, from 1
  int key_line = 0;  // of the key it stands at
  std::string scalar;
  std::vector<std::unique_ptr<Node>> items;
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> members;  // in the file's order
  bool read = false;                                                   // whether a getter asked for it
};

// Parses one document whose top is a mapping. Refused with "file:line: …": what is not YAML, more than one document,
// anchors and aliases, duplicate keys, keys that are no scalars, and whatever is beyond the limits.
absl::StatusOr<std::unique_ptr<Node>> Build(std::string_view text, const std::filesystem::path& file,
                                            const ConfigLimits& limits);

}  // namespace hjerte::common::config_tree
