#include "mapping/registry/cohort.h"

#include "mapping/registry/compiled_content.h"

namespace hjerte::registry {

CohortAnswer JudgeCohort(const Content& content, const CourseRecord& record) {
  const CompiledContent& compiled = content.compiled();
  std::optional<size_t> set;
  if (const std::optional<Date> date = record.JudgedOn()) set = compiled.IndicatorSetOn(*date);
  const size_t index = set.value_or(compiled.indicator_sets.size() - 1);
  const CompiledIndicatorSet& rules = compiled.compiled_indicator_sets[index];
  fhirpath::EvaluationContext context;
  const absl::StatusOr<std::optional<bool>> in_cohort =
      rules.expressions[rules.cohort].EvaluateBoolean(record.root(), context);
  if (!in_cohort.ok() || !in_cohort->has_value()) return CohortAnswer::kCannotJudgeYet;
  return **in_cohort ? CohortAnswer::kYes : CohortAnswer::kNo;
}

}  // namespace hjerte::registry
