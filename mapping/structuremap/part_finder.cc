#include "mapping/structuremap/part_finder.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace hjerte::structuremap {
namespace {

// What copying a part costs is earned back from here on.
constexpr size_t kTargetsMin = 2;
// What the analysis follows; a part beyond it is built each time.
constexpr size_t kNamesMax = 16;
constexpr int kCallsMax = 64;

// What running something does to the variables of its frame.
struct Effects {
  bool pure = true;  // depends on `reads` alone and changes nothing but `writes`
  std::set<uint32_t> reads;
  std::map<uint32_t, std::set<std::string>> writes;  // of each target variable the elements; "" for the whole
  size_t targets = 0;                                // no more than kTargetsMin of them are counted

  void Write(uint32_t slot, const std::set<std::string>& names) {
    std::set<std::string>& known = writes[slot];
    known.insert(names.begin(), names.end());
    pure &= known.size() <= kNamesMax;
  }

  void Count(size_t more) { targets = std::min(targets + more, kTargetsMin); }

  void Add(const Effects& other) {
    pure &= other.pure;
    if (!pure) return;
    reads.insert(other.reads.begin(), other.reads.end());
    for (const auto& [slot, names] : other.writes) Write(slot, names);
    Count(other.targets);
  }

  void Forget(uint32_t slot) {
    reads.erase(slot);
    writes.erase(slot);
  }
};

// A target read as a source may have changed since; ids, the world outside and the order in lists are no values.
bool IsRepeatable(const CompiledTarget& target) {
  switch (target.ast->transform) {
    case Transform::kUuid:
    case Transform::kReference:
    case Transform::kPointer:
      return false;
    case Transform::kNone:
      // Another name for its context: what is written to it is written there.
      return target.ast->list_modes.empty() && !target.ast->element.empty();
    default:
      return target.ast->list_modes.empty();
  }
}

class PartFinder {
 public:
  explicit PartFinder(CompiledProgram& program) : program_(program) {}

  void Run() {
    for (const std::unique_ptr<CompiledGroup>& group : program_.groups) Mark(group->rules);
  }

 private:
  void Mark(std::vector<CompiledRule>& rules) {
    for (CompiledRule& rule : rules) {
      Mark(rule.rules);
      const Effects effects = OfApplication(rule);
      if (!effects.pure || effects.writes.size() != 1 || effects.targets < kTargetsMin) continue;
      if (effects.reads.size() > CompiledPart::kReadsMax) continue;
      const auto& [slot, names] = *effects.writes.begin();
      if (names.contains("")) continue;
      rule.part = CompiledPart{.number = program_.part_count++,
                               .reads = {effects.reads.begin(), effects.reads.end()},
                               .target = slot,
                               .names = {names.begin(), names.end()}};
    }
  }

  static void Read(VariableRef variable, Effects& effects) {
    if (variable.kind == VariableRef::Kind::kSource) effects.reads.insert(variable.slot);
    effects.pure &= variable.kind != VariableRef::Kind::kTarget;
  }

  static void Read(const std::optional<CompiledExpression>& expression, Effects& effects) {
    if (!expression.has_value()) return;
    for (const CompiledExpression::Binding& binding : expression->bindings) Read(binding.variable, effects);
  }

  static void Read(const CompiledParameter& parameter, Effects& effects) {
    if (parameter.kind == CompiledParameter::Kind::kVariable) Read(parameter.variable, effects);
    Read(parameter.expression, effects);
  }

  // A rule with its sources.
  Effects OfRule(const CompiledRule& rule) {
    Effects effects = OfApplication(rule);
    for (const CompiledSource& source : rule.sources) {
      if (source.slot.has_value()) effects.Forget(*source.slot);
    }
    for (const CompiledSource& source : rule.sources) {
      Read(source.context, effects);
      for (const auto* expression : {&source.default_value, &source.condition, &source.check}) {
        Read(*expression, effects);
      }
      effects.pure &= !source.log_message.has_value();
    }
    return effects;
  }

  // What a rule does for one match of its sources.
  Effects OfApplication(const CompiledRule& rule) {
    Effects effects;
    effects.pure = !rule.by_type && !rule.sources.empty();
    for (const CompiledTarget& target : rule.targets) AddTarget(target, effects);
    for (const CompiledCall& call : rule.calls) AddCall(call, effects);
    for (const CompiledRule& inner : rule.rules) effects.Add(OfRule(inner));
    for (const CompiledTarget& target : rule.targets) {
      if (target.slot.has_value()) effects.Forget(*target.slot);
    }
    return effects;
  }

  static void AddTarget(const CompiledTarget& target, Effects& effects) {
    effects.pure &= IsRepeatable(target);
    effects.Count(1);
    if (target.has_context) {
      effects.Write(target.context.slot, {target.ast->element.empty() ? "" : target.ast->element.front()});
    }
    for (const CompiledParameter& parameter : target.parameters) Read(parameter, effects);
  }

  void AddCall(const CompiledCall& call, Effects& effects) {
    const Effects& group = OfGroup(*call.group);
    effects.pure &= group.pure;
    effects.Count(group.targets);
    for (size_t i = 0; i < call.parameters.size(); ++i) {
      const CompiledInput& input = call.group->inputs[i];
      if (input.mode == Input::Mode::kSource) {
        Read(call.parameters[i], effects);
      } else if (const auto written = group.writes.find(input.slot); written != group.writes.end()) {
        effects.Write(call.parameters[i].variable.slot, written->second);
      }
    }
  }

  const Effects& OfGroup(const CompiledGroup& group) {
    const auto [known, added] = groups_.try_emplace(&group);
    if (!added) return known->second;
    known->second.pure = false;  // what a group that calls itself finds
    if (++calls_ <= kCallsMax && group.extends == nullptr) {
      Effects effects;
      for (const CompiledRule& rule : group.rules) effects.Add(OfRule(rule));
      known->second = std::move(effects);
    }
    --calls_;
    return known->second;
  }

  CompiledProgram& program_;
  std::map<const CompiledGroup*, Effects> groups_;
  int calls_ = 0;  // that are being followed
};

}  // namespace

void FindParts(CompiledProgram& program) { PartFinder(program).Run(); }

}  // namespace hjerte::structuremap
