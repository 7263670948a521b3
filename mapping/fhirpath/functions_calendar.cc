#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

// The clock is an argument of the evaluation: the same record always gives the same answer.
bool Clock(const Call& call, std::optional<Temporal>& now) {
  now = call.frame.context.now();
  return now.has_value() || call.Fail("this evaluation was given no clock; set now");
}

bool Now(const Call& call, Collection& out) {
  std::optional<Temporal> now;
  if (!Clock(call, now)) return false;
  out.Add(Item::DateTime(*now));
  return true;
}

bool Today(const Call& call, Collection& out) {
  std::optional<Temporal> now;
  if (!Clock(call, now)) return false;
  out.Add(Item::Date(Temporal{.year = now->year, .month = now->month, .day = now->day}));
  return true;
}

Temporal TimePart(const Temporal& instant) {
  Temporal time = instant;
  time.year = 1970;
  time.month = 1;
  time.day = 1;
  time.has_offset = false;
  time.offset_minutes = 0;
  return time;
}

bool TimeOfDay(const Call& call, Collection& out) {
  std::optional<Temporal> now;
  if (!Clock(call, now)) return false;
  out.Add(Item::Time(TimePart(*now)));
  return true;
}

// The single date or time of the input; a text that FHIR types as nothing is read as one. Anything else has no
// components, and gives nothing.
bool Calendar(const Call& call, std::optional<Item>& value) {
  if (!call.Single(value) || !value.has_value()) return call.frame.error.ok();
  value = ToSystemLike(call.frame, *value, ItemKind::kDateTime);
  if (!value->is_temporal()) value.reset();
  return true;
}

// One component (FHIRPath 3.0.0, Extract Date/DateTime/Time components); empty where the value does not have it.
template <Precision kPrecision, int64_t (*kRead)(const Temporal&)>
bool Component(const Call& call, Collection& out) {
  std::optional<Item> value;
  if (!Calendar(call, value) || !value.has_value()) return call.frame.error.ok();
  const bool has_it = value->kind() != ItemKind::kTime || kPrecision >= Precision::kHour;
  if (has_it && value->temporal().precision >= kPrecision) out.Add(Item::Integer(kRead(value->temporal())));
  return true;
}

int64_t Year(const Temporal& value) { return value.year; }
int64_t Month(const Temporal& value) { return value.month; }
int64_t Day(const Temporal& value) { return value.day; }
int64_t Hour(const Temporal& value) { return value.hour; }
int64_t Minute(const Temporal& value) { return value.minute; }
int64_t Second(const Temporal& value) { return value.second; }
int64_t Millisecond(const Temporal& value) { return value.nanosecond / 1'000'000; }

bool TimezoneOffset(const Call& call, Collection& out) {
  std::optional<Item> value;
  if (!Calendar(call, value) || !value.has_value()) return call.frame.error.ok();
  if (value->temporal().has_offset) {
    const auto hours = Decimal(value->temporal().offset_minutes).DividedBy(60);
    // A whole number of hours is written 1.0: the result is a Decimal.
    out.Add(Item::Number(hours->scale() > 0 ? *hours : *hours->WithScale(1, Decimal::Rounding::kDown)));
  }
  return true;
}

bool DatePart(const Call& call, Collection& out) {
  std::optional<Item> value;
  if (!Calendar(call, value) || !value.has_value()) return call.frame.error.ok();
  if (value->kind() == ItemKind::kTime) return true;
  const Temporal& instant = value->temporal();
  Temporal date{.year = instant.year, .month = instant.month, .day = instant.day};
  date.precision = std::min(instant.precision, Precision::kDay);
  out.Add(Item::Date(date));
  return true;
}

bool TimeOf(const Call& call, Collection& out) {
  std::optional<Item> value;
  if (!Calendar(call, value) || !value.has_value()) return call.frame.error.ok();
  const bool has_time = value->kind() == ItemKind::kDateTime && value->temporal().precision >= Precision::kHour;
  if (has_time) out.Add(Item::Time(TimePart(value->temporal())));
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"now", Now, 0, 0},
    {"today", Today, 0, 0},
    {"timeOfDay", TimeOfDay, 0, 0},
    {"yearOf", Component<Precision::kYear, Year>, 0, 0, ResultKind::kInteger},
    {"monthOf", Component<Precision::kMonth, Month>, 0, 0, ResultKind::kInteger},
    {"dayOf", Component<Precision::kDay, Day>, 0, 0, ResultKind::kInteger},
    {"hourOf", Component<Precision::kHour, Hour>, 0, 0, ResultKind::kInteger},
    {"minuteOf", Component<Precision::kMinute, Minute>, 0, 0, ResultKind::kInteger},
    {"secondOf", Component<Precision::kSecond, Second>, 0, 0, ResultKind::kInteger},
    {"millisecondOf", Component<Precision::kMillisecond, Millisecond>, 0, 0, ResultKind::kInteger},
    {"timezoneOffsetOf", TimezoneOffset, 0, 0, ResultKind::kDecimal},
    {"dateOf", DatePart, 0, 0},
    {"timeOf", TimeOf, 0, 0},
};

}  // namespace

std::span<const FunctionInfo> CalendarFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
