#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/executor.h"
#include "mapping/structuremap/values.h"

// The half of a run that writes: targets, transforms, default groups and the lineage.

namespace hjerte::structuremap {
namespace {

using fhirpath::Item;

bool Shares(const Target& target) {
  for (const Target::ListMode mode : target.list_modes) {
    if (mode == Target::ListMode::kShare) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<TargetNode*> Executor::Descend(const CompiledTarget& target, TargetNode* context) {
  for (size_t i = 0; i + 1 < target.ast->element.size(); ++i) {
    absl::StatusOr<TargetNode*> next = writer_.Make(*context, StepOf(target, i));
    if (!next.ok()) return next;
    context = *next;
  }
  return context;
}

absl::StatusOr<TargetNode*> Executor::MakeElement(const Place& place, const CompiledTarget& compiled,
                                                  TargetNode& parent) {
  const Target& target = *compiled.ast;
  if (!Shares(target)) return writer_.Make(parent, LastStep(compiled), &target);
  const std::string& name = target.element.back();
  // Without a name of its own, what is shared is the element of that name of this very parent.
  const std::string key = !target.list_rule_id.empty()
                              ? target.list_rule_id
                              : absl::StrCat(name, "@", reinterpret_cast<uintptr_t>(parent.object.identity()));
  for (const SharedScope* scope = place.shared; scope != nullptr; scope = scope->outer) {
    for (const auto& [known, node] : scope->nodes) {
      if (known == key) return node;
    }
  }
  absl::StatusOr<TargetNode*> made = writer_.Make(parent, LastStep(compiled), &target);
  if (made.ok()) place.shared->nodes.emplace_back(key, *made);
  return made;
}

absl::Status Executor::ApplyTarget(const Place& place, const CompiledTarget& target) {
  if (absl::Status status = Step(); !status.ok()) return status;
  TargetNode* context = nullptr;
  if (target.has_context) {
    const Var& var = At(place, target.context.slot);
    if (!var.set) return absl::OkStatus();
    context = var.target;
    if (context == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("the variable '", target.ast->context, "' holds a value, expected an element of the target"));
    }
    absl::StatusOr<TargetNode*> parent = Descend(target, context);
    if (!parent.ok()) return parent.status();
    context = *parent;
  }
  TargetNode* written = nullptr;
  MadeValue value;
  const bool element = !target.ast->element.empty();
  if (target.ast->transform == Transform::kNone) {
    written = context;
    if (element) {
      absl::StatusOr<TargetNode*> made = MakeElement(place, target, *context);
      if (!made.ok()) return made.status();
      written = *made;
    }
  } else {
    Values values;
    if (absl::Status status = Make(place, target, context, values); !status.ok()) return status;
    if (values.empty()) return absl::OkStatus();
    if (values.size() > 1 && (context == nullptr || !element || !writer_.IsRepeating(*context, LastStep(target)))) {
      return absl::InvalidArgumentError(absl::StrCat(values.size(), " values for ",
                                                     element ? target.ast->element.back() : target.ast->variable,
                                                     ", expected one, since it does not repeat"));
    }
    for (const MadeValue& made : values) {
      absl::StatusOr<TargetNode*> node = Write(place, target, context, made);
      if (!node.ok()) return node.status();
      written = *node;
    }
    value = values.back();
  }
  if (!target.slot.has_value()) return absl::OkStatus();
  Var& var = At(place, *target.slot);
  var = Var{value.item, written, written != nullptr ? written->path : nullptr, true};
  return absl::OkStatus();
}

// Whether the element takes the loose node itself, so that what is written to it later stands there too: it has the
// type asked for and is not to stand within itself.
bool Executor::TakesIn(const TargetNode& context, ElementStep& step, const MadeValue& value) {
  for (const PathNode* path = context.path; path != nullptr; path = path->parent) {
    if (path == value.node->path) return false;
  }
  const std::string_view type = writer_.ElementType(context, step);
  return type.empty() || type == value.type ||
         (program_.model != nullptr && program_.model->IsA(value.node->type, program_.model->FindType(type)));
}

absl::StatusOr<TargetNode*> Executor::Write(const Place& place, const CompiledTarget& target, TargetNode* context,
                                            MadeValue value) {
  if (context == nullptr) {
    if (value.node != nullptr && target.ast->transform == Transform::kCreate) {
      value.node->path = new (arena_.AllocateArray<PathNode>(1)) PathNode{nullptr, target.ast->variable, -1};
      value.node->loose = true;
    }
    return value.node;
  }
  if (target.ast->element.empty()) {
    if (value.node != nullptr && value.node->loose) value.node = nullptr;
    if (absl::Status status = writer_.Assign(*context, value); !status.ok()) return status;
    Trace(place, target, *context);
    return context;
  }
  if (value.node != nullptr && value.node->loose) {
    if (TakesIn(*context, LastStep(target), value)) {
      value.node->loose = false;
    } else {
      value.node = nullptr;
    }
  }
  const bool wanted = target.slot.has_value() || options_.lineage != nullptr;
  absl::StatusOr<TargetNode*> node = writer_.Set(*context, LastStep(target), value, target.ast, wanted);
  if (node.ok() && *node != nullptr && target.ast->transform != Transform::kCreate) Trace(place, target, **node);
  return node;
}

MadeValue Executor::ValueOf(const Item& item) const { return {item, TypeNameOf(item, program_.model), false, nullptr}; }

// copy, by far the most common transform, without the collections the others need.
absl::Status Executor::Copy(const Place& place, const CompiledTarget& target, Values& out) {
  const CompiledParameter& parameter = target.parameters[0];
  if (parameter.kind == CompiledParameter::Kind::kLiteral) {
    MadeValue value = ValueOf(parameter.literal);
    value.lasting = true;
    out.push_back(value);
    return absl::OkStatus();
  }
  const bool simple = parameter.kind == CompiledParameter::Kind::kVariable && parameter.path.empty() &&
                      parameter.variable.kind != VariableRef::Kind::kConstant;
  if (simple) {
    const Var& var = At(place, parameter.variable.slot);
    if (!var.set) return absl::OkStatus();
    const Item item = ItemOf(var);
    // `tgt as t`, as R4's resources write it: another name of the element itself.
    if (!target.has_context && var.target != nullptr) {
      out.push_back(ValueOf(item));
      out.back().node = var.target;
      return absl::OkStatus();
    }
    // A primitive target that was never written is nothing to read.
    if (var.target != nullptr && item.is_node() && item.node().is_null()) return absl::OkStatus();
    out.push_back(ValueOf(item));
    if (var.target != nullptr && var.target->loose && var.target->object.is_object()) out.back().node = var.target;
    return absl::OkStatus();
  }
  Argument items;
  if (absl::Status status = ReadArgument(place, parameter, items); !status.ok()) return status;
  for (const Item& item : items) out.push_back(ValueOf(item));
  return absl::OkStatus();
}

absl::Status Executor::Make(const Place& place, const CompiledTarget& target, TargetNode* context, Values& out) {
  if (target.ast->transform == Transform::kCopy) return Copy(place, target, out);
  ElementStep nothing;
  ElementStep& step = target.ast->element.empty() ? nothing : LastStep(target);
  const std::string_view type = context == nullptr ? std::string_view() : writer_.ElementType(*context, step);
  if (target.ast->transform == Transform::kCreate) {
    if (context == nullptr || !context->lenient) {
      if (absl::Status status = CheckCreated(target.create, type); !status.ok()) return status;
    }
    return Create(target, type, out);
  }
  absl::InlinedVector<Argument, 3> arguments(target.parameters.size());
  size_t first = 0;
  if (target.ast->transform == Transform::kEvaluate && target.parameters.size() == 2) {
    Argument focus;
    if (absl::Status status = ReadArgument(place, target.parameters[0], focus); !status.ok()) return status;
    if (focus.empty()) return absl::OkStatus();
    focus_ = focus.front();
    first = 1;
  }
  for (size_t i = first; i < target.parameters.size(); ++i) {
    if (absl::Status status = ReadArgument(place, target.parameters[i], arguments[i]); !status.ok()) return status;
  }
  switch (target.ast->transform) {
    case Transform::kEvaluate:
      for (const Item& item : arguments.back()) out.push_back(ValueOf(item));
      return absl::OkStatus();
    case Transform::kUuid:
      out.push_back(TextValue(options_.uuid ? options_.uuid() : RandomUuid()));
      return absl::OkStatus();
    case Transform::kReference:
    case Transform::kPointer: {
      if (arguments[0].empty()) return absl::OkStatus();
      absl::StatusOr<std::string> reference = ReferenceTo(target, arguments[0].front());
      if (!reference.ok()) return reference.status();
      out.push_back(TextValue(*reference));
      return absl::OkStatus();
    }
    default:
      break;
  }
  const TransformContext environment{program_.model, &program_.concept_maps, &arena_, type, target.concept_map};
  absl::StatusOr<std::optional<MadeValue>> made =
      RunTransform(target.ast->transform, std::span<const Argument>(arguments.data(), arguments.size()), environment);
  if (!made.ok()) return made.status();
  if (made->has_value()) out.push_back(**made);
  return absl::OkStatus();
}

MadeValue Executor::TextValue(std::string_view text) const {
  const fhirpath::TypeId type = program_.model == nullptr ? fhirpath::kUnknownType : program_.model->FindType("string");
  return {Item::Node(json::Value::String(arena_.CopyText(text)), type), "string", true, nullptr};
}

// That what is created may stand in an element of that type.
absl::Status Executor::CheckCreated(const ResolvedType& created, std::string_view element_type) const {
  if (program_.model == nullptr || element_type.empty() || created.name == element_type) return absl::OkStatus();
  if (created.MayStandIn(program_.model->FindType(element_type), *program_.model)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("create: a ", created.name, " where a ", std::string(element_type), " was expected"));
}

absl::Status Executor::Create(const CompiledTarget& target, std::string_view element_type, Values& out) {
  fhirpath::TypeId type = target.create.id;
  std::string_view name = target.create.name;
  bool lenient = target.create.lenient;
  if (name.empty()) {
    if (element_type.empty()) {
      return absl::InvalidArgumentError("create() where the type is not known or a choice, expected create('…')");
    }
    name = element_type;
    type = program_.model->FindType(element_type);
    lenient = false;
  }
  MadeValue value;
  value.node = writer_.New(type, name, lenient, nullptr);
  value.type = type != fhirpath::kUnknownType ? program_.model->Name(type) : std::string_view(target.create.name);
  // Without a model a resource is known by where it stands.
  const bool holds_resource =
      !target.has_context || (!target.ast->element.empty() &&
                              (target.ast->element.back() == "resource" || target.ast->element.back() == "contained"));
  if (program_.model == nullptr && holds_resource && value.node->object.is_object() && !name.empty()) {
    writer_.Add(*value.node, "resourceType", json::Value::String(arena_.CopyText(name)));
  }
  out.push_back(value);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Executor::ReferenceTo(const CompiledTarget& target, const Item& item) {
  if (!item.is_node() || !item.node().is_object()) {
    return absl::InvalidArgumentError("a reference to a value, expected a resource");
  }
  if (options_.reference) {
    if (std::optional<std::string> reference = options_.reference(item.node()); reference.has_value()) {
      return *std::move(reference);
    }
  }
  const json::Value* resource_type = item.node().Find("resourceType");
  const json::Value* id = item.node().Find("id");
  if (resource_type == nullptr) return absl::InvalidArgumentError("a reference to an element, expected a resource");
  if (id == nullptr) {
    return absl::InvalidArgumentError("a reference to a resource without an id, expected it to have one by now");
  }
  if (target.ast->transform == Transform::kPointer) return absl::StrCat("urn:uuid:", std::string(id->text()));
  return absl::StrCat(std::string(resource_type->text()), "/", std::string(id->text()));
}

// The short form `src.a -> tgt.a`: the default group of the two types, else a copy.
absl::Status Executor::ApplyByType(const Place& place) {
  const CompiledTarget& target = place.rule->targets[0];
  const Var& context_var = At(place, target.context.slot);
  const Var source = At(place, *place.rule->sources[0].slot);
  if (!target.has_context || !context_var.set || context_var.target == nullptr || !source.set) return absl::OkStatus();
  absl::StatusOr<TargetNode*> parent = Descend(target, context_var.target);
  if (!parent.ok()) return parent.status();
  TargetNode& context = **parent;
  const Item item = ItemOf(source);
  ElementStep& step = LastStep(target);
  const std::string source_type(TypeNameOf(item, program_.model));
  const std::string target_type(writer_.ElementType(context, step));
  const CompiledGroup* group = nullptr;
  if (const auto found = program_.by_types.find({source_type, target_type}); found != program_.by_types.end()) {
    group = found->second;
  } else if (const auto any = program_.by_source.find(source_type);
             target_type.empty() && any != program_.by_source.end()) {
    group = any->second;
  }
  if (absl::Status status = Step(); !status.ok()) return status;
  TargetNode* written = nullptr;
  if (group == nullptr) {
    absl::StatusOr<TargetNode*> copied = writer_.Set(context, step, ValueOf(item), target.ast);
    if (!copied.ok()) return copied.status();
    Trace(place, target, **copied);
    At(place, *target.slot) = Var{item, *copied, (*copied)->path, true};
    return absl::OkStatus();
  }
  if (target_type.empty()) {
    const ResolvedType& type = group->inputs[1].type;
    MadeValue value;
    value.node = writer_.New(type.id, type.name, type.lenient, nullptr);
    value.type = type.name;
    absl::StatusOr<TargetNode*> made = writer_.Set(context, step, value, target.ast);
    if (!made.ok()) return made.status();
    written = *made;
  } else {
    absl::StatusOr<TargetNode*> made = writer_.Make(context, step, target.ast);
    if (!made.ok()) return made.status();
    written = *made;
  }
  At(place, *target.slot) = Var{item, written, written->path, true};
  const Var inputs[] = {source, Var{{}, written, written->path, true}};
  return RunGroup(*group, inputs, place.depth + 1);
}

// ---- lineage ----

std::vector<std::string> Executor::SourcesOf(const Place& place, const CompiledTarget& target, bool& constant) {
  std::vector<std::string> sources;
  const auto add = [&](VariableRef variable, const std::string& path) {
    if (variable.kind == VariableRef::Kind::kConstant) return;
    const Var& var = At(place, variable.slot);
    if (!var.set || var.path == nullptr) return;
    std::string text = var.path->ToString();
    if (!path.empty()) absl::StrAppend(&text, ".", path);
    for (const std::string& known : sources) {
      if (known == text) return;
    }
    sources.push_back(std::move(text));
  };
  for (const CompiledParameter& parameter : target.parameters) {
    if (parameter.kind == CompiledParameter::Kind::kVariable) {
      std::string path;
      for (const std::string& name : parameter.path) absl::StrAppend(&path, path.empty() ? "" : ".", name);
      add(parameter.variable, path);
    } else if (parameter.kind == CompiledParameter::Kind::kExpression) {
      for (const CompiledExpression::Field& field : parameter.expression->fields) add(field.variable, field.path);
    }
  }
  const bool copies = target.ast->transform == Transform::kCreate;
  constant = sources.empty() && !copies;
  if (!sources.empty()) return sources;
  for (const CompiledSource& source : place.rule->sources) {
    add(source.slot.has_value() ? VariableRef{VariableRef::Kind::kSource, *source.slot} : source.context, "");
  }
  return sources;
}

void Executor::Trace(const Place& place, const CompiledTarget& target, const TargetNode& written) {
  if (!options_.lineage) return;
  LineageStep step;
  step.map = place.group->map->url;
  step.group = place.group->ast->name;
  step.rule = place.rule->label;
  step.target = written.path == nullptr ? "" : written.path->ToString();
  step.sources = SourcesOf(place, target, step.constant);
  options_.lineage(step);
}

}  // namespace hjerte::structuremap
