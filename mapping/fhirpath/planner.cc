#include "mapping/fhirpath/planner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/call_node.h"
#include "mapping/fhirpath/operators.h"

namespace hjerte::fhirpath {

Planner::Planner(const CompileOptions& options, Program& program)
    : options_(options), program_(program), model_(*program.model), strict_(options.strict || program.model->strict()) {
  focus_ = StaticType::Model(program.root_type);
  focus_.path = "";
}

absl::Status Planner::Plan(const Ast& root) {
  FindDefinitions(root, defined_);
  Result built = BuildUsed(root);
  if (!built.ok()) return built.status();
  program_.root = std::move(built->node);
  program_.member_paths.assign(paths_.begin(), paths_.end());
  program_.variables.assign(variables_.begin(), variables_.end());
  return absl::OkStatus();
}

void Planner::FindDefinitions(const Ast& ast, std::set<std::string>& names) {
  if (ast.kind == AstKind::kCall && ast.name == "defineVariable" && !ast.arguments.empty()) {
    const Ast& name = *ast.arguments.front();
    if (name.kind == AstKind::kLiteral && name.literal.kind() == ItemKind::kString) names.emplace(name.literal.text());
  }
  if (ast.source) FindDefinitions(*ast.source, names);
  for (const AstPtr& argument : ast.arguments) FindDefinitions(*argument, names);
}

void Planner::Use(const StaticType& type, std::string_view suffix) {
  if (!type.path.has_value()) return;
  std::string path = *type.path;
  if (!suffix.empty()) path.append(path.empty() ? "" : ".").append(suffix);
  if (!path.empty()) paths_.insert(std::move(path));
}

std::string Planner::Describe(const StaticType& type) const {
  if (type.kind == StaticType::Kind::kModel) return std::string(model_.Name(type.type));
  if (type.kind == StaticType::Kind::kSystem) return std::string(SystemName(type.system));
  return type.kind == StaticType::Kind::kChoice ? absl::StrCat(std::string(type.choice->name), "[x]") : "value";
}

Planner::Result Planner::BuildUsed(const Ast& ast) {
  Result built = Build(ast);
  if (built.ok()) Use(built->type);
  return built;
}

Planner::Result Planner::Build(const Ast& ast) {
  switch (ast.kind) {
    case AstKind::kEmpty: {
      Built built{MakeEmpty(ast.position), {}};
      built.type.kind = StaticType::Kind::kEmpty;
      return built;
    }
    case AstKind::kLiteral:
      return BuildLiteral(ast);
    case AstKind::kMember:
      return BuildMember(ast);
    case AstKind::kCall:
      return BuildCall(ast);
    case AstKind::kIndexer:
      return BuildIndexer(ast);
    case AstKind::kUnary:
      return BuildUnary(ast);
    case AstKind::kBinary:
      return BuildBinary(ast);
    case AstKind::kTypeTest:
      return BuildTypeTest(ast);
    case AstKind::kExternal:
      return BuildExternal(ast);
    case AstKind::kThis:
      return Built{MakeThis(ast.position), focus_};
    case AstKind::kIndex:
      return Built{MakeIndex(ast.position), StaticType::System(ItemKind::kInteger)};
    case AstKind::kTotal:
      return Built{MakeTotal(ast.position), {}};
  }
  return MakeError(ErrorKind::kSyntax, ast.position, "not an expression");
}

Planner::Result Planner::BuildLiteral(const Ast& ast) {
  if (ast.time_with_offset) {
    return Built{MakeFailure(ast.position, "a Time has no timezone; write the time alone"), {}};
  }
  return Built{MakeLiteral(ast.position, ast.literal), StaticType::System(ast.literal.kind())};
}

Planner::Result Planner::BuildUnary(const Ast& ast) {
  Result operand = BuildUsed(*ast.arguments.front());
  if (!operand.ok()) return operand;
  StaticType type = operand->type;
  type.path.reset();
  return Built{MakeUnary(ast.position, ast.op, std::move(operand->node)), std::move(type)};
}

Planner::Result Planner::BuildIndexer(const Ast& ast) {
  Result source = Build(*ast.source);
  if (!source.ok()) return source;
  if (absl::Status status = CheckOrder(ast, source->type); !status.ok()) return status;
  Result index = BuildUsed(*ast.arguments.front());
  if (!index.ok()) return index;
  return Built{MakeIndexer(ast.position, std::move(source->node), std::move(index->node)), source->type};
}

absl::Status Planner::CheckOrder(const Ast& ast, const StaticType& input) const {
  // Directly on children(), always; further on only in strict mode, since many an expression ends in one node all the
  // same.
  const Ast* source = ast.source.get();
  const bool direct = model_.IsComplete() && source != nullptr && source->kind == AstKind::kCall &&
                      (source->name == "children" || source->name == "descendants");
  if (!direct && !(options_.strict && input.unordered)) return absl::OkStatus();
  return MakeError(ErrorKind::kSemantic, ast.position, "children() and descendants() have no order to take a part of");
}

absl::StatusOr<TypeSpec> Planner::SpecOf(const Ast& ast, std::string_view written) const {
  TypeSpec spec = TypeSpec::Resolve(written, model_);
  if (strict_ && !spec.known() && model_.IsComplete()) {
    return MakeError(ErrorKind::kSemantic, ast.position, absl::StrCat("there is no type ", std::string(written)));
  }
  return spec;
}

Planner::Result Planner::BuildTypeTest(const Ast& ast) {
  Result operand = Build(*ast.arguments.front());
  if (!operand.ok()) return operand;
  absl::StatusOr<TypeSpec> spec = SpecOf(ast, ast.name);
  if (!spec.ok()) return spec.status();
  if (!spec->known() && spec->space != "System" && model_.IsComplete()) {
    return Built{MakeFailure(ast.position, absl::StrCat("there is no type ", ast.name)), {}};
  }
  StaticType type = StaticType::System(ItemKind::kBoolean);
  if (ast.op == Operator::kAs) {
    type = spec->type != kUnknownType ? StaticType::Model(spec->type)
           : spec->system.has_value() ? StaticType::System(*spec->system)
                                      : StaticType();
    type.path = operand->type.path;
  } else {
    Use(operand->type);
  }
  return Built{MakeTypeTest(ast.position, ast.op, *std::move(spec), std::move(operand->node)), std::move(type)};
}

namespace {

StaticType TypeOfBinary(Operator op, const StaticType& left, const StaticType& right) {
  switch (op) {
    case Operator::kUnion: {
      StaticType type;
      if (left.kind == right.kind && left.system == right.system && left.type == right.type &&
          left.choice == right.choice)
        type = left;
      if (left.kind == StaticType::Kind::kEmpty) type = right;
      if (right.kind == StaticType::Kind::kEmpty) type = left;
      type.path.reset();
      type.several = left.kind != StaticType::Kind::kEmpty && right.kind != StaticType::Kind::kEmpty;
      return type;
    }
    case Operator::kPlus:
    case Operator::kMinus:
    case Operator::kTimes: {
      StaticType type = left.kind == StaticType::Kind::kSystem && right.kind == StaticType::Kind::kSystem &&
                                left.system == right.system
                            ? StaticType::System(left.system)
                            : StaticType();
      return type;
    }
    case Operator::kConcatenate:
      return StaticType::System(ItemKind::kString);
    case Operator::kDivide:
    case Operator::kDiv:
    case Operator::kMod:
      return {};
    default:
      return StaticType::System(ItemKind::kBoolean);
  }
}

}  // namespace

Planner::Result Planner::BuildBinary(const Ast& ast) {
  Result left = BuildUsed(*ast.arguments[0]);
  if (!left.ok()) return left;
  Result right = BuildUsed(*ast.arguments[1]);
  if (!right.ok()) return right;
  if (absl::Status status = CheckOperands(ast, left->type, right->type); !status.ok()) return status;
  if (!defined_.empty()) {
    left->node = MakeScope(std::move(left->node));
    right->node = MakeScope(std::move(right->node));
  }
  return Built{MakeBinary(ast.position, ast.op, std::move(left->node), std::move(right->node)),
               TypeOfBinary(ast.op, left->type, right->type)};
}

absl::Status Planner::CheckOperands(const Ast& ast, const StaticType& left, const StaticType& right) const {
  const auto left_kind = left.SystemKindIn(model_);
  const auto right_kind = right.SystemKindIn(model_);
  const auto fail = [&](std::string_view what) {
    return MakeError(ErrorKind::kSemantic, ast.position,
                     absl::StrCat(std::string(what), ": ", Describe(left), " ", ast.name, " ", Describe(right)));
  };
  switch (ast.op) {
    case Operator::kPlus:
    case Operator::kMinus:
      if (left_kind && right_kind && !CanAdd(*left_kind, *right_kind)) return fail("values that cannot be added");
      return absl::OkStatus();
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
    case Operator::kIn:
    case Operator::kContains:
      if (strict_ && left_kind && right_kind && !CanCompare(*left_kind, *right_kind)) {
        return fail("values of types that never match");
      }
      return absl::OkStatus();
    case Operator::kAnd:
    case Operator::kOr:
    case Operator::kXor:
    case Operator::kImplies:
      if (strict_ &&
          ((left_kind && *left_kind != ItemKind::kBoolean) || (right_kind && *right_kind != ItemKind::kBoolean))) {
        return fail("expected two Booleans");
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

Planner::Result Planner::BuildExternal(const Ast& ast) {
  const std::string& name = ast.name;
  const auto text = [&](std::string value) {
    const Item item = Item::String(program_.literals.CopyText(value));
    return Built{MakeLiteral(ast.position, item), StaticType::System(ItemKind::kString)};
  };
  if (name == "ucum") return text("http://unitsofmeasure.org");
  if (name == "sct") return text("http://snomed.info/sct");
  if (name == "loinc") return text("http://loinc.org");
  if (name.starts_with("vs-")) return text(absl::StrCat("http://hl7.org/fhir/ValueSet/", name.substr(3)));
  if (name.starts_with("ext-")) return text(absl::StrCat("http://hl7.org/fhir/StructureDefinition/", name.substr(4)));
  if (name == "context") {
    StaticType type = StaticType::Model(program_.root_type);
    type.path = "";
    return Built{MakeContext(ast.position), std::move(type)};
  }
  if (name == "resource" || name == "rootResource")
    return Built{MakeResource(ast.position, name == "rootResource"), {}};
  const bool listed = std::find(options_.variables.begin(), options_.variables.end(), name) != options_.variables.end();
  if (options_.check_variables && !listed && defined_.count(name) == 0) {
    return MakeError(ErrorKind::kSemantic, ast.position, absl::StrCat("the variable %", name, " is not defined"));
  }
  if (defined_.count(name) == 0) variables_.insert(name);
  return Built{MakeVariable(ast.position, name), {}};
}

}  // namespace hjerte::fhirpath
