#include "services/tool/simulation/judge.h"

#include <algorithm>
#include <optional>

namespace hjerte::tool {
namespace {

constexpr int kAdult = 18;

bool StartsWith(const std::string& code, const char* prefix) { return code.rfind(prefix, 0) == 0; }

const Measurement* Find(const Course& course, Measure test, Point point) {
  for (const Measurement& measurement : course.measurements) {
    if (measurement.test == test && measurement.point == point && !measurement.faulty) return &measurement;
  }
  return nullptr;
}

Answer Excluded(Reason reason) { return {State::kExcluded, reason}; }
Answer Unknown() { return {State::kUnknown, Reason::kNone}; }
Answer YesOrNo(bool yes) { return {yes ? State::kYes : State::kNo, Reason::kNone}; }

Answer Adherence(const Course& course) {
  if (course.closure == Closure::kStopped && course.stop_reason < 0) return Unknown();
  return YesOrNo(course.closure == Closure::kCompleted);
}

// Where no session is known, there was none planned for who has no training part; for the others it is missing.
Answer Sessions(const Course& course, const Carried& carried) {
  const bool known =
      carried.sessions && std::any_of(course.sessions.begin(), course.sessions.end(),
                                      [](const Session& s) { return s.status != SessionStatus::kEnteredInError; });
  if (!known) return course.offers.training == Offer::kYes ? Unknown() : Excluded(Reason::kNoPlannedSession);
  int planned = 0;
  int attended = 0;
  for (const Session& session : course.sessions) {
    if (session.status == SessionStatus::kEnteredInError) continue;
    const bool by_provider =
        session.status == SessionStatus::kCancelled && session.cancelled_by == CancelledBy::kProvider;
    if (!by_provider) ++planned;
    if (session.status == SessionStatus::kHeld) ++attended;
  }
  if (planned == 0) return Excluded(Reason::kNoPlannedSession);
  return YesOrNo(5 * attended >= 4 * planned);
}

Answer WorkCapacity(const Course& course, const Carried& carried) {
  if (course.offers.training != Offer::kYes) return Excluded(Reason::kNoTrainingPart);
  if (!carried.tests) return Unknown();
  bool pair = false;
  bool risen = false;
  for (const Measure test : {Measure::kErgometer, Measure::kMet, Measure::kWalk}) {
    const Measurement* start = Find(course, test, Point::kStart);
    const Measurement* end = Find(course, test, Point::kEnd);
    if (start == nullptr || end == nullptr || start->value.units == 0) continue;
    pair = true;
    // Both have the same number of decimals.
    risen = risen || 10 * end->value.units >= 11 * start->value.units;
  }
  return pair ? YesOrNo(risen) : Unknown();
}

Answer SmokingCessation(const Course& course, const Carried& carried) {
  if (!carried.smoking) return Excluded(Reason::kSmokingStartUnknown);
  const Measurement* start = Find(course, Measure::kSmoking, Point::kStart);
  const Measurement* end = Find(course, Measure::kSmoking, Point::kEnd);
  if (start == nullptr || start->smoking == Smoking::kUnknown) return Excluded(Reason::kSmokingStartUnknown);
  if (start->smoking != Smoking::kSmoker) return Excluded(Reason::kNotSmokerAtStart);
  if (end == nullptr || end->smoking == Smoking::kUnknown || end->smoking == Smoking::kNever) return Unknown();
  return YesOrNo(end->smoking == Smoking::kFormer);
}

Answer Diet(const Course& course, const Carried& carried) {
  return carried.diet ? YesOrNo(course.offers.diet == Offer::kYes) : Unknown();
}

Answer Screening(const Course& course, const Carried& carried) {
  if (!carried.hads) return Unknown();
  const auto recorded = [&](Measure test) {
    return Find(course, test, Point::kStart) != nullptr || Find(course, test, Point::kEnd) != nullptr;
  };
  return YesOrNo(recorded(Measure::kHadsAnxiety) && recorded(Measure::kHadsDepression));
}

Reason ExcludedFromAll(const Course& course) {
  if (course.closure == Closure::kDied || (course.death && *course.death <= *course.end)) return Reason::kDied;
  if (course.status == RowStatus::kEnteredInError) return Reason::kEnteredInError;
  if (course.closure == Closure::kTransferred) return Reason::kTransferred;
  return Reason::kNone;
}

}  // namespace

Carried CarriedBy(const Municipality& municipality, LegalBasis legal_basis) {
  Carried carried;
  if (municipality.format != Format::kKl) return carried;
  carried.sessions = carried.tests = carried.smoking = carried.hads = municipality.second_bundle;
  // Section 140's intervention codes have no Diætbehandling.
  carried.diet = legal_basis == LegalBasis::kS119;
  return carried;
}

DiagnosisGroup GroupOf(const Course& course, bool procedures_carried) {
  const std::string& procedure = course.procedure;
  if (procedures_carried && StartsWith(procedure, "KFN") && procedure.size() >= 4) {
    if (procedure[3] == 'G') return DiagnosisGroup::kPci;
    if (std::string("ABCDEFHJKW").find(procedure[3]) != std::string::npos) return DiagnosisGroup::kCabg;
  }
  const std::string& diagnosis = course.diagnosis;
  if (StartsWith(diagnosis, "DI21")) return DiagnosisGroup::kAmi;
  if (StartsWith(diagnosis, "DI2") && diagnosis.size() >= 4 && diagnosis[3] >= '0' && diagnosis[3] <= '5') {
    return DiagnosisGroup::kIhd;
  }
  if (StartsWith(diagnosis, "DI50")) return DiagnosisGroup::kHeartFailure;
  if (StartsWith(diagnosis, "DI3") && diagnosis.size() >= 4 && diagnosis[3] >= '4' && diagnosis[3] <= '9') {
    return DiagnosisGroup::kValve;
  }
  return DiagnosisGroup::kOther;
}

bool MustBeRefused(const Course& snapshot, const Municipality& municipality) {
  if (snapshot.fault == RowFault::kStartAfterEnd) return snapshot.start && snapshot.end && !snapshot.end_unwritten;
  if (snapshot.fault != RowFault::kNone) return true;
  // KL refuses the one Bundle that holds a faulty measurement; in the other formats it is part of the record.
  return municipality.format != Format::kKl &&
         std::any_of(snapshot.measurements.begin(), snapshot.measurements.end(),
                     [](const Measurement& measurement) { return measurement.faulty; });
}

Judged Judge(const Course& snapshot, const Municipality& municipality) {
  Judged judged;
  const bool procedures = municipality.format != Format::kKl || municipality.second_bundle;
  judged.group = GroupOf(snapshot, procedures);
  const bool cohort = judged.group == DiagnosisGroup::kAmi || judged.group == DiagnosisGroup::kPci ||
                      judged.group == DiagnosisGroup::kCabg || judged.group == DiagnosisGroup::kIhd;
  judged.known = cohort && !MustBeRefused(snapshot, municipality);
  if (!judged.known || !snapshot.start || !snapshot.end) return judged;
  judged.age = AgeOn(snapshot.birth, *snapshot.start);
  judged.closed = snapshot.end_unwritten ? DayOfTime(snapshot.changed) : *snapshot.end;
  judged.in_population = judged.age >= kAdult;
  if (!judged.in_population) return judged;
  if (const Reason reason = ExcludedFromAll(snapshot); reason != Reason::kNone) {
    judged.answers.fill(Excluded(reason));
    return judged;
  }
  const Carried carried = CarriedBy(municipality, snapshot.legal_basis);
  judged.answers = {Adherence(snapshot),
                    Sessions(snapshot, carried),
                    WorkCapacity(snapshot, carried),
                    SmokingCessation(snapshot, carried),
                    Diet(snapshot, carried),
                    Screening(snapshot, carried)};
  return judged;
}

}  // namespace hjerte::tool
