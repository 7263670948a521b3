#include "mapping/structuremap/compiler.h"

#include <charconv>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/json/arena.h"
#include "mapping/structuremap/expression_compiler.h"
#include "mapping/structuremap/json_form.h"
#include "mapping/structuremap/lexer.h"
#include "mapping/structuremap/linker.h"
#include "mapping/structuremap/literals.h"
#include "mapping/structuremap/part_finder.h"
#include "mapping/structuremap/walk_sharing.h"

namespace hjerte::structuremap {
namespace {

constexpr size_t kElementPathMax = 16;  // steps of one path; bounds the depth of what a map can write

// Compiles the rules of one group. Source and target variables have a namespace each, as in the published engines.
class GroupCompiler {
 public:
  GroupCompiler(CompiledProgram& program, const Linker& linker, const CompileOptions& options, CompiledGroup& group)
      : program_(program), linker_(linker), options_(options), group_(group), map_(*group.map) {}

  // The inputs alone; calls need those of every group.
  void Inputs() {
    for (const Input& input : group_.ast->inputs) {
      CompiledInput compiled;
      compiled.mode = input.mode;
      compiled.type = linker_.ResolveType(map_, input.type);
      compiled.slot = Define(
          input.name, input.mode == Input::Mode::kSource ? VariableRef::Kind::kSource : VariableRef::Kind::kTarget);
      group_.inputs.push_back(std::move(compiled));
    }
  }

  absl::Status Body() {
    Scope();
    if (absl::Status status = Extends(); !status.ok()) return status;
    return Rules(group_.ast->rules, group_.rules);
  }

 private:
  struct Name {
    std::string name;
    VariableRef variable;
  };

  uint32_t Define(const std::string& name, VariableRef::Kind kind) {
    const uint32_t slot = group_.frame_size++;
    scope_.push_back({name, {kind, slot}});
    return slot;
  }

  void Scope() {
    scope_.clear();
    for (size_t i = 0; i < group_.inputs.size(); ++i) {
      const bool source = group_.inputs[i].mode == Input::Mode::kSource;
      scope_.push_back({group_.ast->inputs[i].name,
                        {source ? VariableRef::Kind::kSource : VariableRef::Kind::kTarget, group_.inputs[i].slot}});
    }
  }

  std::optional<VariableRef> Find(std::string_view name, VariableRef::Kind kind) const {
    for (auto entry = scope_.rbegin(); entry != scope_.rend(); ++entry) {
      if (entry->name == name && entry->variable.kind == kind) return entry->variable;
    }
    return std::nullopt;
  }

  std::optional<VariableRef> FindConstant(std::string_view name) const {
    for (size_t i = 0; i < program_.constants.size(); ++i) {
      const CompiledConstant& constant = program_.constants[i];
      const Constant* first = map_.constants.data();
      const bool own = first <= constant.ast && constant.ast < first + map_.constants.size();
      if (own && constant.ast->name == name) {
        return VariableRef{VariableRef::Kind::kConstant, static_cast<uint32_t>(i)};
      }
    }
    return std::nullopt;
  }

  // A name where a value is read: a source variable, else a target variable, else a constant.
  std::optional<VariableRef> FindReadable(std::string_view name) const {
    if (const auto source = Find(name, VariableRef::Kind::kSource); source.has_value()) return source;
    if (const auto target = Find(name, VariableRef::Kind::kTarget); target.has_value()) {
      program_.reads_targets = true;
      return target;
    }
    return FindConstant(name);
  }

  // Says which rule it is that is being compiled: a map that was loaded as JSON has no lines to tell of.
  absl::Status Error(Position at, std::string_view what) const {
    std::string place = map_.url.empty() ? "" : absl::StrCat("map ", map_.url, ", ");
    absl::StrAppend(&place, "group '", group_.ast->name, "'");
    if (!rule_.empty()) absl::StrAppend(&place, ", rule '", rule_, "'");
    return ErrorAt(map_, at, absl::StrCat(place, ": ", std::string(what)));
  }

  absl::StatusOr<const CompiledGroup*> FindGroup(const std::string& name, Position at) const {
    if (const CompiledGroup* group = linker_.FindGroup(map_, name); group != nullptr) return group;
    return Error(at, absl::StrCat("no group named '", name, "', expected one of this map or of its imports"));
  }

  std::string Known(bool targets) const {
    std::string names;
    for (const Name& entry : scope_) {
      if (targets && entry.variable.kind != VariableRef::Kind::kTarget) continue;
      absl::StrAppend(&names, names.empty() ? "" : ", ", entry.name);
    }
    return names.empty() ? "none" : names;
  }

