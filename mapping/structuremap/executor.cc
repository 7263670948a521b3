#include "mapping/structuremap/executor.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/map_error.h"
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
      elements_(program.step_count),
      memos_(program.expression_count),
      walks_(program.walk_count),
      parts_(program.part_count),
      constants_(program.constants.size()),
      constants_running_(program.constants.size()) {
  context_.set_json_members(true);
  if (!program.reads_targets) context_.set_member_index(&member_index_);
}

absl::StatusOr<RunResult> Executor::Run(const json::Value& source) {
  if (!options_.now.empty()) {
    const auto now = fhirpath::Temporal::ParseDateTime(options_.now);
    if (!now.has_value()) return absl::InvalidArgumentError("now: expected an instant such as 2026-01-31T12:00:00Z");
    context_.set_now(*now);
  }
  const CompiledGroup& entry = *program_.entry;
  Inputs inputs(2);
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
  const json::Value made = writer_.IsTidy() ? target->object : TargetWriter::WithoutEmpty(target->object, arena_);
  return RunResult{made, steps_ + writer_.written()};
}

absl::Status Executor::BeyondLimit() const {
  if (steps_ > options_.limits.max_steps) {
    return absl::ResourceExhaustedError(absl::StrCat("more than ", options_.limits.max_steps,
                                                     " steps, expected a map "
                                                     "that needs fewer for this source"));
  }
  return absl::ResourceExhaustedError("more memory than the limit allows was needed");
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
  absl::Status told(status.code(),
                    absl::StrCat(map.file, ":", rule.at.line, ":", rule.at.column, ": map ", map.url, ", group '",
                                 place.group->ast->name, "', rule '", place.rule->label, "', source ",
                                 path.empty() ? "(none)" : path, ": ", std::string(status.message())));
  CarryCode(told, PlaceOf(status).code);
  CarryPlace(told, place.group->ast->name, place.rule->label, path,
             std::string_view(status.message().data(), status.message().size()));
  return told;
}

absl::Status Executor::RunGroup(const CompiledGroup& group, std::span<const Var> inputs, int depth) {
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
    Inputs base;
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
  // What is read of a target may have changed when the next list reads it.
  place.list = program_.reads_targets ? ++lists_ : 0;
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
    if (status.ok()) status = rule.sources.empty() ? Apply(place) : RunSource(place, 0);
    if (!status.ok()) return Annotate(status, place);
  }
  return absl::OkStatus();
}

absl::Status Executor::RunSource(const Place& place, size_t index) {
  const CompiledSource& source = place.rule->sources[index];
  const bool last = index + 1 == place.rule->sources.size();
  const size_t base = matches_.size();
  absl::Status status = Match(place, source);
  const size_t end = matches_.size();
  for (size_t i = base; i < end && status.ok(); ++i) {
    const Var match = matches_[i];
    if (source.slot.has_value()) At(place, *source.slot) = match;
    // What the rule's targets made for the match before is not this one's.
    for (const CompiledTarget& target : place.rule->targets) {
      if (target.slot.has_value()) At(place, *target.slot).set = false;
    }
    focus_ = ItemOf(match);
    status = last ? Apply(place) : RunSource(place, index + 1);
  }
  matches_.resize(base);
  return status;
}

absl::Status Executor::Apply(const Place& place) {
  // The lineage tells of each element that was written.
  if (place.rule->part.has_value() && options_.lineage == nullptr) return ApplyPart(place);
  return Build(place);
}

