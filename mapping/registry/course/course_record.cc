#include "mapping/registry/course/course_record.h"

#include "absl/status/status.h"
#include "mapping/json/write.h"

namespace hjerte::registry {

std::string_view CourseRecord::Get(std::string_view variable, Point point) const {
  const json::Value* value = root().Find(variable);
  if (value != nullptr && point != Point::kNone) value = value->Find(PointMember(point));
  if (value == nullptr) return {};
  if (value->is_bool()) return value->bool_value() ? "true" : "false";
  return value->text();
}

std::optional<Date> CourseRecord::GetDate(std::string_view variable) const { return ParseDate(Get(variable)); }

bool CourseRecord::Carries(std::string_view variable) const {
  const json::Value* carried = root().Find("carried");
  if (carried == nullptr) return false;
  for (const json::Value& id : carried->elements()) {
    if (id.text() == variable) return true;
  }
  return false;
}

std::optional<Date> CourseRecord::JudgedOn() const {
  for (const std::string_view variable : {"end_date", "start_date", "referral_date"}) {
    if (const std::optional<Date> date = GetDate(variable)) return date;
  }
  return std::nullopt;
}

std::string ToJson(const CourseRecord& record) { return json::WriteCanonical(record.root()); }

absl::StatusOr<CourseRecord> FromJson(std::string_view text) {
  absl::StatusOr<json::Document> document = json::Parse(text);
  if (!document.ok()) return document.status();
  CourseRecord record(*std::move(document));
  if (!record.root().is_object() || record.authority().empty() || record.course_key().empty()) {
    return absl::InvalidArgumentError("no course record: authority or course_key is missing");
  }
  return record;
}

}  // namespace hjerte::registry
