#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/json/document.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/content/variable.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/date.h"

namespace hjerte::registry {

// One course as one flat row of the registry's variables: what indicators are computed from and what is exported. A
// JSON object; variables with measurement points are objects (start, end, follow_up), quantities are decimals in the
// variable's unit. Beside the variables: authority, citizen, carried, assumed, derived, findings.
class CourseRecord {
 public:
  explicit CourseRecord(json::Document document) : document_(std::move(document)) {}

  const json::Value& root() const { return document_.root(); }
  json::Arena& arena() { return document_.arena(); }

  // The value's text as it stands in the record; empty when it is not recorded.
  std::string_view Get(std::string_view variable, Point point = Point::kNone) const;
  std::optional<Date> GetDate(std::string_view variable) const;
  bool Carries(std::string_view variable) const;

  std::string_view authority() const { return Get("authority"); }
  std::string_view course_key() const { return Get("course_key"); }
  std::string_view status() const { return Get("status"); }

  // The date whose content judges the course: end_date, else start_date, else referral_date.
  std::optional<Date> JudgedOn() const;

 private:
  json::Document document_;
};

// What extraction needs to know beside the resources.
struct ExtractContext {
  std::string_view authority;             // Four-digit code; becomes responsible_authority.
  Date today{};                           // For status `silent` only.
  std::span<const std::string> carried;   // Union of what the course's sources carry.
  std::string_view assumed_municipality;  // Residence when the citizen has no address; empty: the authority.
  std::string_view citizen;               // Surrogate; central service only, else empty.
  // Names the municipality of Patient.managingOrganization's SOR id; empty where unknown (configuration knows it).
  std::string_view managing_municipality;
};

// The course record of an assembled course, findings of CheckCourse included (code, variable, severity). Pure; the same
// input gives the same bytes.
CourseRecord ExtractCourse(const Content& content, const AssembledCourse& course, const ExtractContext& context);

// Canonical JSON: members sorted, no whitespace.
std::string ToJson(const CourseRecord& record);
// Reads what ToJson wrote.
absl::StatusOr<CourseRecord> FromJson(std::string_view text);

}  // namespace hjerte::registry