  absl::Status Unknown(Position at, const std::string& name, bool target) const {
    return Error(at, absl::StrCat("no ", target ? "target " : "", "variable named '", name,
                                  "', expected one of: ", Known(target)));
  }

  absl::Status Extends() {
    if (group_.ast->extends.empty()) return absl::OkStatus();
    absl::StatusOr<const CompiledGroup*> base = FindGroup(group_.ast->extends, group_.ast->at);
    if (!base.ok()) return base.status();
    group_.extends = *base;
    for (const CompiledGroup* step = *base; step != nullptr; step = step->extends) {
      if (step == &group_) return Error(group_.ast->at, "a group that extends itself, expected an end of the chain");
    }
    for (size_t i = 0; i < (*base)->inputs.size(); ++i) {
      const Input& wanted = (*base)->ast->inputs[i];
      absl::StatusOr<uint32_t> slot = InputFor(wanted, i);
      if (!slot.ok()) return slot.status();
      group_.extends_slots.push_back(*slot);
    }
    return absl::OkStatus();
  }

  // The input of this group that fills one of the group it extends: by name, else by position, with the same mode.
  absl::StatusOr<uint32_t> InputFor(const Input& wanted, size_t position) const {
    for (size_t i = 0; i < group_.inputs.size(); ++i) {
      if (group_.ast->inputs[i].name == wanted.name && group_.inputs[i].mode == wanted.mode)
        return group_.inputs[i].slot;
    }
    if (position < group_.inputs.size() && group_.inputs[position].mode == wanted.mode) {
      return group_.inputs[position].slot;
    }
    return Error(group_.ast->at, absl::StrCat("the group it extends, '", group_.ast->extends, "', expected a ",
                                              wanted.mode == Input::Mode::kSource ? "source" : "target", " parameter '",
                                              wanted.name, "'"));
  }

  absl::Status Rules(const std::vector<Rule>& rules, std::vector<CompiledRule>& out) {
    for (const Rule& rule : rules) {
      const size_t outer = scope_.size();
      out.emplace_back();
      if (absl::Status status = OneRule(rule, out.back()); !status.ok()) return status;
      scope_.resize(outer);
    }
    return absl::OkStatus();
  }

  absl::Status OneRule(const Rule& rule, CompiledRule& out) {
    out.ast = &rule;
    out.label = rule.name.empty() ? absl::StrCat(rule.at.line, ":", rule.at.column) : rule.name;
    rule_ = out.label;
    for (const Source& source : rule.sources) {
      if (absl::Status status = OneSource(source, out.sources.emplace_back()); !status.ok()) return status;
    }
    for (const Target& target : rule.targets) {
      if (absl::Status status = OneTarget(target, out.targets.emplace_back()); !status.ok()) return status;
    }
    // Only `create` without a type asks for it: the simple form, and what it is short for.
    out.by_type = rule.sources.size() == 1 && rule.targets.size() == 1 && rule.rules.empty() &&
                  rule.dependents.empty() && !rule.sources[0].variable.empty() && !rule.targets[0].variable.empty() &&
                  rule.targets[0].transform == Transform::kCreate && rule.targets[0].parameters.empty();
    for (const Dependent& dependent : rule.dependents) {
      if (absl::Status status = OneCall(dependent, out.calls.emplace_back()); !status.ok()) return status;
    }
    return Rules(rule.rules, out.rules);
  }

  VariableLookup Lookup() const {
    return [this](std::string_view name) { return FindReadable(name); };
  }

  absl::Status Expression(const std::optional<ExpressionText>& text, std::optional<CompiledExpression>& out) {
    if (!text.has_value()) return absl::OkStatus();
    absl::StatusOr<CompiledExpression> compiled = CompileExpression(text->text, Lookup(), program_.model);
    if (!compiled.ok()) return Error(text->at, std::string(compiled.status().message()));
    NoteReferences(text->text);
    out = *std::move(compiled);
    out->number = program_.expression_count++;
    return absl::OkStatus();
  }

  void NoteReferences(const std::string& text) {
    if (text.find("resolve") != std::string::npos) program_.resolves_references = true;
  }

