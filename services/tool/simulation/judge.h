#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "services/tool/simulation/course.h"

// The definitions K1–K6 of the municipal set, written down by hand from the domain facts a second time. Nothing here
// knows the indicator files or the engine that reads them: that is what makes the truth a check.
namespace hjerte::tool {

inline constexpr int kIndicatorCount = 6;

enum class State { kNotApplicable, kExcluded, kUnknown, kNo, kYes };

// Why a course is excluded; the ids are kReasonIds. The last is no exclusion but is counted apart, beside them.
enum class Reason {
  kNone,
  kDied,
  kEnteredInError,
  kTransferred,
  kNoPlannedSession,
  kNoTrainingPart,
  kNotSmokerAtStart,
  kSmokingStartUnknown,
};
inline constexpr int kReasonCount = 8;
inline constexpr std::array<const char*, kReasonCount> kReasonIds = {"",
                                                                     "died",
                                                                     "entered_in_error",
                                                                     "transferred",
                                                                     "no_planned_session",
                                                                     "no_training",
                                                                     "not_smoker_at_start",
                                                                     "smoking_start_unknown"};

enum class DiagnosisGroup { kAmi, kPci, kCabg, kIhd, kHeartFailure, kValve, kOther };

// Which variables the course's source can hold at all.
struct Carried {
  bool sessions = true;
  bool tests = true;
  bool smoking = true;
  bool hads = true;
  bool diet = true;
};

// One indicator's answer for one course.
struct Answer {
  State state = State::kNotApplicable;
  Reason reason = Reason::kNone;
};

// What the truth knows of a course.
struct Judged {
  // False: quarantined, out of the cohort, or not in the care system at the end.
  bool known = false;
  // Closed and in the population of the set.
  bool in_population = false;
  Day closed = 0;
  int age = 0;
  DiagnosisGroup group = DiagnosisGroup::kOther;
  std::array<Answer, kIndicatorCount> answers;
};

// What a municipality's source carries for a course under that law.
Carried CarriedBy(const Municipality& municipality, LegalBasis legal_basis);

// The group of a course's codes: CABG before PCI before AMI before IHD. KL's first Bundle has no procedure.
DiagnosisGroup GroupOf(const Course& course, bool procedures_carried);

// True when the record as exported holds a mistake for which it must be refused as a whole.
bool MustBeRefused(const Course& snapshot, const Municipality& municipality);

// Judges the last snapshot of a course.
Judged Judge(const Course& snapshot, const Municipality& municipality);

}  // namespace hjerte::tool
