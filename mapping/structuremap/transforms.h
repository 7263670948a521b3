#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/collection.h"
#include "mapping/fhirpath/type_model.h"
#include "mapping/json/arena.h"
#include "mapping/structuremap/compiled.h"
#include "mapping/structuremap/target_writer.h"

namespace hjerte::structuremap {

// An argument of a transform as it came out: nothing, one value or (of an expression) several.
using Argument = fhirpath::Collection;

// What the transforms that are pure functions of their arguments need.
struct TransformContext {
  const fhirpath::TypeModel* model = nullptr;
  const ConceptMaps* concept_maps = nullptr;
  json::Arena* arena = nullptr;
  std::string_view element_type;  // of where the value goes; empty where it is not known or a choice
  std::string_view concept_map;   // for translate: the resolved url
};

// truncate, escape, cast, append, translate, dateOp, cc, c, qty, id and cp. No value (nullopt) when a needed argument
// is empty, or a translation says there is no counterpart. Errors: InvalidArgument, NotFound for a code without a
// translation.
absl::StatusOr<std::optional<MadeValue>> RunTransform(Transform transform, std::span<const Argument> arguments,
                                                      const TransformContext& context);

// A random UUID in lower case.
std::string RandomUuid();

}  // namespace hjerte::structuremap
