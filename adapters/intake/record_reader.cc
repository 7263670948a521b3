#include "adapters/intake/record_reader.h"

#include <optional>
#include <utility>

#include "adapters/intake/report_intake.h"
#include "adapters/reports/number_check.h"
#include "mapping/json/document.h"
#include "mapping/registry/course/cohort.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/course/identity.h"
#include "mapping/registry/report/report_check.h"
#include "services/common/copenhagen.h"

namespace hjerte::adapters {
namespace {

registry::Finding IdentityFinding(const absl::Status& status) {
  return {.severity = registry::Severity::kError,
          .code = "map-identity",
          .location = "",
          .variable = "cpr",
          .text = {.da = "Posten mangler borgerens CPR-nummer eller en nøgle. Udfyld det i omsorgssystemet.",
                   .en = "The record lacks the citizen's number or a key. Fill it in in the care system. (" +
                         std::string(status.message()) + ")"}};
}

registry::Finding JsonFinding() {
  return {.severity = registry::Severity::kError,
          .code = "source-json",
          .location = "",
          .variable = "",
          .text = {.da = "Posten er ikke gyldig JSON. Dan udtrækket igen.",
                   .en = "The record is not valid JSON. Make the extract again."}};
}

}  // namespace

void RecordReader::Read(std::string_view json, Reading& reading) const {
  reading.findings.clear();
  reading.arena.Reset();
  const auto record = json::ParseInto(reading.arena, json);
  if (!record.ok()) {
    reading.findings.push_back(JsonFinding());
    return;
  }
  const json::Value bundle = MakeBundle(*record, reading);
  if (!bundle.is_object()) return;
  Sort(bundle, reading);
  Check(bundle, reading);
  std::optional<registry::Finding> elsewhere;
  if (registry::HasErrors(reading.findings)) {
    elsewhere = NumberElsewhere(bundle);
  } else {
    JudgeCourses(reading);
    elsewhere = NumberElsewhere(reading.versions);
  }
  if (elsewhere) reading.findings.push_back(*std::move(elsewhere));
}

json::Value RecordReader::MakeBundle(const json::Value& record, Reading& reading) const {
  Mapped mapped = parts_.mapper->Run(record, reading.arena);
  reading.findings = std::move(mapped.findings);
  if (!reading.findings.empty()) return {};
  const registry::IdentityOptions identity{.authority = parts_.authority, .patient_key = parts_.state.patient_key()};
  const absl::Status status = registry::AssignIdentities(mapped.bundle, reading.arena, identity);
  if (!status.ok()) {
    reading.findings.push_back(IdentityFinding(status));
    return {};
  }
  return mapped.bundle;
}

void RecordReader::Check(const json::Value& bundle, Reading& reading) const {
  reading.findings = registry::CheckReport(
      parts_.content, bundle,
      {.received_at_us = parts_.clock.Now().time_since_epoch().count(), .assembly = &reading.assembly});
  // A record without stamps gets them when it is sent (resource_versions.h).
  std::erase_if(reading.findings,
                [](const registry::Finding& finding) { return finding.code == "dhrd-stamp-required"; });
}

void RecordReader::Assemble(const json::Value& bundle, Reading& reading) const {
  Sort(bundle, reading);
  JudgeCourses(reading);
}

void RecordReader::Sort(const json::Value& bundle, Reading& reading) const {
  reading.versions = VersionsOf(bundle, reading.arena);
  std::vector<registry::CurrentResource> current;
  current.reserve(reading.versions.size());
  for (ResourceVersion& version : reading.versions) {
    version.content = parts_.state.Hide("resource", version.content);
    current.push_back({.resource = version.resource, .stamp_us = version.stamp_us});
  }
  reading.assembly = registry::AssembleCourses(parts_.content, current);
}

void RecordReader::JudgeCourses(Reading& reading) const {
  reading.courses.clear();
  for (const registry::AssembledCourse& course : reading.assembly.courses) reading.courses.push_back(Judge(course));
}

JudgedCourse RecordReader::Judge(const registry::AssembledCourse& course) const {
  const std::string managing = ManagingMunicipality(course.patient.resource, parts_.municipality_of_sor);
  const registry::ExtractContext context{.authority = parts_.authority,
                                         .today = common::CopenhagenDate(parts_.clock.Now()),
                                         .carried = parts_.carries.all(),
                                         .assumed_municipality = parts_.authority,
                                         .citizen = "",
                                         .managing_municipality = managing};
  const registry::CourseRecord record = registry::ExtractCourse(parts_.content, course, context);
  JudgedCourse judged{.course = &course,
                      .state = CourseState::kWaiting,
                      .entered_in_error = course.entered_in_error,
                      .carries = {},
                      .decided_by = {}};
  switch (registry::JudgeCohort(parts_.content, record)) {
    case registry::CohortAnswer::kYes:
      judged.state = CourseState::kSent;
      judged.carries = parts_.carries.For(record.root());
      break;
    case registry::CohortAnswer::kNo:
      judged.state = CourseState::kOutOfScope;
      judged.decided_by = registry::CohortVariables(parts_.content, record);
      break;
    case registry::CohortAnswer::kCannotJudgeYet:
      break;
  }
  return judged;
}

}  // namespace hjerte::adapters
