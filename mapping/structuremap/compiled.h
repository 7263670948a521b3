#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping/fhirpath/expression.h"
#include "mapping/fhirpath/type_model.h"
#include "mapping/structuremap/concept_map.h"
#include "mapping/structuremap/structure_map.h"

namespace hjerte::structuremap {

// A variable resolved at compile time: a slot of the running group's frame, or a constant of the map.
struct VariableRef {
  enum class Kind { kSource, kTarget, kConstant };
  Kind kind = Kind::kSource;
  uint32_t slot = 0;
};

// A FHIRPath expression with the variables it reads.
struct CompiledExpression {
  struct Binding {
    std::string name;
    VariableRef variable;
  };
  // A path the expression reads from a variable, for the lineage: m.Vaerdi.
  struct Field {
    VariableRef variable;
    std::string path;
  };
  fhirpath::Expression expression;
  std::vector<Binding> bindings;
  std::vector<Field> fields;
  uint32_t number = 0;  // among the program's expressions
};

struct CompiledParameter {
  // kVariable may go on with a path; kLiteral is in `literal`.
  enum class Kind { kVariable, kExpression, kLiteral };
  Kind kind = Kind::kLiteral;
  VariableRef variable;
  std::vector<std::string> path;
  std::optional<CompiledExpression> expression;
  fhirpath::Item literal;  // texts point into the map
};

struct CompiledSource {
  const Source* ast = nullptr;
  VariableRef context;
  std::string type;  // resolved name of the type filter; empty: none
  std::optional<uint32_t> max;
  std::optional<CompiledExpression> default_value;
  std::optional<CompiledExpression> condition;
  std::optional<CompiledExpression> check;
  std::optional<CompiledExpression> log_message;
  std::optional<uint32_t> slot;
  bool plain = false;  // a variable or one element of it, as often as it is there
  // Set where several rules read the same element of the same variable: its values are then looked up once for all of
  // them. The walk's number in the program.
  std::optional<uint32_t> walk;
  // Set with `walk` where the condition can only hold for values whose member `key_member` is the text `key`. All rules
  // of one walk have the same `key_member`, also those without a key.
  std::string key_member;
  std::optional<std::string> key;
  // Set with `key_member` where condition and check depend on that member alone: values with the same text there are
  // judged once.
  bool judged_by_key = false;
};

// A type as a map names it, resolved against `uses` and the model.
struct ResolvedType {
  std::string name;
  fhirpath::TypeId id = fhirpath::kUnknownType;
  bool lenient = true;    // of another FHIR version than the model's, or not FHIR
  bool declared = false;  // a `uses` of the map names it

  // Whether an element of the type `wanted` may hold it, as far as both are known. A primitive may: the value that
  // comes is converted.
  bool MayStandIn(fhirpath::TypeId wanted, const fhirpath::TypeModel& model) const {
    if (name.empty() || wanted == fhirpath::kUnknownType || wanted == id) return true;
    if (id == fhirpath::kUnknownType) return declared;
    if (model.Primitive(id).has_value() && model.Primitive(wanted).has_value()) return true;
    return model.IsA(id, wanted) || model.IsA(wanted, id);
  }
};

struct CompiledTarget {
  const Target* ast = nullptr;
  bool has_context = false;
  VariableRef context;
  std::vector<CompiledParameter> parameters;
  ResolvedType create;      // for create(type) with a type
  std::string concept_map;  // for translate: the url
  std::optional<uint32_t> slot;
  uint32_t first_step = 0;  // the number of the first element of its path among the program's; the others follow
};

struct CompiledGroup;

struct CompiledCall {
  const CompiledGroup* group = nullptr;
  std::vector<CompiledParameter> parameters;
};

// A part of one element that depends on the values of a few variables alone (see part_finder.h).
struct CompiledPart {
  static constexpr size_t kReadsMax = 4;
  uint32_t number = 0;             // among the program's parts
  std::vector<uint32_t> reads;     // the slots of the source variables
  uint32_t target = 0;             // the slot of the element it belongs to
  std::vector<std::string> names;  // of the element's own elements it writes
};

struct CompiledRule {
  const Rule* ast = nullptr;
  std::string label;     // the rule's name, or line:column
  bool by_type = false;  // ends with the default group of its types
  std::vector<CompiledSource> sources;
  std::vector<CompiledTarget> targets;
  std::vector<CompiledCall> calls;
  std::vector<CompiledRule> rules;
  std::optional<CompiledPart> part;  // set where what the rule does for one match is one
};

struct CompiledInput {
  Input::Mode mode = Input::Mode::kSource;
  ResolvedType type;
  uint32_t slot = 0;
};

struct CompiledGroup {
  const StructureMap* map = nullptr;
  const Group* ast = nullptr;
  std::vector<CompiledInput> inputs;
  uint32_t frame_size = 0;
  std::vector<CompiledRule> rules;
  const CompiledGroup* extends = nullptr;
  std::vector<uint32_t> extends_slots;  // for each input of `extends`, the slot here it is filled from
};

struct CompiledConstant {
  const Constant* ast = nullptr;
  std::optional<CompiledExpression> expression;
};

// Everything a run reads; built once, then immutable.
struct CompiledProgram {
  std::vector<StructureMap> maps;
  ConceptMaps concept_maps;
  const fhirpath::TypeModel* model = nullptr;
  std::vector<std::unique_ptr<CompiledGroup>> groups;
  std::vector<CompiledConstant> constants;
  // Default groups by resolved source and target type, and those of `<<type+>>` by source type alone.
  std::map<std::pair<std::string, std::string>, const CompiledGroup*> by_types;
  std::map<std::string, const CompiledGroup*, std::less<>> by_source;
  const CompiledGroup* entry = nullptr;
  bool resolves_references = false;
  uint32_t expression_count = 0;
  uint32_t step_count = 0;  // elements of the paths of all targets
  uint32_t part_count = 0;
  uint32_t walk_count = 0;
  bool reads_targets = false;  // a rule may read what others are still writing
  std::vector<std::string> warnings;
};

}  // namespace hjerte::structuremap
