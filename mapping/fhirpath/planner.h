#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/ast.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/program.h"
#include "mapping/fhirpath/static_type.h"

namespace hjerte::fhirpath {

// Turns a syntax tree into nodes: looks up functions, members and types once, fuses paths, and finds what can never be
// right.
class Planner {
 public:
  Planner(const CompileOptions& options, Program& program);

  // Fills in the program's nodes, paths and variables.
  absl::Status Plan(const Ast& root);

 private:
  struct Built {
    NodePtr node;
    StaticType type;
  };
  using Result = absl::StatusOr<Built>;

  Result Build(const Ast& ast);
  Result BuildMember(const Ast& ast);
  Result BuildCall(const Ast& ast);
  Result BuildTypeCall(const Ast& ast, const FunctionInfo& function, Built source);
  Result BuildIndexer(const Ast& ast);
  Result BuildUnary(const Ast& ast);
  Result BuildBinary(const Ast& ast);
  Result BuildTypeTest(const Ast& ast);
  Result BuildExternal(const Ast& ast);
  Result BuildLiteral(const Ast& ast);
  // Builds an operand whose value is used as it is, so that its path counts as read.
  Result BuildUsed(const Ast& ast);

  absl::Status BuildArguments(const Ast& ast, const FunctionInfo& function, const StaticType& input,
                              std::vector<NodePtr>& nodes, std::vector<StaticType>& types);
  StaticType ResultOf(const FunctionInfo& function, const StaticType& input,
                      const std::vector<StaticType>& arguments) const;
  absl::Status CheckCall(const Ast& ast, const FunctionInfo& function, const StaticType& input,
                         const std::vector<StaticType>& arguments) const;
  absl::Status CheckOperands(const Ast& ast, const StaticType& left, const StaticType& right) const;
  absl::Status CheckOrder(const Ast& ast, const StaticType& input) const;
  absl::StatusOr<StaticType> TypeOfStart(const Ast& ast, TypeId& owner) const;
  absl::StatusOr<TypeSpec> SpecOf(const Ast& ast, std::string_view written) const;

  void Use(const StaticType& type, std::string_view suffix = "");
  static void FindDefinitions(const Ast& ast, std::set<std::string>& names);
  std::string Describe(const StaticType& type) const;

  const CompileOptions& options_;
  Program& program_;
  const TypeModel& model_;
  bool strict_;
  StaticType focus_;
  std::set<std::string> defined_;
  std::set<std::string> paths_;
  std::set<std::string> variables_;
};

}  // namespace hjerte::fhirpath
