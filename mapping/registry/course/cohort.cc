#include "mapping/registry/course/cohort.h"

#include "mapping/registry/content/compiled_content.h"

namespace hjerte::registry {
namespace {

const fhirpath::Expression& CohortExpression(const Content& content, const CourseRecord& record) {
  const CompiledContent& compiled = content.compiled();
  std::optional<size_t> set;
  if (const std::optional<Date> date = record.JudgedOn()) set = compiled.IndicatorSetOn(*date);
  const size_t index = set.value_or(compiled.indicator_sets.size() - 1);
  const CompiledIndicatorSet& rules = compiled.compiled_indicator_sets[index];
  return rules.expressions[rules.cohort];
}

}  // namespace

CohortAnswer JudgeCohort(const Content& content, const CourseRecord& record) {
  fhirpath::EvaluationContext context;
  const absl::StatusOr<std::optional<bool>> in_cohort =
      CohortExpression(content, record).EvaluateBoolean(record.root(), context);
  if (!in_cohort.ok() || !in_cohort->has_value()) return CohortAnswer::kCannotJudgeYet;
  return **in_cohort ? CohortAnswer::kYes : CohortAnswer::kNo;
}

std::vector<std::string> CohortVariables(const Content& content, const CourseRecord& record) {
  return CohortExpression(content, record).member_paths();
}

}  // namespace hjerte::registry
