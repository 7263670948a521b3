#include "mapping/structuremap/element_check.h"

#include <map>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace hjerte::structuremap {
namespace {

using fhirpath::kUnknownType;
using fhirpath::TypeId;

constexpr size_t kVisitsMax = 20'000;  // groups times the types they are called with; maps have some hundreds
constexpr int kDepthMax = 64;          // as deep as a run may call

// What is known of an element before the run.
struct Known {
  TypeId type = kUnknownType;
  bool lenient = true;
  auto operator<=>(const Known&) const = default;
};

// Follows the types of the target variables through rules and calls.
class ElementCheck {
 public:
  explicit ElementCheck(const CompiledProgram& program) : program_(program), model_(*program.model) {}

  std::vector<std::string> Run() {
    Visit(*program_.entry, Declared(*program_.entry), 0);
    for (const std::unique_ptr<CompiledGroup>& group : program_.groups) Visit(*group, Declared(*group), 0);
    std::vector<std::string> texts;
    for (const auto& [place, text] : found_) texts.push_back(text);
    return texts;
  }

 private:
  using Frame = std::vector<Known>;
  // Map, line, column, element: one text for each, however often its group is called.
  using Place = std::tuple<size_t, uint32_t, uint32_t, std::string>;

  static Known Of(const ResolvedType& type) { return {type.id, type.lenient}; }

  static Frame Declared(const CompiledGroup& group) {
    Frame inputs;
    for (const CompiledInput& input : group.inputs) inputs.push_back(Of(input.type));
    return inputs;
  }

  // `inputs` are the types of the call; where the caller knows none, what the group declares is taken.
  void Visit(const CompiledGroup& group, Frame inputs, int depth) {
    const Frame declared = Declared(group);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].type == kUnknownType) inputs[i] = declared[i];
    }
    if (depth > kDepthMax || visited_.size() >= kVisitsMax || !visited_.emplace(&group, inputs).second) return;
    Frame frame(group.frame_size);
    for (size_t i = 0; i < inputs.size(); ++i) frame[group.inputs[i].slot] = inputs[i];
    if (group.extends != nullptr) {
      Frame base;
      for (const uint32_t slot : group.extends_slots) base.push_back(frame[slot]);
      Visit(*group.extends, base, depth + 1);
    }
    Rules(group, group.rules, frame, depth);
  }

  void Rules(const CompiledGroup& group, const std::vector<CompiledRule>& rules, Frame& frame, int depth) {
    for (const CompiledRule& rule : rules) {
      for (const CompiledTarget& target : rule.targets) {
        const Known made = TypeOf(group, rule, target, frame);
        if (target.slot.has_value()) frame[*target.slot] = made;
      }
      for (const CompiledCall& call : rule.calls) {
        Frame inputs;
        for (size_t i = 0; i < call.parameters.size(); ++i) {
          const bool target = call.group->inputs[i].mode == Input::Mode::kTarget;
          inputs.push_back(target ? frame[call.parameters[i].variable.slot] : Known{});
        }
        Visit(*call.group, inputs, depth + 1);
      }
      Rules(group, rule.rules, frame, depth);
    }
  }

  // The type of what a target makes, as the writer will see it.
  Known TypeOf(const CompiledGroup& group, const CompiledRule& rule, const CompiledTarget& target, const Frame& frame) {
    Known at;
    if (target.has_context && target.context.kind == VariableRef::Kind::kTarget) at = frame[target.context.slot];
    for (const std::string& name : target.ast->element) at = Child(group, rule, target, at, name);
    const bool creates = target.ast->transform == Transform::kCreate && !target.create.name.empty();
    if (creates && !target.ast->element.empty() && !at.lenient && !target.create.MayStandIn(at.type, model_)) {
      Tell(group, rule, target, target.ast->element.back(),
           absl::StrCat("create: a ", target.create.name, " where a ", std::string(model_.Name(at.type)),
                        " was expected"));
    }
    return creates ? Of(target.create) : at;
  }

  Known Child(const CompiledGroup& group, const CompiledRule& rule, const CompiledTarget& target, const Known& parent,
              const std::string& name) {
    // A primitive's id and extensions stand beside it.
    if (parent.type == kUnknownType || model_.Primitive(parent.type).has_value()) return {};
    if (const fhirpath::Element* element = model_.FindElement(parent.type, name); element != nullptr) {
      const bool one = element->choices.size() == 1;
      return {one ? element->choices[0].type : element->type, parent.lenient};
    }
    const fhirpath::Choice* choice = nullptr;
    if (model_.FindChoice(parent.type, name, &choice) != nullptr) return {choice->type, parent.lenient};
    if (!parent.lenient && model_.IsClosed(parent.type)) {
      Tell(group, rule, target, name,
           absl::StrCat("'", name, "' is no element of ", std::string(model_.Name(parent.type)),
                        ", expected one that is"));
    }
    return {};
  }

  void Tell(const CompiledGroup& group, const CompiledRule& rule, const CompiledTarget& target, const std::string& name,
            const std::string& what) {
    const Position at = target.ast->at.line != 0 ? target.ast->at : rule.ast->at;
    const auto map = static_cast<size_t>(group.map - program_.maps.data());
    found_.emplace(Place(map, at.line, at.column, name),
                   absl::StrCat(group.map->file, ":", at.line, ":", at.column, ": map ", group.map->url, ", group '",
                                group.ast->name, "', rule '", rule.label, "': ", what));
  }

  const CompiledProgram& program_;
  const fhirpath::TypeModel& model_;
  std::set<std::pair<const CompiledGroup*, Frame>> visited_;
  std::map<Place, std::string> found_;
};

}  // namespace

std::vector<std::string> FindUnknownElements(const CompiledProgram& program) {
  if (program.model == nullptr) return {};
  return ElementCheck(program).Run();
}

}  // namespace hjerte::structuremap
