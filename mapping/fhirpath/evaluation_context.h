#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/fhirpath/collection.h"
#include "mapping/fhirpath/member_index.h"
#include "mapping/fhirpath/reference_index.h"
#include "mapping/json/arena.h"

namespace hjerte::fhirpath {

// What one evaluation may cost; beyond it, it ends with an error.
struct EvaluationLimits {
  uint64_t max_steps = 100'000'000;
  size_t max_items = 10'000'000;         // Of any one collection.
  size_t max_bytes = size_t{256} << 20;  // Of text and values made on the way.
};

// What an evaluation may ask of the world. All are arguments: the engine reads no clock and opens no connection.
struct Hooks {
  // The node a reference points to; null for "not to be found". Without it, resolve() looks in the Bundle and in
  // contained.
  std::function<const json::Value*(std::string_view reference)> resolve;
  // Whether a coded value is of the value set; empty where the set is not loaded.
  std::function<std::optional<bool>(const Item& coded, std::string_view value_set)> member_of;
  // Whether the first code is the second's ancestor or the same; empty where the code system is not loaded. Without it,
  // equal codes are answered.
  std::function<std::optional<bool>(const Item& code, const Item& other)> subsumes;
  // The ElementDefinition of an element; null where its definition is not loaded.
  std::function<const json::Value*(const Item& element)> element_definition;
  // Whether an element stands in the named slice of the structure; empty where there is no such slice.
  std::function<std::optional<bool>(const Item& element, std::string_view structure, std::string_view slice)> in_slice;
  // Whether a resource conforms to the profile; empty where the profile is not loaded. Without it, base types are
  // answered.
  std::function<std::optional<bool>(const Item& node, std::string_view profile)> conforms_to;
  // Receives trace() calls.
  std::function<void(std::string_view name, const Collection& values)> trace;
};

// Everything one evaluation reads beside its focus. Not thread-safe; reuse it for many evaluations in a row.
class EvaluationContext {
 public:
  // Values made on the way live in `arena`, or in one of the context's own if it is null.
  explicit EvaluationContext(json::Arena* arena = nullptr);

  json::Arena& arena() { return arena_ != nullptr ? *arena_ : own_arena_; }
  // Forgets what earlier evaluations made; their results are invalid after.
  void ResetArena();

  // %name. Replaces an earlier one.
  void SetVariable(std::string_view name, Collection value);
  // Forgets all of them.
  void ClearVariables() { variables_set_ = 0; }
  const Collection* FindVariable(std::string_view name) const;

  // %resource and %rootResource; the focus where they are not set.
  void set_resource(const Item& item) { resource_ = item; }
  void set_root_resource(const Item& item) { root_resource_ = item; }
  const std::optional<Item>& resource() const { return resource_; }
  const std::optional<Item>& root_resource() const { return root_resource_; }

  // now(), today() and timeOfDay() answer from this. Without it they are an error.
  void set_now(const Temporal& now) { now_ = now; }
  const std::optional<Temporal>& now() const { return now_; }

  Hooks& hooks() { return hooks_; }
  const Hooks& hooks() const { return hooks_; }
  EvaluationLimits& limits() { return limits_; }
  const EvaluationLimits& limits() const { return limits_; }

  // Also accepts what FHIR's JSON has and FHIRPath's view of the types has not, as the mapping language's engines do:
  // the spelled member of a choice (valueString), and `value` of a primitive. Off unless it is asked for.
  void set_json_members(bool accepted) { json_members_ = accepted; }
  bool json_members() const { return json_members_; }

  // join() of nothing is an empty text instead of nothing, as the tests of SQL on FHIR have it. Off unless asked for.
  void set_join_gives_text(bool text) { join_gives_text_ = text; }
  bool join_gives_text() const { return join_gives_text_; }

  // An index of the document, for whoever evaluates many expressions over one Bundle. Without it, each evaluation that
  // resolves a reference builds its own.
  void set_references(std::shared_ptr<const ReferenceIndex> references) { references_ = std::move(references); }
  const ReferenceIndex* references() const { return references_.get(); }

  // An index for where() over lists of a document that does not change, for whoever asks many expressions of it; null
  // for none. It must outlive the evaluations.
  void set_member_index(MemberIndex* index) { member_index_ = index; }
  MemberIndex* member_index() const { return member_index_; }

  // Steps the last evaluation took: one for each node looked at or function called.
  uint64_t steps() const { return steps_; }
  void set_steps(uint64_t steps) { steps_ = steps; }

 private:
  struct Variable {
    std::string name;
    Collection value;
  };

  json::Arena* arena_;
  json::Arena own_arena_;
  std::vector<Variable> variables_;
  size_t variables_set_ = 0;  // the rest of variables_ is kept for its memory only
  std::optional<Item> resource_;
  std::optional<Item> root_resource_;
  std::optional<Temporal> now_;
  Hooks hooks_;
  EvaluationLimits limits_;
  std::shared_ptr<const ReferenceIndex> references_;
  MemberIndex* member_index_ = nullptr;
  uint64_t steps_ = 0;
  bool json_members_ = false;
  bool join_gives_text_ = false;
};

}  // namespace hjerte::fhirpath