  absl::Status OneSource(const Source& source, CompiledSource& out) {
    out.ast = &source;
    const auto context = FindReadable(source.context);
    if (!context.has_value()) return Unknown(source.at, source.context, /*target=*/false);
    out.context = *context;
    if (source.element.size() > kElementPathMax) return Error(source.at, "a shorter path was expected");
    if (!source.type.empty()) out.type = linker_.ResolveType(map_, source.type).name;
    if (!source.max.empty() && source.max != "*") {
      uint32_t max = 0;
      std::from_chars(source.max.data(), source.max.data() + source.max.size(), max);
      out.max = max;
    }
    if (absl::Status status = Expression(source.default_value, out.default_value); !status.ok()) return status;
    if (!source.variable.empty()) out.slot = Define(source.variable, VariableRef::Kind::kSource);
    if (absl::Status status = Expression(source.condition, out.condition); !status.ok()) return status;
    if (absl::Status status = Expression(source.check, out.check); !status.ok()) return status;
    out.plain = source.element.size() <= 1 && source.type.empty() && !source.min.has_value() && !out.max.has_value() &&
                source.list_mode == Source::ListMode::kAll && !source.default_value.has_value() &&
                !source.condition.has_value() && !source.check.has_value() && !source.log_message.has_value();
    return Expression(source.log_message, out.log_message);
  }

  absl::Status OneTarget(const Target& target, CompiledTarget& out) {
    out.ast = &target;
    if (target.element.size() > kElementPathMax) return Error(target.at, "a shorter path was expected");
    if (!target.context.empty()) {
      const auto context = Find(target.context, VariableRef::Kind::kTarget);
      if (!context.has_value()) return Unknown(target.at, target.context, /*target=*/true);
      out.has_context = true;
      out.context = *context;
    } else if (const bool names_a_variable = target.transform == Transform::kCopy && target.parameters.size() == 1 &&
                                             target.parameters[0].kind == Parameter::Kind::kId;
               target.variable.empty() && !names_a_variable) {
      return Error(target.at, "a transform whose value goes nowhere, expected 'as' and a variable behind it");
    }
    for (size_t i = 0; i < target.parameters.size(); ++i) {
      Parameter parameter = target.parameters[i];
      // evaluate's last argument is an expression even when it stands in quotes.
      const bool expression = target.transform == Transform::kEvaluate && i + 1 == target.parameters.size();
      if (expression && parameter.kind == Parameter::Kind::kString) parameter.kind = Parameter::Kind::kExpression;
      absl::Status status = OneParameter(expression ? parameter : target.parameters[i], out.parameters.emplace_back());
      if (!status.ok()) return status;
    }
    if (absl::Status status = CheckTransform(target, out); !status.ok()) return status;
    if (!target.variable.empty()) out.slot = Define(target.variable, VariableRef::Kind::kTarget);
    out.first_step = program_.step_count;
    program_.step_count += static_cast<uint32_t>(target.element.size());
    return absl::OkStatus();
  }

  absl::Status OneParameter(const Parameter& parameter, CompiledParameter& out) {
    if (parameter.kind == Parameter::Kind::kId) return VariableParameter(parameter, out);
    if (parameter.kind == Parameter::Kind::kExpression || parameter.kind == Parameter::Kind::kQuantity) {
      out.kind = CompiledParameter::Kind::kExpression;
      return Expression(ExpressionText{parameter.text, parameter.at}, out.expression);
    }
    absl::StatusOr<fhirpath::Item> literal = LiteralItem(parameter);
    if (!literal.ok()) return Error(parameter.at, std::string(literal.status().message()));
    out.literal = *literal;
    return absl::OkStatus();
  }

  absl::Status VariableParameter(const Parameter& parameter, CompiledParameter& out) {
    out.kind = CompiledParameter::Kind::kVariable;
    std::string_view text = parameter.text;
    size_t dot = text.find('.');
    std::string_view head = text.substr(0, dot);
    if (head.size() > 2 && head.front() == '`' && head.back() == '`') head = head.substr(1, head.size() - 2);
    const auto variable = FindReadable(head);
    if (!variable.has_value()) return Unknown(parameter.at, std::string(head), /*target=*/false);
    out.variable = *variable;
    while (dot != std::string_view::npos) {
      text.remove_prefix(dot + 1);
      dot = text.find('.');
      std::string name(text.substr(0, dot));
      if (name.size() > 2 && name.front() == '`') name = name.substr(1, name.size() - 2);
      out.path.push_back(std::move(name));
    }
    if (out.path.size() > kElementPathMax) return Error(parameter.at, "a shorter path was expected");
    return absl::OkStatus();
  }

