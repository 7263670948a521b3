#include "services/indicator/course_json.h"

#include <chrono>

#include "hjertegateway/v1/course.pb.h"
#include "mapping/json/arena.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/time_text.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

// Builds an object; everything it is given outlives the text it becomes.
class ObjectBuilder {
 public:
  explicit ObjectBuilder(json::Arena& arena) : arena_(arena), object_(json::Value::Object(arena)) {}
  void Text(std::string_view name, const std::string& text) {
    if (!text.empty()) object_.Add(arena_, name, json::Value::String(text));
  }
  void Add(std::string_view name, json::Value value) { object_.Add(arena_, name, value); }
  json::Value value() const { return object_; }

 private:
  json::Arena& arena_;
  json::Value object_;
};

std::string_view PointText(v1::MeasurementPoint point) {
  switch (point) {
    case v1::MEASUREMENT_POINT_START:
      return "start";
    case v1::MEASUREMENT_POINT_END:
      return "end";
    case v1::MEASUREMENT_POINT_FOLLOW_UP:
      return "follow-up";
    default:
      return {};
  }
}

bool IsDecimal(const std::string& text) {
  const absl::StatusOr<json::Document> parsed = json::Parse(text);
  return parsed.ok() && parsed->root().is_number() && parsed->root().text() == text;
}

absl::StatusOr<json::Value> ValueToJson(json::Arena& arena, const v1::VariableValue& value, int index) {
  ObjectBuilder object(arena);
  object.Text("variable", value.variable());
  if (const std::string_view point = PointText(value.point()); !point.empty()) {
    object.Add("point", json::Value::String(point));
  }
  switch (value.value_case()) {
    case v1::VariableValue::kCode:
      object.Text("code", value.code());
      break;
    case v1::VariableValue::kText:
      object.Text("text", value.text());
      break;
    case v1::VariableValue::kInteger:
      object.Add("integer", json::Value::Number(arena.CopyText(std::to_string(value.integer()))));
      break;
    case v1::VariableValue::kQuantity: {
      if (!IsDecimal(value.quantity().value())) {
        return absl::InvalidArgumentError("Course.values[" + std::to_string(index) +
                                          "].quantity.value: expected a decimal with a point, e.g. 432.5");
      }
      ObjectBuilder quantity(arena);
      quantity.Add("value", json::Value::Number(value.quantity().value()));
      quantity.Text("unit", value.quantity().unit());
      object.Add("quantity", quantity.value());
      break;
    }
    case v1::VariableValue::kDate:
      object.Text("date", value.date());
      break;
    case v1::VariableValue::VALUE_NOT_SET:
      break;
  }
  object.Text("observed_on", value.observed_on());
  return object.value();
}

}  // namespace

absl::StatusOr<std::string> CourseToJson(const v1::Course& course) {
  json::Arena arena;
  ObjectBuilder object(arena);
  object.Text("authority", course.authority());
  object.Text("course_key", course.course_key());
  ObjectBuilder citizen(arena);
  citizen.Text("cpr", course.citizen().cpr());
  if (course.citizen().deceased()) citizen.Add("deceased", json::Value::Bool(true));
  citizen.Text("deceased_date", course.citizen().deceased_date());
  object.Add("citizen", citizen.value());
  if (course.has_last_updated()) {
    const common::Instant stamp{std::chrono::seconds(course.last_updated().seconds()) +
                                std::chrono::microseconds(course.last_updated().nanos() / 1000)};
    object.Add("last_updated", json::Value::String(arena.CopyText(common::FormatInstant(stamp))));
  }
  object.Add("entered_in_error", json::Value::Bool(course.entered_in_error()));
  json::Value values = json::Value::Array(arena);
  for (int i = 0; i < course.values_size(); ++i) {
    absl::StatusOr<json::Value> value = ValueToJson(arena, course.values(i), i);
    if (!value.ok()) return value.status();
    values.Append(arena, *value);
  }
  object.Add("values", values);
  return json::Write(object.value());
}

}  // namespace hjerte::indicator
