#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hjerte::common {

namespace config_tree {
struct Node;
}

// What a configuration file may cost before it is refused. Anchors and aliases are refused always.
struct ConfigLimits {
  std::size_t bytes_max = 1 << 20;
  int depth_max = 16;
  int nodes_max = 100'000;
};

// Bounds of a number, both included.
struct ConfigRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// One mapping of a YAML file while it is read.
//
// A getter returns the value, or its fallback (an empty value when the key is required), and remembers what was wrong;
// Finish() on the root tells everything wrong at once, each line as "file:line: what was expected", keys nobody asked
// for included. So a loader is a list of getters and one `return config.Finish()`; values read before a failed Finish()
// must not be used.
//
// A ConfigMap is a cheap handle; copies and nested maps share one file. Not thread-safe.
class ConfigMap {
 public:
  // Reads a file whose top level is a mapping. Fails at once on what is not YAML, oversized, or not a mapping.
  static absl::StatusOr<ConfigMap> Load(const std::filesystem::path& file, const ConfigLimits& limits = {});
  // The same for text; `file` names it in errors and is what relative paths are resolved against.
  static absl::StatusOr<ConfigMap> Parse(std::string_view text, const std::filesystem::path& file,
                                         const ConfigLimits& limits = {});

  // Whether the key stands in the file; does not count as having read it.
  bool Has(std::string_view key) const;
  // All keys in the order of the file, for maps whose keys are data.
  std::vector<std::string> Keys() const;

  // Each getter: without fallback the key is required.
  std::string String(std::string_view key, std::optional<std::string> fallback = std::nullopt) const;
  bool Bool(std::string_view key, std::optional<bool> fallback = std::nullopt) const;
  std::int64_t Integer(std::string_view key, ConfigRange range = {},
                       std::optional<std::int64_t> fallback = std::nullopt) const;
  double Number(std::string_view key, std::optional<double> fallback = std::nullopt) const;
  // A length of time with its unit: 250ms, 5s, 10min, 2h, 7d.
  std::chrono::milliseconds Duration(std::string_view key,
                                     std::optional<std::chrono::milliseconds> fallback = std::nullopt) const;
  // A number of bytes, bare or with KiB, MiB, GiB.
  std::int64_t Size(std::string_view key, std::optional<std::int64_t> fallback = std::nullopt) const;
  // A calendar date, 2026-01-31.
  std::chrono::year_month_day Date(std::string_view key,
                                   std::optional<std::chrono::year_month_day> fallback = std::nullopt) const;
  // A path; a relative one is resolved against the folder of the file.
  std::filesystem::path Path(std::string_view key, std::optional<std::filesystem::path> fallback = std::nullopt) const;
  // One of the words given.
  std::string Choice(std::string_view key, std::initializer_list<std::string_view> words,
                     std::optional<std::string> fallback = std::nullopt) const;
  // A list of scalars.
  std::vector<std::string> Strings(std::string_view key,
                                   std::optional<std::vector<std::string>> fallback = std::nullopt) const;
  std::vector<std::filesystem::path> Paths(
      std::string_view key, std::optional<std::vector<std::filesystem::path>> fallback = std::nullopt) const;

  // A nested mapping; an absent one is an error and reads as empty (whose required keys are not reported again).
  ConfigMap Map(std::string_view key) const;
  std::optional<ConfigMap> OptionalMap(std::string_view key) const;
  // A list of mappings; an absent key is an empty list.
  std::vector<ConfigMap> Maps(std::string_view key) const;

  // "file:line" of a key, or of the mapping when the key is absent.
  std::string Where(std::string_view key) const;
  // Adds an error of the caller's own at a key: `expected` completes "file:line: key: ".
  void Fail(std::string_view key, std::string_view expected) const;
  // The file this came from.
  const std::filesystem::path& file() const;

  // Whether all was well so far, keys nobody asked for yet not counted: for a loader that cannot go on.
  absl::Status Faults() const;
  // Whether all was well so far and no key is left unread, in the whole file: InvalidArgument with one line for each
  // fault.
  absl::Status Finish() const;

 private:
  struct File;
  ConfigMap(std::shared_ptr<File> file, config_tree::Node* node) : file_(std::move(file)), node_(node) {}
  config_tree::Node* Find(std::string_view key) const;
  // The scalar at a key, or nothing; reports a required key that is absent and a value that is no scalar.
  const std::string* Scalar(std::string_view key, bool required, std::string_view expected) const;

  std::shared_ptr<File> file_;
  config_tree::Node* node_;  // owned by file_; null: an absent mapping
};

}  // namespace hjerte::common
