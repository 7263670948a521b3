#include "services/indicator/ingest/course_json.h"

#include <chrono>
#include <optional>

#include "hjertegateway/v1/course.pb.h"
#include "mapping/json/arena.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/time_text.h"
#include "services/indicator/ingest/report_findings.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

// Far more than there are variables and measurement points.
constexpr int kValuesMax = 10'000;

// Years 1 to 9999, as the type has them.
bool IsInstant(const google::protobuf::Timestamp& stamp) {
  constexpr std::int64_t kSecondsMin = -62'135'596'800;
  constexpr std::int64_t kSecondsMax = 253'402'300'799;
  return stamp.seconds() >= kSecondsMin && stamp.seconds() <= kSecondsMax && stamp.nanos() >= 0 &&
         stamp.nanos() <= 999'999'999;
}

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

// The field of VariableValue that holds values of the type; unset where a Course has none for it.
v1::VariableValue::ValueCase FieldOf(registry::ValueType type) {
  switch (type) {
    case registry::ValueType::kCode:
      return v1::VariableValue::kCode;
    case registry::ValueType::kText:
    case registry::ValueType::kIdentifier:
      return v1::VariableValue::kText;
    case registry::ValueType::kCount:
    case registry::ValueType::kScore:
      return v1::VariableValue::kInteger;
    case registry::ValueType::kQuantity:
    case registry::ValueType::kDecimal:
      return v1::VariableValue::kQuantity;
    case registry::ValueType::kDate:
      return v1::VariableValue::kDate;
    case registry::ValueType::kBoolean:
      return v1::VariableValue::VALUE_NOT_SET;
  }
  return v1::VariableValue::VALUE_NOT_SET;
}

std::optional<registry::Finding> FaultOf(const v1::VariableValue& value, int index,
                                         const registry::VariableSet& variables) {
  const std::string place = "Course.values[" + std::to_string(index) + "]";
  const registry::Variable* variable = variables.Find(value.variable());
  if (variable == nullptr || variable->derived) return VariableNotSendable(place + ".variable");
  if (value.value_case() == v1::VariableValue::VALUE_NOT_SET) return std::nullopt;
  const v1::VariableValue::ValueCase field = FieldOf(variable->type);
  if (field == v1::VariableValue::VALUE_NOT_SET) return VariableNotSendable(place + ".variable");
  if (value.value_case() != field) {
    return ValueInWrongField(place, *variable, v1::VariableValue::descriptor()->FindFieldByNumber(field)->name());
  }
  if (value.has_quantity() && !IsDecimal(value.quantity().value())) {
    return ValueNotDecimal(place + ".quantity.value", *variable);
  }
  return std::nullopt;
}

json::Value ValueToJson(json::Arena& arena, const v1::VariableValue& value) {
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

std::variant<std::string, registry::Finding> CourseToJson(const v1::Course& course,
                                                          const registry::VariableSet& variables) {
  if (course.course_key().empty()) return CourseKeyMissing();
  if (course.has_last_updated() && !IsInstant(course.last_updated())) return CourseStampImpossible();
  if (course.values_size() > kValuesMax) return CourseValuesTooMany(kValuesMax);
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
    if (std::optional<registry::Finding> fault = FaultOf(course.values(i), i, variables)) return *std::move(fault);
    values.Append(arena, ValueToJson(arena, course.values(i)));
  }
  object.Add("values", values);
  return json::Write(object.value());
}

}  // namespace hjerte::indicator
