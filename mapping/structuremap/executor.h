#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/fhirpath/evaluation_context.h"
#include "mapping/json/arena.h"
#include "mapping/structuremap/compiled.h"
#include "mapping/structuremap/frame.h"
#include "mapping/structuremap/part_memo.h"
#include "mapping/structuremap/program.h"
#include "mapping/structuremap/target_writer.h"
#include "mapping/structuremap/transforms.h"

namespace hjerte::structuremap {

// One run of a program over one source. Used once, by one thread; program, arena and options outlive it.
class Executor {
 public:
  Executor(const CompiledProgram& program, json::Arena& arena, const RunOptions& options);

  absl::StatusOr<RunResult> Run(const json::Value& source);

 private:
  // Elements that `share name` made, for the rules of one list; the lists around it are asked too.
  struct SharedScope {
    SharedScope* outer = nullptr;
    std::vector<std::pair<std::string, TargetNode*>> nodes;
  };
  // The values of an element that several rules read, looked up once, with an index by one of their members.
  struct SharedWalk {
    const void* of = nullptr;  // the object whose element it is, and the type it is seen as
    fhirpath::TypeId type = fhirpath::kUnknownType;
    uint64_t list = 0;  // the list of rules it is good for; 0: all
    std::vector<Var> values;
    std::vector<std::pair<std::string_view, size_t>> keyed;  // member's text and index in `values`, sorted
    std::vector<size_t> unkeyed;                             // those whose member is not one plain text
    std::vector<size_t> alike;                               // for each value the first that has its text
  };
  struct KeptWalks {
    std::vector<SharedWalk> walks;
    size_t next = 0;  // the one that makes room
  };
  // What an expression gave for the texts it was last asked about: a record repeats its citizen's number and its keys
  // in every resource. Texts do not change during a run, so their place in memory names them.
  struct TextKey {
    const void* text = nullptr;
    size_t size = 0;
    fhirpath::ItemKind kind = fhirpath::ItemKind::kNode;
    fhirpath::TypeId type = fhirpath::kUnknownType;
    const json::Value* sibling = nullptr;
    bool operator==(const TextKey&) const = default;
  };
  struct Memo {
    bool has_values = false;
    bool has_truth = false;
    bool truth = false;
    TextKey focus;
    TextKey bound;
    Argument values;
  };
  using Values = absl::InlinedVector<MadeValue, 1>;
  using Inputs = absl::InlinedVector<Var, 4>;

  // The rule that is running, for messages and lineage.
  struct Place {
    const CompiledGroup* group = nullptr;
    const CompiledRule* rule = nullptr;
    size_t frame = 0;  // where the group's variables begin in `stack_`
    SharedScope* shared = nullptr;
    uint64_t list = 0;  // the list of rules it stands in, where lists must be told apart
    int depth = 0;
  };

  Var& At(const Place& place, uint32_t slot) { return stack_[place.frame + slot]; }

  absl::Status RunGroup(const CompiledGroup& group, std::span<const Var> inputs, int depth);
  absl::Status RunRules(const std::vector<CompiledRule>& rules, const Place& outer);
  absl::Status RunSource(const Place& place, size_t index);
  absl::Status Apply(const Place& place);
  // The same where what the rule does is a part of an element: copied, where it was built of the same values before.
  absl::Status ApplyPart(const Place& place);
  // Applies the rule and keeps what it built.
  absl::Status RecordPart(const Place& place, TargetNode& target, PartMemo::Entry& entry);
  absl::Status CopyPart(TargetNode& target, const PartMemo::Entry& entry);
  absl::Status Build(const Place& place);
  absl::Status ApplyTargets(const Place& place);
  absl::Status ApplyTarget(const Place& place, const CompiledTarget& target);
  absl::Status ApplyByType(const Place& place);
  absl::Status Call(const Place& place, const CompiledCall& call);

  // Puts on `matches_` what a source of a rule matches, after type, default, where, check, log and list mode.
  absl::Status Match(const Place& place, const CompiledSource& source);
  // The same where what the source reads is the variable itself or one plain value of it; false where it is not.
  bool MatchPlain(const CompiledSource& source, const Var& var);
  static bool MayShareWalk(const Var& context);
  absl::StatusOr<const SharedWalk*> FindWalk(const Place& place, const CompiledSource& source, const Var& context);
  absl::Status MatchShared(const Place& place, const CompiledSource& source, const Var& context);
  absl::Status KeepMatches(const Place& place, const CompiledSource& source, size_t base);
  // Puts on `matches_` the values of a walk that where and check let through: those with the source's key, or all.
  absl::Status JudgeKeyed(const Place& place, const CompiledSource& source, const SharedWalk& walk);
  absl::Status JudgeAll(const Place& place, const CompiledSource& source, const SharedWalk& walk);
  // `verdict` is what values alike were judged, set when this is the first of them.
  absl::Status Judge(const Place& place, const CompiledSource& source, const Var& match, std::optional<bool>& verdict);
  absl::Status FillWalk(const CompiledSource& source, const Var& context, SharedWalk& walk);
  absl::Status CheckCardinality(const CompiledSource& source, size_t count) const;
  absl::StatusOr<bool> Keeps(const Place& place, const CompiledSource& source, const Var& match);
  absl::StatusOr<bool> Holds(const Place& place, const CompiledExpression& expression, const fhirpath::Item& focus);
  absl::Status ApplyListMode(const CompiledSource& source, size_t base);
  bool HasType(const fhirpath::Item& item, std::string_view type) const;
  // Appends what the path leads to from there.
  absl::Status Walk(const Var& from, const std::vector<std::string>& path, std::vector<Var>& out);
  absl::Status AppendChildren(const Var& parent, const std::string& name, std::vector<Var>& out);

