#include "mapping/structuremap/executor.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/values.h"

namespace hjerte::structuremap {
namespace {

using fhirpath::Item;

// The name a type's instances are written under, and the root's path begins with.
std::string_view RootName(const CompiledInput& input, std::string_view variable) {
  return input.type.name.empty() ? variable : std::string_view(input.type.name);
}

}  // namespace

Executor::Executor(const CompiledProgram& program, json::Arena& arena, const RunOptions& options)
    : program_(program),
      arena_(arena),
      options_(options),
      writer_(program.model, arena, options.limits.max_output),
      context_(&arena),
      constants_(program.constants.size()),
      constants_running_(program.constants.size()) {
  context_.set_json_members(true);
}

absl::StatusOr<RunResult> Executor::Run(const json::Value& source) {
  if (!options_.now.empty()) {
    const auto now = fhirpath::Temporal::ParseDateTime(options_.now);
    if (!now.has_value()) return absl::InvalidArgumentError("now: expected an instant such as 2026-01-31T12:00:00Z");
    context_.set_now(*now);
  }
  const CompiledGroup& entry = *program_.entry;
  std::vector<Var> inputs(2);
  TargetNode* target = nullptr;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const CompiledInput& input = entry.inputs[i];
    Var& var = inputs[i];
    const std::string_view name = entry.ast->inputs[i].name;
    var.set = true;
    if (input.mode == Input::Mode::kSource) {
      var.path = new (arena_.AllocateArray<PathNode>(1)) PathNode{nullptr, name, -1};
      var.item = Item::Node(source, TypeOfNode(source, input.type.id, program_.model));
    } else {
      var.path = new (arena_.AllocateArray<PathNode>(1)) PathNode{nullptr, RootName(input, name), -1};
      target = writer_.New(input.type.id, input.type.name, input.type.lenient, var.path);
      if (target->object.is_null())
        return absl::InvalidArgumentError("the map's target is a primitive, expected a structure");
      var.target = target;
    }
  }
  const Item root = Item::Node(source, TypeOfNode(source, fhirpath::kUnknownType, program_.model));
  context_.set_resource(root);
  context_.set_root_resource(root);
  if (program_.resolves_references) context_.set_references(std::make_shared<fhirpath::ReferenceIndex>(source));
  if (absl::Status status = RunGroup(entry, inputs, 1); !status.ok()) return status;
  return RunResult{TargetWriter::WithoutEmpty(target->object, arena_), steps_ + writer_.written()};
}

absl::Status Executor::Step(uint64_t count) {
  steps_ += count;
  if (steps_ > options_.limits.max_steps) {
    return absl::ResourceExhaustedError(absl::StrCat("more than ", options_.limits.max_steps,
                                                     " steps, expected a map "
                                                     "that needs fewer for this source"));
  }
  if (arena_.bytes_used() > options_.limits.max_bytes) {
    return absl::ResourceExhaustedError("more memory than the limit allows was needed");
  }
  return absl::OkStatus();
}

absl::Status Executor::Annotate(const absl::Status& status, const Place& place) {
  if (status.ok() || annotated_) return status;
  annotated_ = true;
  const StructureMap& map = *place.group->map;
  const Rule& rule = *place.rule->ast;
  std::string path;
  for (const CompiledSource& source : place.rule->sources) {
    const Var* var = source.slot.has_value() ? &At(place, *source.slot) : nullptr;
    if ((var == nullptr || !var->set) && source.context.kind != VariableRef::Kind::kConstant) {
      var = &At(place, source.context.slot);
    }
    if (var != nullptr && var->path != nullptr) path = var->path->ToString();
  }
  return absl::Status(status.code(),
                      absl::StrCat(map.file, ":", rule.at.line, ":", rule.at.column, ": map ", map.url, ", group '",
                                   place.group->ast->name, "', rule '", place.rule->label, "', source ",
                                   path.empty() ? "(none)" : path, ": ", std::string(status.message())));
}

absl::Status Executor::RunGroup(const CompiledGroup& group, const std::vector<Var>& inputs, int depth) {
  if (depth > options_.limits.max_depth) {
    return absl::ResourceExhaustedError(absl::StrCat("groups and rules nested more than ", options_.limits.max_depth,
                                                     " deep, expected a map that comes to an end"));
  }
  Place place;
  place.group = &group;
  place.frame = stack_.size();
  place.depth = depth;
  stack_.resize(place.frame + group.frame_size);
  for (size_t i = 0; i < inputs.size(); ++i) At(place, group.inputs[i].slot) = inputs[i];
  absl::Status status;
  if (group.extends != nullptr) {
    std::vector<Var> base;
    for (const uint32_t slot : group.extends_slots) base.push_back(At(place, slot));
    status = RunGroup(*group.extends, base, depth + 1);
  }
  if (status.ok()) status = RunRules(group.rules, place);
  stack_.resize(place.frame);
  return status;
}