  // The text an argument is, written there or as a constant of the map; empty for anything else.
  std::string LiteralText(const Parameter& parameter) const {
    if (parameter.kind == Parameter::Kind::kString) return parameter.text;
    if (parameter.kind != Parameter::Kind::kId || Find(parameter.text, VariableRef::Kind::kSource).has_value() ||
        Find(parameter.text, VariableRef::Kind::kTarget).has_value()) {
      return "";
    }
    const auto constant = FindConstant(parameter.text);
    if (!constant.has_value()) return "";
    const absl::StatusOr<std::vector<Token>> tokens =
        Tokenize(program_.constants[constant->slot].ast->expression.text, "constant");
    const bool text = tokens.ok() && tokens->size() == 2 &&
                      (tokens->front().kind == Token::Kind::kString || tokens->front().kind == Token::Kind::kQuoted);
    return text ? Unquote(tokens->front().text) : "";
  }

  absl::Status CheckTransform(const Target& target, CompiledTarget& out) {
    const auto [min, max] = TransformArity(target.transform);
    const size_t count = target.parameters.size();
    if (count < min || count > max) {
      const std::string expected = min == max ? absl::StrCat(min) : absl::StrCat(min, " to ", max);
      return Error(target.at,
                   absl::StrCat(TransformCode(target.transform), " has ", count, " arguments, expected ", expected));
    }
    if (target.transform == Transform::kUuid && !options_.allow_uuid) {
      return Error(target.at,
                   "uuid() is refused here, since a replay would give another result; expected the source's "
                   "own key in an identifier");
    }
    const auto literal = [&](size_t i) { return i < count ? LiteralText(target.parameters[i]) : ""; };
    if (target.transform == Transform::kCreate && count == 1) {
      if (literal(0).empty()) return Error(target.at, "create: expected a type's name in quotes");
      out.create = linker_.ResolveType(map_, literal(0));
    }
    if (target.transform == Transform::kTranslate) return CheckTranslate(target, literal(1), literal(2), out);
    return absl::OkStatus();
  }

  absl::Status CheckTranslate(const Target& target, const std::string& url, const std::string& output,
                              CompiledTarget& out) {
    if (url.empty()) return Error(target.at, "translate: expected a concept map's url in quotes");
    out.concept_map = url.starts_with('#') ? map_.url + url : url;
    // Other engines' authors name the map's own concept map without the #.
    if (url.starts_with('#') && !program_.concept_maps.Contains(out.concept_map) &&
        program_.concept_maps.Contains(url.substr(1))) {
      out.concept_map = url.substr(1);
    }
    if (!program_.concept_maps.Contains(out.concept_map)) {
      return Error(target.at, absl::StrCat("translate: the concept map ", url,
                                           " is not there, expected it to be given or "
                                           "written in the map"));
    }
    for (const std::string_view known : {"", "code", "system", "display", "Coding", "coding", "CodeableConcept"}) {
      if (output == known) return absl::OkStatus();
    }
    return Error(target.at, "translate: expected code, system, display, Coding or CodeableConcept as third argument");
  }

  // Least and most arguments of each transform.
  static std::pair<size_t, size_t> TransformArity(Transform transform) {
    switch (transform) {
      case Transform::kNone:
      case Transform::kUuid:
        return {0, 0};
      case Transform::kCreate:
        return {0, 1};
      case Transform::kCopy:
      case Transform::kReference:
      case Transform::kPointer:
        return {1, 1};
      case Transform::kTruncate:
        return {2, 2};
      case Transform::kEscape:
        return {2, 3};
      case Transform::kCast:
      case Transform::kEvaluate:
      case Transform::kCp:
        return {1, 2};
      case Transform::kAppend:
        return {1, 64};
      case Transform::kTranslate:
      case Transform::kId:
      case Transform::kC:
        return {2, 3};
      case Transform::kDateOp:
        return {1, 3};
      case Transform::kCc:
        return {1, 3};
      case Transform::kQty:
        return {1, 4};
    }
    return {0, 0};
  }

  absl::Status OneCall(const Dependent& dependent, CompiledCall& out) {
    absl::StatusOr<const CompiledGroup*> group = FindGroup(dependent.name, dependent.at);
    if (!group.ok()) return group.status();
    out.group = *group;
    if (dependent.parameters.size() != out.group->inputs.size()) {
      return Error(dependent.at,
                   absl::StrCat("the group '", dependent.name, "' is called with ", dependent.parameters.size(),
                                " arguments, expected ", out.group->inputs.size()));
    }
    for (size_t i = 0; i < dependent.parameters.size(); ++i) {
      const Parameter& parameter = dependent.parameters[i];
      CompiledParameter& compiled = out.parameters.emplace_back();
      if (out.group->inputs[i].mode == Input::Mode::kSource) {
        if (absl::Status status = OneParameter(parameter, compiled); !status.ok()) return status;
        continue;
      }
      const auto target =
          parameter.kind == Parameter::Kind::kId ? Find(parameter.text, VariableRef::Kind::kTarget) : std::nullopt;
      if (!target.has_value()) return Unknown(parameter.at, parameter.text, /*target=*/true);
      compiled.kind = CompiledParameter::Kind::kVariable;
      compiled.variable = *target;
    }
    return absl::OkStatus();
  }

