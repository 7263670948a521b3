#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/call_node.h"
#include "mapping/fhirpath/path_node.h"
#include "mapping/fhirpath/planner.h"
#include "mapping/fhirpath/where_node.h"

namespace hjerte::fhirpath {

namespace {

bool TakesPart(std::string_view name) {
  constexpr std::string_view kNames[] = {"first", "last", "tail", "skip", "take"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

Planner::Result Planner::BuildCall(const Ast& ast) {
  const FunctionInfo* function = FindFunction(ast.name);
  if (function == nullptr) {
    return MakeError(ErrorKind::kSemantic, ast.position, absl::StrCat("there is no function ", ast.name, "()"));
  }
  const size_t count = ast.arguments.size();
  if (count < function->least_arguments || count > function->most_arguments) {
    const std::string expected = function->least_arguments == function->most_arguments
                                     ? absl::StrCat(function->least_arguments)
                                     : absl::StrCat(function->least_arguments, " to ", function->most_arguments);
    return MakeError(ErrorKind::kSemantic, ast.position,
                     absl::StrCat(ast.name, "() takes ", expected, " arguments, found ", count));
  }
  Built source{nullptr, focus_};
  if (ast.source != nullptr) {
    Result built = Build(*ast.source);
    if (!built.ok()) return built;
    source = *std::move(built);
  }
  if (function->argument == ArgumentKind::kType && count > 0) return BuildTypeCall(ast, *function, std::move(source));
  std::vector<NodePtr> arguments;
  std::vector<StaticType> types;
  if (absl::Status status = BuildArguments(ast, *function, source.type, arguments, types); !status.ok()) return status;
  if (absl::Status status = CheckCall(ast, *function, source.type, types); !status.ok()) return status;
  if (function->result == ResultKind::kChildren) {
    Use(source.type, "*");
  } else if (function->result != ResultKind::kSameAsInput) {
    // Functions without an input of their own, such as today(), read nothing.
    if (ast.source != nullptr || function->argument != ArgumentKind::kValue) Use(source.type);
  }
  const std::string* list = source.node != nullptr ? source.node->MemberOfFocus() : nullptr;
  const Node* criterion = function->name == "where" ? arguments[0].get() : nullptr;
  auto node = std::make_unique<CallNode>(ast.position, function, std::move(source.node), std::move(arguments));
  if (std::optional<TextKey> key; list != nullptr && criterion != nullptr && (key = criterion->Key()).has_value()) {
    return Built{MakeKeyedWhere(std::move(node), *list, *criterion, *std::move(key)),
                 ResultOf(*function, source.type, types)};
  }
  const bool literal =
      count > 0 && ast.arguments[0]->kind == AstKind::kLiteral && ast.arguments[0]->literal.kind() == ItemKind::kString;
  if (function->prepare != nullptr && literal) {
    node->set_prepared(function->prepare(ast.arguments[0]->literal.text()));
  }
  for (size_t i = 0; i < count && i < kSortKeysMax; ++i) {
    if (ast.arguments[i]->descending) node->set_descending(i);
  }
  return Built{std::move(node), ResultOf(*function, source.type, types)};
}

absl::Status Planner::BuildArguments(const Ast& ast, const FunctionInfo& function, const StaticType& input,
                                     std::vector<NodePtr>& nodes, std::vector<StaticType>& types) {
  for (size_t i = 0; i < ast.arguments.size(); ++i) {
    const StaticType outer = focus_;
    // The initial value of aggregate() and the names of trace() and defineVariable() stand outside the iteration.
    const bool outside = (function.name == "aggregate" && i == 1) ||
                         ((function.name == "trace" || function.name == "defineVariable") && i == 0);
    if (function.argument == ArgumentKind::kLambda && !outside) {
      focus_ = input;
      // What repeat() comes to is not only its input.
      if (function.name.starts_with("repeat")) focus_ = StaticType();
    }
    Result argument =
        function.result == ResultKind::kArgument ? Build(*ast.arguments[i]) : BuildUsed(*ast.arguments[i]);
    focus_ = outer;
    if (!argument.ok()) return argument.status();
    nodes.push_back(std::move(argument->node));
    types.push_back(std::move(argument->type));
  }
  return absl::OkStatus();
}

StaticType Planner::ResultOf(const FunctionInfo& function, const StaticType& input,
                             const std::vector<StaticType>& arguments) const {
  StaticType type;
  switch (function.result) {
    case ResultKind::kSameAsInput:
      type = input;
      if (TakesPart(function.name) || function.name == "single") type.several = false;
      return type;
    case ResultKind::kArgument:
      type = arguments.front();
      type.several = false;
      return type;
    case ResultKind::kBoolean:
      return StaticType::System(ItemKind::kBoolean);
    case ResultKind::kInteger:
      return StaticType::System(ItemKind::kInteger);
    case ResultKind::kDecimal:
      return StaticType::System(ItemKind::kDecimal);
    case ResultKind::kString:
      return StaticType::System(ItemKind::kString);
    case ResultKind::kChildren:
      type.unordered = true;
      return type;
    case ResultKind::kUnknown:
      break;
  }
  if (function.name == "extension") type = StaticType::Model(program_.types.extension);
  return type;
}

absl::Status Planner::CheckCall(const Ast& ast, const FunctionInfo& function, const StaticType& input,
                                const std::vector<StaticType>& arguments) const {
  if (TakesPart(function.name)) {
    if (absl::Status status = CheckOrder(ast, input); !status.ok()) return status;
  }
  if (function.input == InputKind::kText && input.certain) {
    const auto kind = input.SystemKindIn(model_);
    const bool complex = input.kind == StaticType::Kind::kModel && !kind.has_value() && model_.IsClosed(input.type);
    const bool other = strict_ && kind.has_value() && *kind != ItemKind::kString;
    if (complex || other) {
      return MakeError(ErrorKind::kSemantic, ast.position,
                       absl::StrCat(ast.name, "() needs a string, found a ", Describe(input)));
    }
  }
  if (function.name == "iif") {
    const StaticType& criterion = arguments.front();
    const bool other = criterion.kind == StaticType::Kind::kSystem && criterion.system != ItemKind::kBoolean;
    if (other) {
      return MakeError(ErrorKind::kSemantic, ast.position,
                       absl::StrCat("the criterion of iif() must be one Boolean, found ",
                                    criterion.several ? "several values" : Describe(criterion)));
    }
  }
  return absl::OkStatus();
}

}  // namespace hjerte::fhirpath
