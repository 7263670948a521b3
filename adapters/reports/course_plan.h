#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/reports/resource_versions.h"
#include "adapters/state/record_memory.h"
#include "mapping/json/arena.h"
#include "mapping/registry/course/assembly.h"

namespace hjerte::adapters {

// A course as its record holds it now, and whether it may leave the house.
struct JudgedCourse {
  const registry::AssembledCourse* course = nullptr;
  CourseState state = CourseState::kWaiting;
  bool entered_in_error = false;
  // The variables its source carries, for one that may leave the house.
  std::vector<std::string> carries;
  // The variables that decided, for one that is out of scope.
  std::vector<std::string> decided_by;
};

// What a record is now, beside what was sent of it.
struct PlanInput {
  // Every resource of the record, those entered in error included, and the courses they make.
  const std::vector<ResourceVersion>* versions = nullptr;
  std::vector<JudgedCourse> courses;
  // References of resources that reach no course.
  std::vector<std::string> pending;
  std::vector<CourseMemory> known_courses;
  std::vector<ResourceMemory> known_resources;
  std::int64_t now_us = 0;
  // No new version is stamped earlier: the state file was put back then, and later stamps than it remembers may have
  // been used before.
  std::int64_t stamps_from_us = 0;
  // When the complete extract the record stands in was taken: what is missing from the record is gone. Nothing: a
  // missing resource may come with another report.
  std::optional<std::int64_t> complete_at_us;
};

// One report to send: resources of one course, each stamped.
struct PlannedReport {
  std::string course;
  std::vector<StampedResource> resources;
  // The latest of their stamps.
  std::int64_t stamp_us = 0;
  // The resources whose new version travels; the others are there for context.
  std::vector<std::string> refs;
  // As judged; empty for a course that is taken back.
  std::vector<std::string> carries;
};

// A course that was sent, is out of scope now and is taken back for it.
struct LeftCohort {
  std::string course;
  std::vector<std::string> decided_by;
};

// What is to be sent and remembered.
struct RecordPlan {
  std::vector<PlannedReport> reports;
  std::vector<CourseMemory> courses;
  std::vector<ResourceMemory> resources;
  // Course and reference of what is to be forgotten.
  std::vector<std::pair<std::string, std::string>> forgotten;
  std::vector<LeftCohort> left_cohort;
};

// Asks for the highest stamp a resource was ever retracted with; 0 when it was not.
using RetractedAt = std::function<absl::StatusOr<std::int64_t>(const std::string& ref)>;

// Asks for what other records gave of a referral.
using AskElsewhere = std::function<absl::StatusOr<GivenElsewhere>(const std::string& ref)>;

// Compares a record with what was sent of it: changed resources travel with their citizen, referral and diagnoses;
// unchanged ones do not; stamps of one resource strictly increase; what is entered in error, gone from a complete
// extract or no longer in scope is retracted. Pure but for what it asks for. Values live in `arena`.
absl::StatusOr<RecordPlan> PlanRecord(const PlanInput& input, const RetractedAt& retracted_at,
                                      const AskElsewhere& given_elsewhere, json::Arena& arena);

// Retracts everything that was sent of a record, e.g. because the source no longer has it. `input.courses` and
// `input.versions` are not looked at.
absl::StatusOr<RecordPlan> PlanRetraction(const PlanInput& input, json::Arena& arena);

// Plans the retractions of a record that are to be sent again as they were: those whose memory says resend.
absl::StatusOr<RecordPlan> PlanRepeatedRetractions(const PlanInput& input, json::Arena& arena);

}  // namespace hjerte::adapters
