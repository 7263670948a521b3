#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"
#include "mapping/structuremap/concept_map.h"
#include "mapping/structuremap/lineage.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::fhirpath {
class TypeModel;
}

namespace hjerte::structuremap {

struct CompileOptions {
  // Types of target and source where they are FHIR's; must outlive the program. Null: plain JSON everywhere.
  const fhirpath::TypeModel* model = nullptr;
  // False refuses uuid() at compile time: a replay would give another result.
  bool allow_uuid = true;
};

// What one run may cost; beyond any of it the run ends with ResourceExhausted.
struct RunLimits {
  uint64_t max_steps = 100'000'000;      // rules tried, elements read and written, and FHIRPath's own steps
  int max_depth = 64;                    // groups and nested rules within each other
  uint64_t max_output = 2'000'000;       // elements written
  size_t max_bytes = size_t{256} << 20;  // of the arena
};

struct RunOptions {
  // The instant now() and dateOp see, as FHIR writes it (2026-01-31T12:00:00Z); empty: they are an error.
  std::string now;
  LineageSink lineage;
  std::function<void(std::string_view message)> log;  // log (…)
  std::function<std::string()> uuid;                  // uuid(); null: a random one
  // The string a Reference uses for a resource (reference, pointer). Null: "Type/id", or for a resource without an id
  // an error.
  std::function<std::optional<std::string>(const json::Value& resource)> reference;
  RunLimits limits;
};

struct RunResult {
  json::Value target;
  uint64_t steps = 0;  // what the run cost, for tests of its growth
};

// Maps compiled to run: names, imports, groups, variables, FHIRPath and concept maps are resolved. Immutable, safe to
// share between threads, cheap to copy.
class Program {
 public:
  // Compiles `maps`; the first one is run, the others are there for its `imports` (a `*` in an import matches any
  // characters). Embedded and contained concept maps are added to `concept_maps`. Errors: InvalidArgument
  // "file:line:column: … expected …" for the first thing that cannot run: an unknown variable, group, concept map,
  // import, a wrong argument, a syntax error in FHIRPath. Unknown
  // elements: see UnknownElements.
  static absl::StatusOr<Program> Compile(std::vector<StructureMap> maps, ConceptMaps concept_maps,
                                         const CompileOptions& options = {});

  // Runs the first group of the first map on `source` and returns the target it filled, which lives in `arena` and
  // (for texts) in the program; nothing of it points into `source`. Errors name map, group, rule and source path:
  // InvalidArgument for data the map refuses, NotFound for a code without a translation, ResourceExhausted for a limit.
  // They quote codes and types, never other content of the source.
  absl::StatusOr<RunResult> Run(const json::Value& source, json::Arena& arena, const RunOptions& options = {}) const;

  // The maps it was compiled from, in the order they were given.
  const std::vector<StructureMap>& maps() const;
  // Every element of the target that a rule names and its type does not have, or in which it creates what cannot stand
  // there, as far as types are known before a run: "file:line:column: map …, group …, rule …: …". A run only refuses
  // those it comes by. Empty without a model.
  std::vector<std::string> UnknownElements() const;
  // What the compiler found odd but not wrong, as "file:line:column: …".
  const std::vector<std::string>& warnings() const;

 private:
  struct Impl;
  explicit Program(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace hjerte::structuremap
