#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/fhirpath/type_model.h"
#include "mapping/json/arena.h"
#include "mapping/structuremap/conversion.h"
#include "mapping/structuremap/frame.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// What a transform made.
struct MadeValue {
  fhirpath::Item item;
  std::string_view type;       // the FHIR type's name; empty where it is not known
  bool fresh = false;          // the item is already a value of its own in the arena
  TargetNode* node = nullptr;  // an element that was created and is not yet in its place
  bool lasting = false;        // the item's text lives as long as the program
};

// Where a value of an element goes, by the type of its parent.
struct ElementPlace {
  std::string_view member;                         // the name in JSON
  std::string_view name;                           // the name in paths
  fhirpath::TypeId type = fhirpath::kUnknownType;  // of the value
  std::string_view type_name;
  std::span<const fhirpath::Choice> choices;  // more than one: the value's type decides
  bool known = false;
  bool list = false;
  bool primitive = false;
  std::optional<PrimitiveForm> form;  // of a primitive's type
};

// An element as a map names it, and what the writer last found it to be: a rule nearly always writes to the same type.
// `name` lives as long as what is written.
struct ElementStep {
  std::string_view name;
  fhirpath::TypeId type = fhirpath::kUnknownType;
  bool lenient = false;
  const ElementPlace* place = nullptr;
  std::string_view chosen_type;
  const ElementPlace* chosen = nullptr;
};

// Builds the target document in the arena. Where the model knows an element, it is a list, a choice (valueQuantity for
// value) or a single element as FHIR says, and a name the type does not have is an error. Where nothing is known, the
// first value of a name stands alone and a second one makes it a list.
class TargetWriter {
 public:
  TargetWriter(const fhirpath::TypeModel* model, json::Arena& arena, uint64_t max_output)
      : model_(model),
        arena_(arena),
        max_output_(max_output),
        resource_type_(model == nullptr ? fhirpath::kUnknownType : model->FindType("Resource")) {}

  // A new element of that type that has no place yet; a resource gets its resourceType. A primitive type's node has no
  // object: it only gives its type to what is set.
  TargetNode* New(fhirpath::TypeId type, std::string_view type_name, bool lenient, const PathNode* path);

  // The element `step` of `node`, made if it is not there: a list gets a new one, a single element is made once.
  absl::StatusOr<TargetNode*> Make(TargetNode& node, ElementStep& step, const Target* target = nullptr);

  // Puts a value in the element `step` of `node`, converted to the element's type. Returns the element written, or null
  // for a value whose element nobody asks for (`wanted`).
  absl::StatusOr<TargetNode*> Set(TargetNode& node, ElementStep& step, const MadeValue& value,
                                  const Target* target = nullptr, bool wanted = true);

  // `node = value`: a primitive gets the value, an object the members of another.
  absl::Status Assign(TargetNode& node, const MadeValue& value);

  // What the element's type says, for create() and cast() without a type: its only type, empty where there is none.
  std::string_view ElementType(const TargetNode& node, ElementStep& step);
  // Whether several values may stand there.
  bool IsRepeating(const TargetNode& node, ElementStep& step);

  // The node's value now, for whoever reads a target as a source.
  fhirpath::Item Read(const TargetNode& node) const;

  // Takes out the objects and arrays that nothing was written to: FHIR has no empty elements.
  static json::Value WithoutEmpty(const json::Value& value, json::Arena& arena);

  // Adds a member the element does not have.
  void Add(TargetNode& node, std::string_view name, json::Value value) {
    Fill(node.object);
    node.object.AddLasting(arena_, name, value);
  }

  // Elements made so far that nothing was written to yet.
  int64_t empty() const { return empty_; }
  void CountEmpty(int64_t elements) { empty_ += elements; }
  // Whether nothing that was written is empty or null, so that WithoutEmpty would change nothing.
  bool IsTidy() const { return empty_ == 0 && !untidy_; }

  // Elements written so far.
  uint64_t written() const { return written_; }
  // Counts elements; an error when they are more than the limit.
  absl::Status Count(uint64_t elements = 1);

 private:
  using Place = ElementPlace;
  // The order `first` and `last` keep in a list.
  struct Order {
    const Target* first = nullptr;
    const Target* last = nullptr;
    size_t first_count = 0;
    size_t last_count = 0;
  };

  // Says that the object is about to get a member.
  void Fill(const json::Value& object) { empty_ -= object.size() == 0 ? 1 : 0; }
  absl::StatusOr<const Place*> Find(const TargetNode& node, ElementStep& step);
  absl::StatusOr<Place> Describe(const TargetNode& node, std::string_view name) const;
  absl::StatusOr<const Place*> Choose(const Place* place, std::string_view type, ElementStep& step);
  void SetType(Place& place, fhirpath::TypeId type) const;
  const Place* Keep(const Place& place);
  TargetNode* NewNode();
  absl::Status Insert(json::Value list, json::Value value, const Target* target, size_t& index);
  absl::StatusOr<json::Value> Fit(const Place& place, const MadeValue& value);
  absl::StatusOr<json::Value> FitComplex(std::string_view type, const MadeValue& value);
  // Writes `value` to its place and says where it came to stand.
  absl::StatusOr<int64_t> Put(TargetNode& node, const Place& place, json::Value value, const Target* target);
  absl::Status PutPrimitive(TargetNode& node, json::Value value);
  absl::StatusOr<TargetNode*> SiblingOf(TargetNode& node);
  // Gives a primitive the id and extensions that stood beside the one it is a copy of.
  absl::Status CopyBeside(TargetNode& node, const json::Value& beside);
  const PathNode* Path(const TargetNode& node, const Place& place, int64_t index);

  const fhirpath::TypeModel* model_;
  json::Arena& arena_;
  uint64_t max_output_;
  fhirpath::TypeId resource_type_;
  uint64_t written_ = 0;
  int64_t empty_ = 0;
  bool untidy_ = false;  // a value from elsewhere held something empty
  std::unordered_map<const void*, Order> orders_;
};

}  // namespace hjerte::structuremap