  CompiledProgram& program_;
  const Linker& linker_;
  const CompileOptions& options_;
  CompiledGroup& group_;
  const StructureMap& map_;
  std::vector<Name> scope_;
  std::string rule_;  // the label of the rule that is being compiled
};

absl::Status AddEmbeddedConceptMaps(CompiledProgram& program) {
  json::Arena arena;
  for (const StructureMap& map : program.maps) {
    for (const EmbeddedConceptMap& concepts : map.concept_maps) {
      const std::string url = concepts.url.starts_with('#') ? map.url + concepts.url : concepts.url;
      const json::Value resource = ToJson(concepts, map.url, arena);
      absl::Status status = program.concept_maps.Add(resource, url);
      const bool by_url = !concepts.canonical.empty() && !program.concept_maps.Contains(concepts.canonical);
      if (status.ok() && by_url) status = program.concept_maps.Add(resource, concepts.canonical);
      if (!status.ok()) return ErrorAt(map, concepts.at, std::string(status.message()));
    }
  }
  return absl::OkStatus();
}

// Constants see the constants of their own map only.
absl::Status CompileConstants(CompiledProgram& program) {
  for (const StructureMap& map : program.maps) {
    const size_t first = program.constants.size();
    for (const Constant& constant : map.constants) program.constants.push_back({&constant, std::nullopt});
    const VariableLookup lookup = [&](std::string_view name) -> std::optional<VariableRef> {
      for (size_t i = first; i < program.constants.size(); ++i) {
        if (program.constants[i].ast->name == name) {
          return VariableRef{VariableRef::Kind::kConstant, static_cast<uint32_t>(i)};
        }
      }
      return std::nullopt;
    };
    for (size_t i = first; i < program.constants.size(); ++i) {
      absl::StatusOr<CompiledExpression> expression =
          CompileExpression(program.constants[i].ast->expression.text, lookup, program.model);
      if (!expression.ok()) {
        const Constant& constant = *program.constants[i].ast;
        return ErrorAt(map, constant.expression.at,
                       absl::StrCat("map ", map.url, ", constant '", constant.name,
                                    "': ", std::string(expression.status().message())));
      }
      program.constants[i].expression = *std::move(expression);
      program.constants[i].expression->number = program.expression_count++;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckEntry(const CompiledGroup& entry) {
  size_t sources = 0;
  size_t targets = 0;
  for (const CompiledInput& input : entry.inputs) ++(input.mode == Input::Mode::kSource ? sources : targets);
  if (sources == 1 && targets == 1) return absl::OkStatus();
  return ErrorAt(*entry.map, entry.ast->at,
                 absl::StrCat("the first group has ", sources, " sources and ", targets,
                              " targets, expected one of each, since it is the one that is run"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledProgram>> CompileProgram(std::vector<StructureMap> maps,
                                                                      ConceptMaps concept_maps,
                                                                      const CompileOptions& options) {
  if (maps.empty() || maps[0].groups.empty())
    return absl::InvalidArgumentError("no map was given, expected at least one");
  auto program = std::make_shared<CompiledProgram>();
  program->maps = std::move(maps);
  program->concept_maps = std::move(concept_maps);
  program->model = options.model;
  if (absl::Status status = AddEmbeddedConceptMaps(*program); !status.ok()) return status;
  if (absl::Status status = CompileConstants(*program); !status.ok()) return status;
  Linker linker(*program);
  if (absl::Status status = linker.Declare(); !status.ok()) return status;
  std::vector<GroupCompiler> compilers;
  compilers.reserve(program->groups.size());
  for (const std::unique_ptr<CompiledGroup>& group : program->groups) {
    compilers.emplace_back(*program, linker, options, *group).Inputs();
  }
  for (GroupCompiler& compiler : compilers) {
    if (absl::Status status = compiler.Body(); !status.ok()) return status;
  }
  if (absl::Status status = linker.IndexDefaultGroups(); !status.ok()) return status;
  ShareWalks(*program);
  FindParts(*program);
  program->entry = program->groups[0].get();
  if (absl::Status status = CheckEntry(*program->entry); !status.ok()) return status;
  return std::shared_ptr<const CompiledProgram>(std::move(program));
}

}  // namespace hjerte::structuremap