absl::Status Executor::Build(const Place& place) {
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

absl::Status Executor::Match(const Place& place, const CompiledSource& source) {
  const size_t base = matches_.size();
  if (source.plain && source.context.kind != VariableRef::Kind::kConstant) {
    const Var& var = At(place, source.context.slot);
    if (!var.set) return absl::OkStatus();
    if (MatchPlain(source, var)) return Step(2 * source.ast->element.size());
  }
  absl::StatusOr<Var> context = Read(place, source.context);
  if (!context.ok()) return context.status();
  if (!context->set) return absl::OkStatus();
  if (source.walk.has_value() && MayShareWalk(*context)) return MatchShared(place, source, *context);
  if (absl::Status status = Walk(*context, source.ast->element, matches_); !status.ok()) return status;
  if (!source.type.empty()) {
    const auto other = [&](const Var& match) { return !HasType(ItemOf(match), source.type); };
    matches_.erase(std::remove_if(matches_.begin() + static_cast<ptrdiff_t>(base), matches_.end(), other),
                   matches_.end());
  }
  if (absl::Status status = CheckCardinality(source, matches_.size() - base); !status.ok()) return status;
  if (matches_.size() == base && source.default_value.has_value()) {
    Argument values;
    if (absl::Status status = Evaluate(place, *source.default_value, nullptr, values); !status.ok()) return status;
    if (!values.empty()) matches_.push_back({values.front(), nullptr, context->path, true});
  }
  return KeepMatches(place, source, base);
}

bool Executor::MatchPlain(const CompiledSource& source, const Var& var) {
  if (var.target != nullptr) return false;
  if (source.ast->element.empty()) {
    matches_.push_back(Var(var));
    return true;
  }
  const Item& item = var.item;
  if (!item.is_node() || item.type() != fhirpath::kUnknownType || !item.node().is_object()) return false;
  const std::string& name = source.ast->element.front();
  const json::Value* value = nullptr;
  for (const json::Member& member : item.node().members()) {
    if (member.Is(name)) value = &member.value;
    if (member.IsBeside(name)) return false;
  }
  if (value == nullptr || value->is_array() || value->is_null()) return false;
  const fhirpath::TypeId type =
      value->is_object() ? TypeOfNode(*value, fhirpath::kUnknownType, program_.model) : fhirpath::kUnknownType;
  const auto* path = new (arena_.AllocateArray<PathNode>(1)) PathNode{var.path, name, -1};
  matches_.push_back({Item::Node(*value, type), nullptr, path, true});
  return true;
}

absl::Status Executor::KeepMatches(const Place& place, const CompiledSource& source, size_t base) {
  if (source.condition.has_value() || source.check.has_value() || source.log_message.has_value()) {
    size_t kept = base;
    for (size_t i = base; i < matches_.size(); ++i) {
      const Var match = matches_[i];
      absl::StatusOr<bool> keeps = Keeps(place, source, match);
      if (!keeps.ok()) return keeps.status();
      if (*keeps) matches_[kept++] = match;
    }
    matches_.resize(kept);
  }
  return ApplyListMode(source, base);
}

absl::Status Executor::Walk(const Var& from, const std::vector<std::string>& path, std::vector<Var>& out) {
  const size_t base = out.size();
  const Item start = ItemOf(from);
  if (path.empty()) {
    // A primitive target that was never written is nothing to read.
    if (from.target == nullptr || !start.is_node() || !start.node().is_null()) out.push_back(from);
    return absl::OkStatus();
  }
  if (absl::Status status = AppendChildren({start, nullptr, from.path, true}, path.front(), out); !status.ok()) {
    return status;
  }
  size_t begin = base;
  for (size_t step = 1; step < path.size(); ++step) {
    const size_t end = out.size();
    for (; begin < end; ++begin) {
      const Var parent = out[begin];
      if (absl::Status status = AppendChildren(parent, path[step], out); !status.ok()) return status;
    }
  }
  // Only what the last step led to is asked for.
  out.erase(out.begin() + static_cast<ptrdiff_t>(base), out.begin() + static_cast<ptrdiff_t>(begin));
  return absl::OkStatus();
}

absl::Status Executor::AppendChildren(const Var& parent, const std::string& name, std::vector<Var>& out) {
  children_.clear();
  Children(parent.item, name, program_.model, children_);
  for (size_t i = 0; i < children_.size(); ++i) {
    const int64_t index = children_.size() > 1 ? static_cast<int64_t>(i) : -1;
    const auto* node = new (arena_.AllocateArray<PathNode>(1)) PathNode{parent.path, name, index};
    out.push_back({children_[i], nullptr, node, true});
  }
  return Step(1 + children_.size());
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
    Argument values;
    if (absl::Status status = Evaluate(place, *source.log_message, &focus, values); !status.ok()) return status;
    for (const Item& item : values) options_.log(TextOf(item).value_or("(an object)"));
  }
  return true;
}

absl::StatusOr<bool> Executor::Holds(const Place& place, const CompiledExpression& expression, const Item& focus) {
  absl::StatusOr<Memo*> memo = Prepare(place, expression, &focus);
  if (!memo.ok()) return memo.status();
  if (*memo != nullptr && (*memo)->has_truth) return (*memo)->truth;
  const absl::StatusOr<std::optional<bool>> result = expression.expression.EvaluateBoolean(&focus, context_);
  if (absl::Status status = EndExpression(expression, result.status()); !status.ok()) return status;
  const bool truth = result->value_or(false);
  if (*memo != nullptr) {
    (*memo)->truth = truth;
    (*memo)->has_truth = true;
  }
  return truth;
}

