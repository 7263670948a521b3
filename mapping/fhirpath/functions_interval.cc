#include <algorithm>

#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/parser.h"

namespace hjerte::fhirpath {

namespace {

constexpr int64_t kDay = 86'400'000;  // In milliseconds, as all below.

// Of a unit no longer than a week.
int64_t LengthOf(TimeUnit unit) {
  constexpr int64_t kLengths[] = {0, 0, 7 * kDay, kDay, 3'600'000, 60'000, 1000, 1};
  return kLengths[static_cast<size_t>(unit)];
}

struct Moment {
  Temporal value;
  int64_t milliseconds = 0;  // As written; in UTC where hours or shorter are counted.
};

// What duration() and difference() are asked for.
struct Interval {
  Moment from;
  Moment to;
  TimeUnit unit;
};

int64_t MonthNumber(const Moment& moment) { return int64_t{moment.value.year} * 12 + moment.value.month; }

int64_t WithinMonth(const Moment& moment) {
  return moment.value.day * kDay + (moment.milliseconds - FloorDivide(moment.milliseconds, kDay) * kDay);
}

// Whole months, one that is not over left out.
int64_t WholeMonths(const Moment& from, const Moment& to) {
  if (to.milliseconds < from.milliseconds) return -WholeMonths(to, from);
  return MonthNumber(to) - MonthNumber(from) - (WithinMonth(to) < WithinMonth(from) ? 1 : 0);
}

int64_t WholePeriods(const Interval& interval) {
  const auto& [from, to, unit] = interval;
  if (unit == TimeUnit::kYear) return WholeMonths(from, to) / 12;
  if (unit == TimeUnit::kMonth) return WholeMonths(from, to);
  return (to.milliseconds - from.milliseconds) / LengthOf(unit);
}

int64_t Boundaries(const Interval& interval) {
  const auto& [from, to, unit] = interval;
  if (unit == TimeUnit::kYear) return to.value.year - from.value.year;
  if (unit == TimeUnit::kMonth) return MonthNumber(to) - MonthNumber(from);
  // Weeks begin on Sundays; 1970-01-01 was a Thursday, the fifth day of its week.
  const int64_t shift = unit == TimeUnit::kWeek ? 4 * kDay : 0;
  return FloorDivide(to.milliseconds + shift, LengthOf(unit)) - FloorDivide(from.milliseconds + shift, LengthOf(unit));
}

// How much of a value must be known to count in a unit.
Precision PrecisionFor(TimeUnit unit) {
  constexpr Precision kPrecisions[] = {Precision::kYear,   Precision::kMonth,      Precision::kDay,
                                       Precision::kDay,    Precision::kHour,       Precision::kMinute,
                                       Precision::kSecond, Precision::kMillisecond};
  return kPrecisions[static_cast<size_t>(unit)];
}

bool Counts(ItemKind kind, TimeUnit unit) {
  if (kind == ItemKind::kDate) return unit <= TimeUnit::kDay;
  return kind == ItemKind::kDateTime || unit >= TimeUnit::kHour;
}

Moment MomentOf(const Temporal& value, TimeUnit unit) {
  const int64_t offset = unit >= TimeUnit::kHour ? value.offset_minutes * int64_t{60'000} : 0;
  return {value, LocalMilliseconds(value) - offset};
}

// Reads input and arguments; `interval` stays empty where the result is.
bool ReadInterval(const Call& call, std::optional<Interval>& interval) {
  std::optional<Item> from, to;
  std::optional<std::string_view> precision;
  if (!call.Single(from) || !call.SingleArgument(0, to) || !call.TextArgument(1, precision)) return false;
  if (!from.has_value() || !to.has_value() || !precision.has_value()) return true;
  const Item start = ToSystemLike(call.frame, *from, ItemKind::kDateTime);
  const Item end = ToSystemLike(call.frame, *to, ItemKind::kDateTime);
  const bool times = start.kind() == ItemKind::kTime || end.kind() == ItemKind::kTime;
  if (!start.is_temporal() || !end.is_temporal() || (times && start.kind() != end.kind())) {
    return call.Fail("the function needs two dates or two times");
  }
  const std::optional<TimeUnit> unit = CalendarUnit(*precision);
  if (!unit.has_value() || !Counts(start.kind(), *unit) || !Counts(end.kind(), *unit)) {
    return call.Fail("these values are not counted in that precision");
  }
  const Temporal& a = start.temporal();
  const Temporal& b = end.temporal();
  const bool known = std::min(a.precision, b.precision) >= PrecisionFor(*unit);
  // How far an instant is from a local time of unknown place nobody knows.
  const bool placed = *unit < TimeUnit::kHour || a.has_offset == b.has_offset;
  if (known && placed) interval = Interval{MomentOf(a, *unit), MomentOf(b, *unit), *unit};
  return true;
}

template <int64_t (*kCount)(const Interval&)>
bool Count(const Call& call, Collection& out) {
  std::optional<Interval> interval;
  if (!ReadInterval(call, interval)) return false;
  if (!interval.has_value()) return true;
  const int64_t count = kCount(*interval);
  if (count >= INT32_MIN && count <= INT32_MAX) out.Add(Item::Integer(count));
  return true;
}

// FHIRPath 3.0.0, Date and Time Interval Functions.
constexpr FunctionInfo kFunctions[] = {
    {"duration", Count<WholePeriods>, 2, 2, ResultKind::kInteger},
    {"difference", Count<Boundaries>, 2, 2, ResultKind::kInteger},
};

}  // namespace

std::span<const FunctionInfo> IntervalFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
