#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/tool/simulation/calendar.h"

namespace hjerte::tool {

// A wave that never comes.
inline constexpr int kNoWave = 127;

// The formats care systems export.
enum class Format { kCsv, kJson, kKl };

// How a CSV municipality writes its letters.
enum class Encoding { kUtf8, kUtf8Bom, kWindows1252 };

// One municipality and its care system.
struct Municipality {
  // Four-digit code.
  std::string code;
  std::string name;
  Format format = Format::kCsv;
  Encoding encoding = Encoding::kUtf8;
  // KL only: true when the second Bundle with tests, smoking, HADS and sessions is exported too.
  bool second_bundle = false;
  // SOR id of the municipality's own unit.
  std::string sor;
  // Courses to simulate.
  int courses = 0;
};

enum class LegalBasis { kS119, kS140 };
enum class ReferralSource { kHospital, kGp, kSelf };
enum class RowStatus { kReferred, kActive, kClosed, kStopped, kEnteredInError };
// How a course ended; kStopped1 … are KL's nine codes in the order of closing_reason.h.
enum class Closure { kNone, kCompleted, kTransferred, kDied, kStopped };
enum class Offer { kMissing, kYes, kNo, kDeclined, kNotRelevant };
enum class SessionStatus { kPlanned, kHeld, kCancelled, kEnteredInError };
enum class CancelledBy { kUnknown, kProvider, kCitizen, kNoShow };
enum class Point { kStart, kEnd };
enum class Smoking { kMissing, kSmoker, kFormer, kNever, kUnknown };

// What a measurement measures.
enum class Measure {
  kWalk,
  kErgometer,
  kMet,
  kSitToStand,
  kSmoking,
  kWeight,
  kHeight,
  kWaist,
  kSystolic,
  kDiastolic,
  kLdl,
  kHadsAnxiety,
  kHadsDepression,
  kHeartQol,
  kHjerteKostFat,
  kHjerteKostFish,
};

// Exact decimal: units / 10^digits.
struct Decimal {
  int64_t units = 0;
  int digits = 0;
};

// Mistakes in a course's own row that no care system should have let through; the record belongs in quarantine.
enum class RowFault {
  kNone,
  kBadCpr,
  kStartAfterEnd,
  kUnknownStatus,
  kImpossibleDate,
  kUnknownMunicipality,
  kFutureDate
};

// One training session. It is seen by the extracts of waves from … until-1.
struct Session {
  int number = 0;
  Day date = 0;
  SessionStatus status = SessionStatus::kHeld;
  CancelledBy cancelled_by = CancelledBy::kUnknown;
  // First wave that has it (late records); -1: at once.
  int from_wave = -1;
  // First wave that has it no more (deleted in the care system).
  int until_wave = kNoWave;
  // Before this wave it was written down as held, wrongly; -1: never.
  int wrong_until = -1;
  // Time of the last change, set by a snapshot.
  LocalTime changed = 0;
};

// One measurement or one answer of a questionnaire.
struct Measurement {
  int number = 0;
  Measure test = Measure::kWalk;
  // HeartQoL item 1 … 14.
  int item = 0;
  Point point = Point::kStart;
  Day date = 0;
  // In the canonical unit.
  Decimal value;
  Smoking smoking = Smoking::kMissing;
  // Exported in another unit that converts exactly (cm, g).
  bool other_unit = false;
  int from_wave = -1;
  int until_wave = kNoWave;
  // Before this wave the value was `wrong_value`: plausible, but wrong.
  int wrong_until = -1;
  Decimal wrong_value;
  // Before this wave the value or unit is one that must be refused.
  int fault_until = -1;
  // Set by a snapshot: the fault is there now.
  bool faulty = false;
  LocalTime changed = 0;
};

// The five offers, in the order of the CSV columns.
struct Offers {
  Offer training = Offer::kMissing;
  Offer diet = Offer::kMissing;
  Offer smoking_cessation = Offer::kMissing;
  Offer education = Offer::kMissing;
  Offer psychosocial = Offer::kMissing;
};

// One course of one citizen as it truly is, with what was written down wrongly on the way.
struct Course {
  // The source's own key.
  std::string key;
  std::string cpr;
  Day birth = 0;
  bool male = false;
  std::string residence;
  std::string provider_sor;
  LegalBasis legal_basis = LegalBasis::kS119;
  std::optional<Day> referral;
  ReferralSource referral_source = ReferralSource::kHospital;
  // SKS codes; the procedure may be empty.
  std::string diagnosis;
  std::string procedure;
  std::optional<Day> start;
  std::optional<Day> end;
  // A stopped course whose end date nobody wrote; it ends on the date of its stamp.
  bool end_unwritten = false;
  Closure closure = Closure::kNone;
  // Index of closing_reason.h when closure is kStopped; -1: nobody wrote one.
  int stop_reason = -1;
  std::string transferred_to;
  std::optional<Day> death;
  Offers offers;
  std::string remark;
  std::vector<Session> sessions;
  std::vector<Measurement> measurements;

  // From this wave the course is entered in error.
  int error_from = kNoWave;
  // First wave that has the course, and the first that has it no more.
  int from_wave = -1;
  int until_wave = kNoWave;
  // Before this wave the diagnosis was `wrong_diagnosis`.
  int diagnosis_wrong_until = -1;
  std::string wrong_diagnosis;
  // Before this wave the closing reason was not written.
  int reason_missing_until = -1;
  // Before this wave the diet treatment was not written.
  int diet_missing_until = -1;
  // The mistake in the row, there before wave fault_until.
  RowFault fault = RowFault::kNone;
  int fault_until = -1;

  // Set by a snapshot: what the care system shows on that day.
  RowStatus status = RowStatus::kReferred;
  LocalTime changed = 0;
};

}  // namespace hjerte::tool
