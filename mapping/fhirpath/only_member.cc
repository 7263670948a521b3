#include "mapping/fhirpath/only_member.h"

#include <algorithm>

#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {
namespace {

class Reader {
 public:
  // False when the expression depends on anything but the member found so far and its own literals. `at_focus` is false
  // inside where() and the like, where names are those of what the member led to.
  bool Read(const Ast& ast, bool at_focus) {
    switch (ast.kind) {
      case AstKind::kExternal:
        return false;
      case AstKind::kThis:
      case AstKind::kIndex:
      case AstKind::kTotal:
        return !at_focus;
      case AstKind::kMember:
        return ast.source != nullptr ? Read(*ast.source, at_focus) : !at_focus || Note(ast.name);
      case AstKind::kCall:
        return ReadCall(ast, at_focus);
      default:
        return (ast.source == nullptr || Read(*ast.source, at_focus)) &&
               std::all_of(ast.arguments.begin(), ast.arguments.end(),
                           [&](const AstPtr& argument) { return Read(*argument, at_focus); });
    }
  }

  const std::string& member() const { return member_; }

 private:
  bool Note(const std::string& name) {
    if (member_.empty()) member_ = name;
    return member_ == name;
  }

  bool ReadCall(const Ast& ast, bool at_focus) {
    const FunctionInfo* function = FindFunction(ast.name);
    // trace() is there to be seen each time.
    if (function == nullptr || ast.name == "trace") return false;
    if (ast.source == nullptr ? at_focus : !Read(*ast.source, at_focus)) return false;
    if (function->argument == ArgumentKind::kType) return true;
    for (size_t i = 0; i < ast.arguments.size(); ++i) {
      // The initial value of aggregate() and the name of defineVariable() stand outside the iteration.
      const bool outside = (ast.name == "aggregate" && i == 1) || (ast.name == "defineVariable" && i == 0);
      const bool inside = function->argument == ArgumentKind::kLambda && !outside;
      if (!Read(*ast.arguments[i], at_focus && !inside)) return false;
    }
    return true;
  }

  std::string member_;
};

}  // namespace

std::string OnlyMember(const Ast& ast) {
  Reader reader;
  return reader.Read(ast, /*at_focus=*/true) ? reader.member() : "";
}

}  // namespace hjerte::fhirpath
