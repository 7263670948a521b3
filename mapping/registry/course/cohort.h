#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/registry/content/content.h"
#include "mapping/registry/course/course_record.h"

namespace hjerte::registry {

// Whether a course is one the registry is allowed to receive.
enum class CohortAnswer : uint8_t {
  kYes,
  kNo,              // Out of scope: it is counted where it is and never sent.
  kCannotJudgeYet,  // Its diagnosis has not been seen: it waits.
};

// Judges by the cohort expression of the indicator set in force on the course's date (today's set when it has none).
CohortAnswer JudgeCohort(const Content& content, const CourseRecord& record);

// The variables that expression reads, i.e. what decided.
std::vector<std::string> CohortVariables(const Content& content, const CourseRecord& record);

}  // namespace hjerte::registry
