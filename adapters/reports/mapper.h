#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"
#include "mapping/registry/finding.h"
#include "mapping/structuremap/program.h"

namespace hjerte::adapters {

// What became of one record: a Bundle, or why not.
struct Mapped {
  json::Value bundle;
  std::vector<registry::Finding> findings;
};

// One map with everything it imports and translates with, ready to run. Immutable.
class Mapper {
 public:
  // Reads the map file; maps it imports are looked for in its folder, concept maps (*.json) in `concept_maps`. Refused
  // with file and line when anything is missing or wrong, uuid() included.
  static absl::StatusOr<Mapper> Load(const std::filesystem::path& map, const std::filesystem::path& concept_maps);

  // Maps one record; the Bundle lives in `arena`. What the map refuses comes as findings that quote no values.
  Mapped Run(const json::Value& record, json::Arena& arena) const;

  // SHA-256 over every file read, hex: another map makes other reports.
  const std::string& digest() const { return digest_; }

 private:
  Mapper(structuremap::Program program, std::string digest)
      : program_(std::move(program)), digest_(std::move(digest)) {}

  structuremap::Program program_;
  std::string digest_;
};

}  // namespace hjerte::adapters