absl::Status Executor::ApplyListMode(const CompiledSource& source, size_t base) {
  const size_t count = matches_.size() - base;
  if (count == 0) return absl::OkStatus();
  switch (source.ast->list_mode) {
    case Source::ListMode::kAll:
      break;
    case Source::ListMode::kFirst:
      matches_.resize(base + 1);
      break;
    case Source::ListMode::kNotFirst:
      matches_.erase(matches_.begin() + static_cast<ptrdiff_t>(base));
      break;
    case Source::ListMode::kLast:
      matches_[base] = matches_.back();
      matches_.resize(base + 1);
      break;
    case Source::ListMode::kNotLast:
      matches_.pop_back();
      break;
    case Source::ListMode::kOnlyOne:
      if (count > 1) return absl::InvalidArgumentError(absl::StrCat(count, " values, expected only one"));
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
  Argument values;
  const absl::Status status = Evaluate(Place{}, *constant.expression, nullptr, values);
  constants_running_[index] = false;
  if (!status.ok()) return status;
  constants_[index] = std::move(values);
  return &*constants_[index];
}

namespace {

// Whether an item is a text of the document or the map.
bool IsText(const Item& item) {
  return item.kind() == fhirpath::ItemKind::kString || (item.is_node() && item.node().is_string());
}

}  // namespace

absl::StatusOr<Executor::Memo*> Executor::Prepare(const Place& place, const CompiledExpression& expression,
                                                  const Item* focus) {
  const auto key = [](const Item& item) {
    const std::string_view text = item.is_node() ? item.node().text() : item.text();
    return TextKey{text.data(), text.size(), item.kind(), item.type(), item.is_node() ? item.sibling() : nullptr};
  };
  bool texts = focus != nullptr && IsText(*focus) && expression.bindings.size() <= 1;
  TextKey bound;
  // A constant's own expression may need others, which bind their variables: they come first.
  for (const CompiledExpression::Binding& binding : expression.bindings) {
    if (binding.variable.kind != VariableRef::Kind::kConstant) continue;
    if (auto constant = ConstantValue(binding.variable.slot); !constant.ok()) return constant.status();
  }
  context_.ClearVariables();
  for (const CompiledExpression::Binding& binding : expression.bindings) {
    fhirpath::Collection value;
    if (binding.variable.kind == VariableRef::Kind::kConstant) {
      value = *constants_[binding.variable.slot];
    } else if (const Var& var = At(place, binding.variable.slot); var.set) {
      const Item item = ItemOf(var);
      if (!item.is_node() || !item.node().is_null() || item.sibling() != nullptr) value.Add(item);
    }
    texts = texts && value.size() == 1 && IsText(value.front());
    if (texts) bound = key(value.front());
    context_.SetVariable(binding.name, std::move(value));
  }
  context_.limits().max_steps = options_.limits.max_steps - std::min(steps_, options_.limits.max_steps);
  if (!texts) return nullptr;
  Memo& memo = memos_[expression.number];
  if (const TextKey focused = key(*focus); memo.focus != focused || memo.bound != bound) {
    memo = Memo{.focus = focused, .bound = bound, .values = {}};
  }
  if (absl::Status status = Step(); !status.ok()) return status;
  return &memo;
}

absl::Status Executor::EndExpression(const CompiledExpression& expression, const absl::Status& status) {
  if (absl::Status limit = Step(context_.steps() + 1); !limit.ok()) return limit;
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("in the FHIRPath expression ", expression.expression.source().substr(0, 200), ": ",
                                   std::string(status.message())));
}

absl::Status Executor::Evaluate(const Place& place, const CompiledExpression& expression, const Item* focus,
                                Argument& out) {
  absl::StatusOr<Memo*> memo = Prepare(place, expression, focus);
  if (!memo.ok()) return memo.status();
  if (*memo != nullptr && (*memo)->has_values) {
    out = (*memo)->values;
    return absl::OkStatus();
  }
  absl::StatusOr<fhirpath::Collection> result = expression.expression.Evaluate(focus, context_);
  if (absl::Status status = EndExpression(expression, result.status()); !status.ok()) return status;
  out = *std::move(result);
  if (*memo != nullptr) {
    (*memo)->values = out;
    (*memo)->has_values = true;
  }
  return absl::OkStatus();
}

absl::Status Executor::ReadArgument(const Place& place, const CompiledParameter& parameter, Argument& out) {
  switch (parameter.kind) {
    case CompiledParameter::Kind::kLiteral:
      out.Add(parameter.literal);
      return absl::OkStatus();
    case CompiledParameter::Kind::kExpression: {
      const Item focus = focus_;
      return Evaluate(place, *parameter.expression, &focus, out);
    }
    case CompiledParameter::Kind::kVariable:
      break;
  }
  absl::StatusOr<Var> var = Read(place, parameter.variable);
  if (!var.ok()) return var.status();
  if (!var->set) return absl::OkStatus();
  const size_t base = matches_.size();
  absl::Status status = Walk(*var, parameter.path, matches_);
  for (size_t i = base; i < matches_.size(); ++i) out.Add(ItemOf(matches_[i]));
  matches_.resize(base);
  return status;
}

absl::Status Executor::Call(const Place& place, const CompiledCall& call) {
  Inputs inputs;
  for (size_t i = 0; i < call.parameters.size(); ++i) {
    const CompiledParameter& parameter = call.parameters[i];
    if (parameter.kind == CompiledParameter::Kind::kVariable && parameter.path.empty()) {
      absl::StatusOr<Var> var = Read(place, parameter.variable);
      if (!var.ok()) return var.status();
      // A target that was not made, since its transform gave nothing, has nothing to fill.
      if (!var->set && call.group->inputs[i].mode == Input::Mode::kTarget) return absl::OkStatus();
      inputs.push_back(*std::move(var));
    } else {
      Argument argument;
      if (absl::Status status = ReadArgument(place, parameter, argument); !status.ok()) return status;
      Var var;
      var.set = !argument.empty();
      if (var.set) var.item = argument.front();
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
