#include "mapping/registry/course/course_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/registry/content/compiled_content.h"

namespace hjerte::registry {
namespace {

bool Holds(const fhirpath::Expression& expression, const json::Value& record, fhirpath::EvaluationContext& context,
           bool without_answer) {
  const absl::StatusOr<std::optional<bool>> holds = expression.EvaluateBoolean(record, context);
  if (!holds.ok() || !holds->has_value()) return without_answer;
  return **holds;
}

Text PointText(Point point) {
  switch (point) {
    case Point::kStart:
      return {" ved start", " at start"};
    case Point::kEnd:
      return {" ved slutning", " at the end"};
    case Point::kFollowUp:
      return {" ved opfølgning", " at follow-up"};
    case Point::kNone:
      break;
  }
  return {};
}

bool IsRecorded(const CourseRecord& record, const Variable& variable, Point point) {
  if (point != Point::kNone || variable.points.empty()) return !record.Get(variable.id, point).empty();
  for (const Point each : variable.points) {
    if (!record.Get(variable.id, each).empty()) return true;
  }
  return false;
}

Finding Missing(const Variable& variable, const Requirement& requirement) {
  const Text at = PointText(requirement.point);
  const std::string_view point = PointCode(requirement.point);
  Finding finding;
  finding.severity = requirement.severity;
  finding.code = absl::StrCat("dhrd-", variable.id, point.empty() ? "" : "-", std::string(point), "-required");
  finding.location = absl::StrCat(variable.id, point.empty() ? "" : ".", std::string(PointMember(requirement.point)));
  finding.variable = variable.id;
  finding.text = {absl::StrCat(variable.label.da, at.da, " mangler. ", variable.help.da),
                  absl::StrCat(variable.label.en, at.en, " is missing. ", variable.help.en)};
  return finding;
}

}  // namespace

std::vector<Finding> CheckCourse(const Content& content, const CourseRecord& record) {
  const CompiledContent& compiled = content.compiled();
  const size_t set = compiled.VariableSetOn(record.JudgedOn().value_or(Date::max()));
  const CompiledVariableSet& rules = compiled.compiled_variable_sets[set];
  fhirpath::EvaluationContext context;
  std::vector<Finding> findings;
  for (const CompiledVariable& each : rules.variables) {
    const Variable& variable = compiled.variable_sets[set].variables[each.index];
    for (const Requirement& requirement : each.requirements) {
      // A variable that never stands in a record (the citizen's number) is the report's to check.
      if (!each.in_record || !Holds(requirement.when, record.root(), context, false)) continue;
      if (requirement.point == Point::kNone && !variable.points.empty()) {
        findings.push_back(Missing(variable, requirement));  // The expression itself says that it is missing.
      } else if (!IsRecorded(record, variable, requirement.point)) {
        findings.push_back(Missing(variable, requirement));
      }
    }
  }
  for (const CourseRule& rule : rules.course_rules) {
    if (Holds(rule.holds, record.root(), context, true)) continue;
    findings.push_back({Severity::kInformation, rule.code, rule.variable, rule.variable, rule.text});
  }
  return findings;
}

}  // namespace hjerte::registry
