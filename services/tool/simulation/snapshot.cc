#include "services/tool/simulation/snapshot.h"

#include <algorithm>

namespace hjerte::tool {
namespace {

// How long before its date a session is planned in the calendar.
constexpr Day kPlannedAheadDays = 21;

class Snapshot {
 public:
  Snapshot(const Course& course, const Calendar& calendar, Day day)
      : course_(course), calendar_(calendar), day_(day), level_(calendar.LevelOn(day)) {}

  std::optional<Course> Take() {
    const std::optional<Day> first = course_.referral ? course_.referral : course_.start;
    if (!first || *first > day_ || !Holds(course_.from_wave, course_.until_wave)) return std::nullopt;
    Course seen = course_;
    seen.sessions.clear();
    seen.measurements.clear();
    seen.changed = At(*first, 10, 15);
    TakeDates(seen);
    TakeCorrections(seen);
    if (seen.start) {
      for (const Session& session : course_.sessions) TakeSession(seen, session);
    }
    for (const Measurement& measurement : course_.measurements) TakeMeasurement(seen, measurement);
    return seen;
  }

 private:
  bool Holds(int from, int until) const { return from <= level_ && level_ < until; }

  // The morning on which corrections of a wave were made, when that wave has been.
  LocalTime Corrected(int wave) const {
    return wave >= 0 && wave <= level_ ? At(calendar_.CorrectionDay(wave), 9, 0) : 0;
  }

  void TakeDates(Course& seen) const {
    if (seen.start && *seen.start > day_) seen.start.reset();
    if (seen.start) seen.changed = std::max(seen.changed, At(*seen.start, 11, 30));
    if (seen.end && *seen.end > day_) {
      seen.end.reset();
      seen.closure = Closure::kNone;
      seen.stop_reason = -1;
      seen.transferred_to.clear();
    }
    if (seen.death && *seen.death > day_) seen.death.reset();
    if (seen.end) seen.changed = std::max(seen.changed, At(*seen.end, 14, 45));
    if (seen.death) seen.changed = std::max(seen.changed, At(*seen.death, 14, 45));
    seen.status = !seen.start                           ? RowStatus::kReferred
                  : !seen.end                           ? RowStatus::kActive
                  : seen.closure == Closure::kCompleted ? RowStatus::kClosed
                                                        : RowStatus::kStopped;
  }

  void TakeCorrections(Course& seen) const {
    if (level_ >= seen.error_from) seen.status = RowStatus::kEnteredInError;
    if (level_ < seen.diagnosis_wrong_until) seen.diagnosis = seen.wrong_diagnosis;
    if (level_ < seen.reason_missing_until) seen.stop_reason = -1;
    if (level_ < seen.diet_missing_until) seen.offers.diet = Offer::kMissing;
    if (level_ >= seen.fault_until) seen.fault = RowFault::kNone;
    for (int wave : {seen.error_from, seen.diagnosis_wrong_until, seen.reason_missing_until, seen.diet_missing_until,
                     seen.fault_until}) {
      seen.changed = std::max(seen.changed, Corrected(wave));
    }
  }

  void TakeSession(Course& seen, const Session& session) const {
    if (session.date > day_ + kPlannedAheadDays || !Holds(session.from_wave, session.until_wave)) return;
    Session copy = session;
    if (session.date > day_) {
      // A course that is closed or not begun has no sessions ahead of it.
      if (seen.status != RowStatus::kActive) return;
      copy.status = SessionStatus::kPlanned;
      copy.changed = At(std::max(*seen.start, session.date - kPlannedAheadDays), 12, 0);
    } else {
      if (level_ < session.wrong_until) copy.status = SessionStatus::kHeld;
      copy.changed = std::max({At(session.date, 15, 0), Corrected(session.from_wave), Corrected(session.wrong_until)});
    }
    seen.sessions.push_back(copy);
  }

  void TakeMeasurement(Course& seen, const Measurement& measurement) const {
    if (measurement.date > day_ || !Holds(measurement.from_wave, measurement.until_wave)) return;
    Measurement copy = measurement;
    if (level_ < measurement.wrong_until) copy.value = measurement.wrong_value;
    copy.faulty = level_ < measurement.fault_until;
    copy.changed = std::max({At(measurement.date, 13, 0), Corrected(measurement.from_wave),
                             Corrected(measurement.wrong_until), Corrected(measurement.fault_until)});
    seen.measurements.push_back(copy);
  }

  const Course& course_;
  const Calendar& calendar_;
  const Day day_;
  const int level_;
};

}  // namespace

std::optional<Course> AsKnownOn(const Course& course, const Calendar& calendar, Day day) {
  return Snapshot(course, calendar, day).Take();
}

}  // namespace hjerte::tool
