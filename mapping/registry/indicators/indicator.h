#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/registry/content/content.h"
#include "mapping/registry/course/course_record.h"

namespace hjerte::registry {

// State of a course in an indicator.
enum class State : uint8_t { kNotApplicable, kExcluded, kUnknown, kNo, kYes };

// What a course counts as; `reason` is the index in Indicator::excluded or ::unknown, and 0 in the other states.
struct Outcome {
  State state = State::kNotApplicable;
  uint8_t reason = 0;

  bool operator==(const Outcome&) const = default;
};

// One outcome for each indicator of the set, in its order. An expression without an answer: population and exclusions
// count it as false, the numerator as unknown.
std::vector<Outcome> EvaluateIndicators(const Content& content, const IndicatorSet& set, const CourseRecord& record);

// One value a rule looked at.
struct DecidingValue {
  std::string variable;  // With its point where it has one, e.g. "ergometer_max.start".
  std::string value;     // As text; empty when not recorded.
  bool not_carried = false;
};

// Why a course counts as it does in one indicator.
struct Explanation {
  std::string indicator;
  Outcome outcome;
  std::string reason;  // Id of the exclusion or unknown reason that decided; else "population" or "numerator".
  Text reason_label;
  std::string expression;  // The rule as written.
  std::vector<DecidingValue> values;
};

// Why the course counts as it does in each indicator of the set.
std::vector<Explanation> ExplainCourse(const Content& content, const IndicatorSet& set, const CourseRecord& record);

}  // namespace hjerte::registry