  absl::StatusOr<Var> Read(const Place& place, VariableRef variable);
  fhirpath::Item ItemOf(const Var& var) const;
  // Binds the variables the expression reads. Returns its memo where the result depends on texts alone, else null.
  absl::StatusOr<Memo*> Prepare(const Place& place, const CompiledExpression& expression, const fhirpath::Item* focus);
  absl::Status EndExpression(const CompiledExpression& expression, const absl::Status& status);
  absl::Status Evaluate(const Place& place, const CompiledExpression& expression, const fhirpath::Item* focus,
                        Argument& out);
  absl::Status ReadArgument(const Place& place, const CompiledParameter& parameter, Argument& out);
  absl::StatusOr<const fhirpath::Collection*> ConstantValue(uint32_t index);

  // The values a target's transform makes: none, one, or several of an expression.
  absl::Status Make(const Place& place, const CompiledTarget& target, TargetNode* context, Values& out);
  absl::Status Copy(const Place& place, const CompiledTarget& target, Values& out);
  absl::Status CheckCreated(const ResolvedType& created, std::string_view element_type) const;
  absl::Status Create(const CompiledTarget& target, std::string_view element_type, Values& out);
  absl::StatusOr<std::string> ReferenceTo(const CompiledTarget& target, const fhirpath::Item& item);
  MadeValue ValueOf(const fhirpath::Item& item) const;
  MadeValue TextValue(std::string_view text) const;
  ElementStep& StepOf(const CompiledTarget& target, size_t element) {
    ElementStep& step = elements_[target.first_step + element];
    step.name = target.ast->element[element];
    return step;
  }
  ElementStep& LastStep(const CompiledTarget& target) { return StepOf(target, target.ast->element.size() - 1); }
  // The element the last step of a target's path belongs to.
  absl::StatusOr<TargetNode*> Descend(const CompiledTarget& target, TargetNode* context);
  absl::StatusOr<TargetNode*> MakeElement(const Place& place, const CompiledTarget& target, TargetNode& parent);
  absl::StatusOr<TargetNode*> Write(const Place& place, const CompiledTarget& target, TargetNode* context,
                                    MadeValue value);
  bool TakesIn(const TargetNode& context, ElementStep& step, const MadeValue& value);

  // Counts work; an error when the run has taken more than a limit allows.
  absl::Status Step(uint64_t count = 1) {
    steps_ += count;
    const bool within = steps_ <= options_.limits.max_steps && arena_.bytes_used() <= options_.limits.max_bytes;
    return within ? absl::OkStatus() : BeyondLimit();
  }
  absl::Status BeyondLimit() const;
  // Says once in which map, group and rule, and at which source, an error came up.
  absl::Status Annotate(const absl::Status& status, const Place& place);
  void Trace(const Place& place, const CompiledTarget& target, const TargetNode& written);
  std::vector<std::string> SourcesOf(const Place& place, const CompiledTarget& target, bool& constant);

  const CompiledProgram& program_;
  json::Arena& arena_;
  const RunOptions& options_;
  TargetWriter writer_;
  fhirpath::MemberIndex member_index_;
  fhirpath::EvaluationContext context_;
  std::vector<Var> stack_;
  std::vector<Var> matches_;           // of the sources that are being run through, the innermost last
  std::vector<ElementStep> elements_;  // of the targets' paths
  std::vector<Memo> memos_;            // one for each expression
  std::vector<KeptWalks> walks_;       // one for each walk of the program
  uint64_t lists_ = 0;                 // of rules begun so far
  std::vector<PartMemo*> parts_;       // one for each part, made when it is first built
  std::vector<std::optional<fhirpath::Collection>> constants_;
  std::vector<bool> constants_running_;
  std::vector<fhirpath::Item> children_;  // scratch
  fhirpath::Item focus_;                  // what the running rule's source matched: $this of its expressions
  uint64_t steps_ = 0;
  bool annotated_ = false;
};

}  // namespace hjerte::structuremap
