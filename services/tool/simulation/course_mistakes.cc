// What goes wrong between a course and its extracts.
#include "services/tool/simulation/closing_reason.h"
#include "services/tool/simulation/course_maker.h"

namespace hjerte::tool {
namespace {

class MistakeMaker {
 public:
  MistakeMaker(Chance& chance, const Calendar& calendar, Format format, Course& course)
      : chance_(chance), calendar_(calendar), format_(format), course_(course) {}

  void Make() {
    MakeRowFault();
    // Whose end is read off the last change's date must not be changed afterwards.
    if (course_.end_unwritten) return;
    if (course_.start && chance_.Permille(12)) course_.error_from = LaterWave();
    if (Corrected(15)) CorrectDiagnosis();
    if (course_.closure == Closure::kStopped && course_.stop_reason >= 0 && format_ != Format::kKl && Corrected(80)) {
      course_.reason_missing_until = LaterWave();
    }
    if (course_.offers.diet == Offer::kYes && Corrected(40)) course_.diet_missing_until = LaterWave();
    if (!course_.end && format_ != Format::kKl && chance_.Permille(60)) course_.until_wave = LaterWave();
    if (Corrected(25)) course_.from_wave = LaterWave();
    for (Session& session : course_.sessions) Spoil(session);
    for (Measurement& measurement : course_.measurements) Spoil(measurement);
    if (course_.fault == RowFault::kNone && Corrected(25)) MakeMeasurementFault();
  }

 private:
  // A wave that can correct what the first one showed; the first, when there is only one.
  int LaterWave() { return calendar_.LastWave() == 0 ? 0 : static_cast<int>(chance_.Between(1, calendar_.LastWave())); }
  bool Corrected(int permille) { return chance_.Permille(permille); }

  void MakeRowFault() {
    if (!chance_.Permille(18)) return;
    // A mistake that is never corrected must be there from the first extract on: otherwise an earlier sound version
    // would rightly count, and the truth would have to follow the waves.
    const bool forever = chance_.Permille(250);
    constexpr RowFault kFaults[] = {RowFault::kBadCpr,        RowFault::kUnknownMunicipality,
                                    RowFault::kUnknownStatus, RowFault::kImpossibleDate,
                                    RowFault::kFutureDate,    RowFault::kStartAfterEnd};
    RowFault fault = format_ == Format::kKl ? RowFault::kBadCpr : kFaults[chance_.Below(forever ? 3 : 6)];
    if (course_.end_unwritten && !forever) return;
    course_.fault = fault;
    course_.fault_until = forever ? kNoWave : LaterWave();
  }

  // Into the cohort or out of it.
  void CorrectDiagnosis() {
    course_.diagnosis_wrong_until = LaterWave();
    course_.wrong_diagnosis = chance_.Permille(500) ? "DI509" : "DI219";
  }

  void Spoil(Session& session) {
    if (chance_.Permille(5)) session.from_wave = LaterWave();
    if (chance_.Permille(3) && format_ != Format::kKl) session.until_wave = LaterWave();
    if (session.status == SessionStatus::kCancelled && chance_.Permille(20)) session.wrong_until = LaterWave();
    if (session.until_wave <= session.from_wave) session.until_wave = kNoWave;
  }

  void Spoil(Measurement& measurement) {
    if (chance_.Permille(10)) measurement.from_wave = LaterWave();
    if (measurement.test != Measure::kSmoking && measurement.value.units > 10 && chance_.Permille(10)) {
      measurement.wrong_until = LaterWave();
      measurement.wrong_value = measurement.value;
      measurement.wrong_value.units += chance_.Between(1, 9);
    }
  }

  void MakeMeasurementFault() {
    for (Measurement& measurement : course_.measurements) {
      const bool spoilable = measurement.test == Measure::kWalk || measurement.test == Measure::kHadsAnxiety ||
                             measurement.test == Measure::kWeight;
      if (!spoilable || !chance_.Permille(500)) continue;
      measurement.fault_until = LaterWave();
      return;
    }
  }

  Chance& chance_;
  const Calendar& calendar_;
  const Format format_;
  Course& course_;
};

}  // namespace

void MakeMistakes(Chance& chance, const Calendar& calendar, Format format, Course& course) {
  MistakeMaker(chance, calendar, format, course).Make();
}

}  // namespace hjerte::tool
