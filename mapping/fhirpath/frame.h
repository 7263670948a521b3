#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "mapping/fhirpath/collection.h"
#include "mapping/fhirpath/error.h"
#include "mapping/fhirpath/evaluation_context.h"
#include "mapping/fhirpath/type_model.h"

namespace hjerte::fhirpath {

// The types of a model the engine itself asks for, looked up once.
struct KnownTypes {
  TypeId resource = kUnknownType;
  TypeId quantity = kUnknownType;
  TypeId period = kUnknownType;
  TypeId extension = kUnknownType;
  TypeId element = kUnknownType;
  TypeId string = kUnknownType;
  TypeId coding = kUnknownType;
  TypeId codeable_concept = kUnknownType;

  static KnownTypes Of(const TypeModel& model);
};

// A variable of defineVariable().
struct LocalVariable {
  std::string_view name;
  Collection value;
};

// The state of one evaluation. Functions return false when it has failed; the reason is in `error`.
struct Frame {
  Frame(const TypeModel& type_model, const KnownTypes& known_types, EvaluationContext& evaluation_context)
      : model(type_model),
        types(known_types),
        context(evaluation_context),
        arena(evaluation_context.arena()),
        steps_left(evaluation_context.limits().max_steps) {}

  // Counts work; fails when the limit is reached.
  bool Step(Position position, uint64_t count = 1) {
    if (count <= steps_left) {
      steps_left -= count;
      return true;
    }
    return FailSteps(position);
  }
  bool FailSteps(Position position);
  bool Fail(Position position, std::string_view message);
  // Fails when a collection or the arena has grown beyond its limit.
  bool CheckSize(Position position, const Collection& collection);
  // Adds a string value whose text is copied into the arena.
  bool AddText(Position position, std::string_view text, Collection& out);

  // The resource references are resolved in, and its index, built when first asked for.
  const ReferenceIndex& References();

  const TypeModel& model;
  const KnownTypes& types;
  EvaluationContext& context;
  json::Arena& arena;
  const Item* focus = nullptr;  // $this; null for none.
  size_t focus_count =
      0;  // More than one only inside defineVariable(), whose value may be computed from all of its input.
  const Item* root = nullptr;  // %context
  int64_t index = -1;          // $index; -1 outside an iteration.
  const Collection* total = nullptr;
  std::vector<LocalVariable> locals;
  uint64_t steps_left;
  absl::Status error;
  std::unique_ptr<ReferenceIndex> references;
};

}  // namespace hjerte::fhirpath
