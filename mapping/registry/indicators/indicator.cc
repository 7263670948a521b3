#include "mapping/registry/indicators/indicator.h"

#include <set>
#include <string>
#include <utility>

#include "mapping/registry/content/compiled_content.h"

namespace hjerte::registry {
namespace {

// Rules that decide, for Explain.
enum class Rule : uint8_t { kPopulation, kExcluded, kUnknown, kNumerator };

struct Decision {
  Outcome outcome;
  Rule rule = Rule::kPopulation;
  size_t expression = 0;
};

// One course under one set: each expression is evaluated at most once, however many indicators share it.
class Evaluation {
 public:
  Evaluation(const IndicatorSet& set, const CompiledIndicatorSet& compiled, const CourseRecord& record)
      : set_(set), compiled_(compiled), record_(record), answers_(compiled.expressions.size(), Answer::kNotAsked) {}

  Decision Decide(size_t indicator) {
    const CompiledIndicator& rules = compiled_.indicators[indicator];
    if (Ask(rules.population) != Answer::kTrue)
      return {{State::kNotApplicable, 0}, Rule::kPopulation, rules.population};
    for (size_t i = 0; i < rules.excluded.size(); ++i) {
      if (Ask(rules.excluded[i]) == Answer::kTrue) {
        return {{State::kExcluded, static_cast<uint8_t>(i)}, Rule::kExcluded, rules.excluded[i]};
      }
    }
    for (size_t i = 0; i < rules.unknown.size(); ++i) {
      if (Ask(rules.unknown[i]) == Answer::kTrue) {
        return {{State::kUnknown, static_cast<uint8_t>(i)}, Rule::kUnknown, rules.unknown[i]};
      }
    }
    const Answer answer = Ask(rules.numerator);
    if (answer == Answer::kNone) {
      return {{State::kUnknown, static_cast<uint8_t>(rules.unknown.size())}, Rule::kNumerator, rules.numerator};
    }
    return {{answer == Answer::kTrue ? State::kYes : State::kNo, 0}, Rule::kNumerator, rules.numerator};
  }

  const fhirpath::Expression& expression(size_t index) const { return compiled_.expressions[index]; }
  const IndicatorSet& set() const { return set_; }

 private:
  enum class Answer : uint8_t { kNotAsked, kNone, kFalse, kTrue };

  Answer Ask(size_t index) {
    if (answers_[index] != Answer::kNotAsked) return answers_[index];
    const absl::StatusOr<std::optional<bool>> value =
        compiled_.expressions[index].EvaluateBoolean(record_.root(), context_);
    Answer answer = Answer::kNone;
    if (value.ok() && value->has_value()) answer = **value ? Answer::kTrue : Answer::kFalse;
    return answers_[index] = answer;
  }

  const IndicatorSet& set_;
  const CompiledIndicatorSet& compiled_;
  const CourseRecord& record_;
  std::vector<Answer> answers_;
  fhirpath::EvaluationContext context_;
};

size_t IndexOf(const Content& content, const IndicatorSet& set) {
  return static_cast<size_t>(&set - content.indicator_sets().data());
}

// The values an expression reads, as they stand in the record.
std::vector<DecidingValue> ValuesOf(const fhirpath::Expression& expression, const CourseRecord& record) {
  std::vector<DecidingValue> values;
  for (const std::string& path : expression.member_paths()) {
    const size_t dot = path.find('.');
    const std::string variable = path.substr(0, dot);
    if (variable == "carried" || variable == "assumed" || variable == "derived") continue;
    DecidingValue value;
    value.variable = path;
    const json::Value* found = record.root().Find(variable);
    if (found != nullptr && dot != std::string::npos) found = found->Find(path.substr(dot + 1));
    if (found != nullptr && (found->is_object() || found->is_array()))
      continue;  // Its members are listed by themselves.
    if (found != nullptr) value.value = found->is_bool() ? (found->bool_value() ? "true" : "false") : found->text();
    value.not_carried = found == nullptr && !record.Carries(variable);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

std::vector<Outcome> EvaluateIndicators(const Content& content, const IndicatorSet& set, const CourseRecord& record) {
  Evaluation evaluation(set, content.compiled().compiled_indicator_sets[IndexOf(content, set)], record);
  std::vector<Outcome> outcomes;
  outcomes.reserve(set.indicators.size());
  for (size_t i = 0; i < set.indicators.size(); ++i) outcomes.push_back(evaluation.Decide(i).outcome);
  return outcomes;
}

std::vector<Explanation> ExplainCourse(const Content& content, const IndicatorSet& set, const CourseRecord& record) {
  Evaluation evaluation(set, content.compiled().compiled_indicator_sets[IndexOf(content, set)], record);
  std::vector<Explanation> explanations;
  for (size_t i = 0; i < set.indicators.size(); ++i) {
    const Indicator& indicator = set.indicators[i];
    const Decision decision = evaluation.Decide(i);
    Explanation explanation;
    explanation.indicator = indicator.id;
    explanation.outcome = decision.outcome;
    const auto take = [&](const Reason& reason) {
      explanation.reason = reason.id;
      explanation.reason_label = reason.label;
    };
    switch (decision.rule) {
      case Rule::kPopulation:
        take({"population", {"Ikke i populationen", "Not in the population"}, "", false});
        break;
      case Rule::kExcluded:
        take(indicator.excluded[decision.outcome.reason]);
        break;
      case Rule::kUnknown:
        take(indicator.unknown[decision.outcome.reason]);
        break;
      case Rule::kNumerator:
        if (decision.outcome.state == State::kUnknown) {
          take(indicator.unknown[decision.outcome.reason]);
        } else {
          take({"numerator", {"Tællerens regel", "The numerator's rule"}, "", false});
        }
        break;
    }
    explanation.expression = evaluation.expression(decision.expression).source();
    explanation.values = ValuesOf(evaluation.expression(decision.expression), record);
    explanations.push_back(std::move(explanation));
  }
  return explanations;
}

}  // namespace hjerte::registry