absl::Status Executor::RunRules(const std::vector<CompiledRule>& rules, const Place& outer) {
  SharedScope shared{outer.shared, {}};
  Place place = outer;
  place.shared = &shared;
  if (place.depth > options_.limits.max_depth) {
    return absl::ResourceExhaustedError(absl::StrCat("groups and rules nested more than ", options_.limits.max_depth,
                                                     " deep, expected a map that comes to an end"));
  }
  for (const CompiledRule& rule : rules) {
    place.rule = &rule;
    for (const CompiledSource& source : rule.sources) {
      if (source.slot.has_value()) At(place, *source.slot).set = false;
    }
    absl::Status status = Step();
    if (status.ok()) status = RunSource(place, 0);
    if (!status.ok()) return Annotate(status, place);
  }
  return absl::OkStatus();
}

absl::Status Executor::RunSource(const Place& place, size_t index) {
  if (index == place.rule->sources.size()) return Apply(place);
  const CompiledSource& source = place.rule->sources[index];
  absl::StatusOr<std::vector<Var>> matches = Matches(place, source);
  if (!matches.ok()) return matches.status();
  for (const Var& match : *matches) {
    if (source.slot.has_value()) At(place, *source.slot) = match;
    // What the rule's targets made for the match before is not this one's.
    for (const CompiledTarget& target : place.rule->targets) {
      if (target.slot.has_value()) At(place, *target.slot).set = false;
    }
    focus_ = ItemOf(match);
    if (absl::Status status = RunSource(place, index + 1); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Executor::Apply(const Place& place) {
  if (place.rule->by_type) return ApplyByType(place);
  const Item focus = focus_;
  for (const CompiledTarget& target : place.rule->targets) {
    focus_ = focus;
    if (absl::Status status = ApplyTarget(place, target); !status.ok()) return status;
  }
  for (const CompiledCall& call : place.rule->calls) {
    if (absl::Status status = Call(place, call); !status.ok()) return status;
  }
  if (place.rule->rules.empty()) return absl::OkStatus();
  Place inner = place;
  ++inner.depth;
  return RunRules(place.rule->rules, inner);
}

// ---- sources ----

absl::StatusOr<std::vector<Var>> Executor::Matches(const Place& place, const CompiledSource& source) {
  std::vector<Var> matches;
  absl::StatusOr<Var> context = Read(place, source.context);
  if (!context.ok()) return context.status();
  if (!context->set) return matches;
  if (absl::Status status = Walk(*context, source.ast->element, matches); !status.ok()) return status;
  if (!source.type.empty()) {
    std::erase_if(matches, [&](const Var& match) { return !HasType(ItemOf(match), source.type); });
  }
  if (absl::Status status = CheckCardinality(source, matches.size()); !status.ok()) return status;
  if (matches.empty() && source.default_value.has_value()) {
    absl::StatusOr<Argument> values = Evaluate(place, *source.default_value, nullptr);
    if (!values.ok()) return values.status();
    if (!values->empty()) matches.push_back({values->front(), nullptr, context->path, true});
  }
  if (source.condition.has_value() || source.check.has_value() || source.log_message.has_value()) {
    std::vector<Var> kept;
    for (const Var& match : matches) {
      absl::StatusOr<bool> keeps = Keeps(place, source, match);
      if (!keeps.ok()) return keeps.status();
      if (*keeps) kept.push_back(match);
    }
    matches = std::move(kept);
  }
  if (absl::Status status = ApplyListMode(source, matches); !status.ok()) return status;
  return matches;
}

absl::Status Executor::Walk(const Var& from, const std::vector<std::string>& path, std::vector<Var>& out) {
  out.push_back(from);
  if (path.empty()) {
    // A primitive target that was never written is nothing to read.
    const Item item = ItemOf(from);
    if (from.target != nullptr && item.is_node() && item.node().is_null()) out.clear();
    return absl::OkStatus();
  }
  for (const std::string& name : path) {
    std::vector<Var> next;
    for (const Var& var : out) {
      children_.clear();
      Children(ItemOf(var), name, program_.model, children_);
      if (absl::Status status = Step(1 + children_.size()); !status.ok()) return status;
      for (size_t i = 0; i < children_.size(); ++i) {
        const int64_t index = children_.size() > 1 ? static_cast<int64_t>(i) : -1;
        const auto* node = new (arena_.AllocateArray<PathNode>(1)) PathNode{var.path, name, index};
        next.push_back({children_[i], nullptr, node, true});
      }
    }
    out = std::move(next);
  }
  return absl::OkStatus();
}

bool Executor::HasType(const Item& item, std::string_view type) const {
  const std::string_view name = TypeNameOf(item, program_.model);
  if (name == type) return true;
  if (program_.model != nullptr && item.is_node() && item.type() != fhirpath::kUnknownType) {
    const fhirpath::TypeId wanted = program_.model->FindType(type);
    return wanted != fhirpath::kUnknownType && program_.model->IsA(item.type(), wanted);
  }
  if (item.is_node() && item.node().is_object()) {
    const json::Value* resource = item.node().Find("resourceType");
    return resource != nullptr && resource->text() == type;
  }
  // A text of plain JSON is whatever kind of text is asked for; a whole number is a decimal, too.
  if (name == "integer") return type == "decimal" || type == "positiveInt" || type == "unsignedInt";
  const bool other_kind = type == "boolean" || type == "integer" || type == "decimal" || type == "positiveInt" ||
                          type == "unsignedInt" || type == "integer64";
  return name == "string" && !other_kind && !type.empty() && type[0] >= 'a' && type[0] <= 'z';
}

absl::Status Executor::CheckCardinality(const CompiledSource& source, size_t count) const {
  const bool few = source.ast->min.has_value() && count < *source.ast->min;
  const bool many = source.max.has_value() && count > *source.max;
  if (!few && !many) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(count, " times ", source.ast->element.empty() ? source.ast->context : source.ast->element.back(),
                   ", expected ", source.ast->min.value_or(0), "..", source.ast->max.empty() ? "*" : source.ast->max));
}

absl::StatusOr<bool> Executor::Keeps(const Place& place, const CompiledSource& source, const Var& match) {
  if (source.slot.has_value()) At(place, *source.slot) = match;
  const Item focus = ItemOf(match);
  if (source.condition.has_value()) {
    absl::StatusOr<bool> holds = Holds(place, *source.condition, focus);
    if (!holds.ok() || !*holds) return holds;
  }
  if (source.check.has_value()) {
    absl::StatusOr<bool> holds = Holds(place, *source.check, focus);
    if (!holds.ok()) return holds;
    if (!*holds) {
      return absl::InvalidArgumentError(
          absl::StrCat("check failed, expected ", source.ast->check->text.substr(0, 400)));
    }
  }
  if (source.log_message.has_value() && options_.log) {
    absl::StatusOr<Argument> values = Evaluate(place, *source.log_message, &focus);
    if (!values.ok()) return values.status();
    for (const Item& item : *values) options_.log(TextOf(item).value_or("(an object)"));
  }
  return true;
}

absl::StatusOr<bool> Executor::Holds(const Place& place, const CompiledExpression& expression, const Item& focus) {
  absl::StatusOr<Argument> values = Evaluate(place, expression, &focus);
  if (!values.ok()) return values.status();
  if (values->empty()) return false;
  if (values->size() > 1)
    return absl::InvalidArgumentError("a condition with more than one value, expected true or false");
  const Item& value = values->front();
  if (value.kind() == fhirpath::ItemKind::kBoolean) return value.boolean();
  if (value.is_node() && value.node().is_bool()) return value.node().bool_value();
  return true;  // a single value that is no truth value counts as true (FHIRPath, singleton evaluation)
}

absl::Status Executor::ApplyListMode(const CompiledSource& source, std::vector<Var>& matches) {
  if (matches.empty()) return absl::OkStatus();
  switch (source.ast->list_mode) {
    case Source::ListMode::kAll:
      break;
    case Source::ListMode::kFirst:
      matches.resize(1);
      break;
    case Source::ListMode::kNotFirst:
      matches.erase(matches.begin());
      break;
    case Source::ListMode::kLast:
      matches.erase(matches.begin(), matches.end() - 1);
      break;
    case Source::ListMode::kNotLast:
      matches.pop_back();
      break;
    case Source::ListMode::kOnlyOne:
      if (matches.size() > 1) {
        return absl::InvalidArgumentError(absl::StrCat(matches.size(), " values, expected only one"));
      }
  }
  return absl::OkStatus();
}

// ---- reading variables ----

Item Executor::ItemOf(const Var& var) const { return var.target != nullptr ? writer_.Read(*var.target) : var.item; }

absl::StatusOr<Var> Executor::Read(const Place& place, VariableRef variable) {
  if (variable.kind != VariableRef::Kind::kConstant) return At(place, variable.slot);
  absl::StatusOr<const fhirpath::Collection*> value = ConstantValue(variable.slot);
  if (!value.ok()) return value.status();
  if ((*value)->empty()) return Var{};
  const auto* path =
      new (arena_.AllocateArray<PathNode>(1)) PathNode{nullptr, program_.constants[variable.slot].ast->name, -1};
  return Var{(*value)->front(), nullptr, path, true};
}

absl::StatusOr<const fhirpath::Collection*> Executor::ConstantValue(uint32_t index) {
  if (constants_[index].has_value()) return &*constants_[index];
  const CompiledConstant& constant = program_.constants[index];
  if (constants_running_[index]) {
    return absl::InvalidArgumentError(
        absl::StrCat("the constant '", constant.ast->name, "' needs itself, expected a value that does not"));
  }
  constants_running_[index] = true;
  absl::StatusOr<Argument> values = Evaluate(Place{}, *constant.expression, nullptr);
  constants_running_[index] = false;
  if (!values.ok()) return values.status();
  fhirpath::Collection collection;
  for (const Item& item : *values) collection.Add(item);
  constants_[index] = std::move(collection);
  return &*constants_[index];
}

absl::StatusOr<Argument> Executor::Evaluate(const Place& place, const CompiledExpression& expression,
                                            const Item* focus) {
  for (const CompiledExpression::Binding& binding : expression.bindings) {
    fhirpath::Collection value;
    if (binding.variable.kind == VariableRef::Kind::kConstant) {
      absl::StatusOr<const fhirpath::Collection*> constant = ConstantValue(binding.variable.slot);
      if (!constant.ok()) return constant.status();
      value = **constant;
    } else if (const Var& var = At(place, binding.variable.slot); var.set) {
      const Item item = ItemOf(var);
      if (!item.is_node() || !item.node().is_null() || item.sibling() != nullptr) value.Add(item);
    }
    context_.SetVariable(binding.name, std::move(value));
  }
  context_.limits().max_steps = options_.limits.max_steps - std::min(steps_, options_.limits.max_steps);
  absl::StatusOr<fhirpath::Collection> result = expression.expression.Evaluate(focus, context_);
  if (absl::Status status = Step(context_.steps() + 1); !status.ok()) return status;
  if (!result.ok()) {
    return absl::Status(result.status().code(),
                        absl::StrCat("in the FHIRPath expression ", expression.expression.source().substr(0, 200), ": ",
                                     std::string(result.status().message())));
  }
  return Argument(result->begin(), result->end());
}

absl::StatusOr<Argument> Executor::ReadArgument(const Place& place, const CompiledParameter& parameter) {
  switch (parameter.kind) {
    case CompiledParameter::Kind::kLiteral:
      return Argument{parameter.literal};
    case CompiledParameter::Kind::kExpression: {
      const Item focus = focus_;
      return Evaluate(place, *parameter.expression, &focus);
    }
    case CompiledParameter::Kind::kVariable:
      break;
  }
  absl::StatusOr<Var> var = Read(place, parameter.variable);
  if (!var.ok()) return var.status();
  if (!var->set) return Argument();
  std::vector<Var> values;
  if (absl::Status status = Walk(*var, parameter.path, values); !status.ok()) return status;
  Argument items;
  for (const Var& value : values) items.push_back(ItemOf(value));
  return items;
}

absl::Status Executor::Call(const Place& place, const CompiledCall& call) {
  std::vector<Var> inputs;
  for (size_t i = 0; i < call.parameters.size(); ++i) {
    const CompiledParameter& parameter = call.parameters[i];
    if (parameter.kind == CompiledParameter::Kind::kVariable && parameter.path.empty()) {
      absl::StatusOr<Var> var = Read(place, parameter.variable);
      if (!var.ok()) return var.status();
      // A target that was not made, since its transform gave nothing, has nothing to fill.
      if (!var->set && call.group->inputs[i].mode == Input::Mode::kTarget) return absl::OkStatus();
      inputs.push_back(*std::move(var));
    } else {
      absl::StatusOr<Argument> argument = ReadArgument(place, parameter);
      if (!argument.ok()) return argument.status();
      Var var;
      var.set = !argument->empty();
      if (var.set) var.item = argument->front();
      inputs.push_back(var);
    }
    const CompiledInput& input = call.group->inputs[i];
    Var& var = inputs.back();
    const bool untyped = var.target != nullptr && var.target->type == fhirpath::kUnknownType;
    if (untyped && !var.target->is_primitive()) {  // the group's parameter says what the element is
      var.target->type = input.type.id;
    } else if (var.target == nullptr && var.set && var.item.is_node() && var.item.type() == fhirpath::kUnknownType &&
               input.type.id != fhirpath::kUnknownType) {
      var.item = Item::Node(var.item.node(), input.type.id, var.item.sibling());
    }
  }
  return RunGroup(*call.group, inputs, place.depth + 1);
}

}  // namespace hjerte::structuremap
