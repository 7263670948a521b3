#include "mapping/fhirpath/expression.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/data_types.h"
#include "mapping/fhirpath/only_member.h"
#include "mapping/fhirpath/parser.h"
#include "mapping/fhirpath/path_node.h"
#include "mapping/fhirpath/planner.h"
#include "mapping/fhirpath/program.h"
#include "mapping/fhirpath/utf8.h"
#include "mapping/json/write.h"

namespace hjerte::fhirpath {

absl::StatusOr<Expression> Expression::Compile(std::string_view source, const CompileOptions& options) {
  if (source.size() > options.max_source_bytes) {
    return MakeLimitError({},
                          absl::StrCat("an expression of more than ", options.max_source_bytes, " bytes; split it"));
  }
  if (!IsValidUtf8(source)) return MakeError(ErrorKind::kSyntax, {}, "the expression is not UTF-8");
  auto program = std::make_shared<Program>();
  program->source = std::string(source);
  program->model = options.model != nullptr ? options.model : &DataTypes();
  program->types = KnownTypes::Of(*program->model);
  if (!options.root_type.empty()) {
    program->root_type = program->model->FindType(options.root_type);
    if (program->root_type == kUnknownType && program->model->IsComplete()) {
      return MakeError(ErrorKind::kSemantic, {}, absl::StrCat("the model has no type ", options.root_type));
    }
  }
  absl::StatusOr<AstPtr> ast = ParseExpression(program->source, program->literals, options.max_depth);
  if (!ast.ok()) return ast.status();
  if (absl::Status status = Planner(options, *program).Plan(**ast); !status.ok()) return status;
  program->only_member = OnlyMember(**ast);
  return Expression(std::move(program));
}

absl::StatusOr<Collection> Expression::Evaluate(const Item* focus, EvaluationContext& context) const {
  Frame frame(*program_->model, program_->types, context);
  frame.focus = focus;
  frame.focus_count = focus != nullptr ? 1 : 0;
  frame.root = focus;
  absl::StatusOr<Collection> result(absl::in_place);
  const bool ok = program_->root->Evaluate(frame, *result);
  context.set_steps(context.limits().max_steps - frame.steps_left);
  if (!ok || !frame.error.ok()) {
    if (frame.error.ok()) return MakeError(ErrorKind::kExecution, {}, "the evaluation failed");
    return std::move(frame.error);
  }
  return result;
}

namespace {

Item FocusOf(const Program& program, const json::Value& focus) {
  const json::Value* name = program.likely_type != kUnknownType ? focus.Find("resourceType") : nullptr;
  if (name != nullptr && name->text() == program.likely_name) return Item::Node(focus, program.likely_type);
  TypeId type = TypeOfRoot(*program.model, program.types, focus);
  if (type == kUnknownType) type = program.root_type;
  return Item::Node(focus, type);
}

}  // namespace

absl::StatusOr<Collection> Expression::Evaluate(const json::Value& focus, EvaluationContext& context) const {
  const Item item = FocusOf(*program_, focus);
  return Evaluate(&item, context);
}

absl::StatusOr<std::optional<bool>> Expression::EvaluateBoolean(const json::Value& focus,
                                                                EvaluationContext& context) const {
  const Item item = FocusOf(*program_, focus);
  return EvaluateBoolean(&item, context);
}

absl::StatusOr<std::optional<bool>> Expression::EvaluateBoolean(const Item* focus, EvaluationContext& context) const {
  Frame frame(*program_->model, program_->types, context);
  frame.focus = focus;
  frame.focus_count = focus != nullptr ? 1 : 0;
  frame.root = focus;
  const Tri value = program_->root->Test(frame);
  context.set_steps(context.limits().max_steps - frame.steps_left);
  if (value == Tri::kError || !frame.error.ok()) {
    if (frame.error.ok()) return MakeError(ErrorKind::kExecution, {}, "the evaluation failed");
    return std::move(frame.error);
  }
  if (value == Tri::kEmpty) return std::optional<bool>();
  return std::optional<bool>(value == Tri::kTrue);
}

absl::StatusOr<std::optional<std::string>> Expression::EvaluateString(const json::Value& focus,
                                                                      EvaluationContext& context) const {
  absl::StatusOr<Collection> values = Evaluate(focus, context);
  if (!values.ok()) return values.status();
  if (values->empty()) return std::optional<std::string>();
  if (values->size() > 1)
    return MakeError(ErrorKind::kExecution, {}, "expected one value, found several; use first() or join()");
  Frame frame(*program_->model, program_->types, context);
  std::optional<std::string> text = ToStringValue(ToSystem(frame, values->front()));
  if (!text.has_value()) return MakeError(ErrorKind::kExecution, {}, "expected a value, found a complex node");
  return text;
}

const std::string& Expression::source() const { return program_->source; }
const std::vector<std::string>& Expression::member_paths() const { return program_->member_paths; }
const std::string& Expression::only_member() const { return program_->only_member; }
const std::vector<std::string>& Expression::variables() const { return program_->variables; }
const TypeModel& Expression::model() const { return *program_->model; }

}  // namespace hjerte::fhirpath
