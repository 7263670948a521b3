#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/call_node.h"
#include "mapping/fhirpath/path_node.h"
#include "mapping/fhirpath/planner.h"

namespace hjerte::fhirpath {

namespace {

bool IsCapital(const std::string& name) { return !name.empty() && name[0] >= 'A' && name[0] <= 'Z'; }

// Adds a step to a path, or begins one.
NodePtr Extend(Position position, NodePtr source, PathStep step) {
  std::vector<PathStep> steps;
  if (auto* path = dynamic_cast<PathNode*>(source.get())) {
    steps = path->TakeSteps();
    NodePtr inner = path->TakeSource();
    source = std::move(inner);
  }
  steps.push_back(std::move(step));
  return std::make_unique<PathNode>(position, std::move(source), std::move(steps));
}

}  // namespace

// A capitalised name at the start of a path may name the type of the focus (FHIRPath 2.0.0, Path Selection).
absl::StatusOr<StaticType> Planner::TypeOfStart(const Ast& ast, TypeId& owner) const {
  StaticType type;
  const TypeId named = model_.FindType(ast.name);
  if (focus_.kind != StaticType::Kind::kModel) {
    owner = named;
    type = StaticType::Model(named);
    type.path = focus_.path;
    return type;
  }
  if (named != kUnknownType && model_.IsA(focus_.type, named)) {
    owner = focus_.type;
    return focus_;
  }
  if (model_.FindElement(focus_.type, ast.name) != nullptr) return type;
  if (strict_ && model_.IsClosed(focus_.type)) {
    return MakeError(ErrorKind::kSemantic, ast.position,
                     absl::StrCat("the focus is a ", Describe(focus_), ", never a ", ast.name));
  }
  owner = named;
  type = StaticType::Model(named);
  type.path = focus_.path;
  return type;
}

Planner::Result Planner::BuildMember(const Ast& ast) {
  PathStep step;
  step.position = ast.position;
  step.name = ast.name;
  NodePtr source;
  StaticType owner = focus_;
  if (ast.source != nullptr) {
    Result built = Build(*ast.source);
    if (!built.ok()) return built;
    source = std::move(built->node);
    owner = built->type;
  } else if (IsCapital(ast.name)) {
    absl::StatusOr<StaticType> start = TypeOfStart(ast, step.owner);
    if (!start.ok()) return start.status();
    if (start->kind == StaticType::Kind::kModel) {
      step.may_be_type = true;
      program_.likely_type = step.owner;
      program_.likely_name = model_.Name(step.owner);
      return Built{Extend(ast.position, nullptr, std::move(step)), *std::move(start)};
    }
    step.may_be_type = focus_.kind != StaticType::Kind::kModel;
  }
  bool missing = false;
  std::string hint;
  StaticType type = MemberOf(model_, owner, ast.name, missing, hint);
  if (missing) {
    return MakeError(ErrorKind::kSemantic, ast.position,
                     absl::StrCat("a ", Describe(owner), " has no element ", ast.name, hint));
  }
  if (owner.kind == StaticType::Kind::kModel) {
    step.owner = owner.type;
    step.element = model_.FindElement(owner.type, ast.name);
  }
  return Built{Extend(ast.position, std::move(source), std::move(step)), std::move(type)};
}

namespace {

// The dotted name an argument such as FHIR.Patient is written as; empty if it is anything else.
std::string DottedName(const Ast& ast) {
  if (ast.kind != AstKind::kMember) return "";
  if (ast.source == nullptr) return ast.name;
  const std::string space = DottedName(*ast.source);
  return space.empty() ? "" : absl::StrCat(space, ".", ast.name);
}

}  // namespace

Planner::Result Planner::BuildTypeCall(const Ast& ast, const FunctionInfo& function, Built source) {
  const Ast& argument = *ast.arguments.front();
  std::string written = DottedName(argument);
  // SQL on FHIR's own examples put the type in quotes.
  const bool quoted = argument.kind == AstKind::kLiteral && argument.literal.kind() == ItemKind::kString;
  if (quoted && function.name == "getReferenceKey") written = argument.literal.text();
  if (written.empty()) return MakeError(ErrorKind::kSemantic, argument.position, "expected the name of a type");
  absl::StatusOr<TypeSpec> spec = SpecOf(argument, written);
  if (!spec.ok()) return spec.status();
  if (function.name == "is" || function.name == "getReferenceKey") {
    Use(source.type);
    auto node = std::make_unique<CallNode>(ast.position, &function, std::move(source.node), std::vector<NodePtr>());
    node->set_type(*std::move(spec));
    const ItemKind kind = function.name == "is" ? ItemKind::kBoolean : ItemKind::kString;
    return Built{std::move(node), StaticType::System(kind)};
  }
  StaticType type = spec->type != kUnknownType ? StaticType::Model(spec->type)
                    : spec->system.has_value() ? StaticType::System(*spec->system)
                                               : StaticType();
  type.path = source.type.path;
  if (function.name == "ofType" && (spec->known() || !model_.IsComplete())) {
    PathStep step;
    step.position = ast.position;
    step.filter = *std::move(spec);
    step.exact = true;
    return Built{Extend(ast.position, std::move(source.node), std::move(step)), std::move(type)};
  }
  auto node = std::make_unique<CallNode>(ast.position, &function, std::move(source.node), std::vector<NodePtr>());
  node->set_type(*std::move(spec));
  return Built{std::move(node), std::move(type)};
}

}  // namespace hjerte::fhirpath
