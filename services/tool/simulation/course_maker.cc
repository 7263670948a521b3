#include "services/tool/simulation/course_maker.h"

#include <algorithm>

#include "services/tool/simulation/closing_reason.h"

namespace hjerte::tool {
namespace {

// Drop-out after starting, five municipal settings, 2018: 199 of 690.
constexpr int kDropOutPermille = 288;
// How many ended courses are kept as candidates for a later referral of the same citizen.
constexpr size_t kReturningMax = 256;
// Weeks after which a re-referral is believable.
constexpr Day kRereferralAfterDays = 90;

Offer DrawOffer(Chance& chance, int yes, int no, int declined, int not_relevant, int missing) {
  constexpr Offer kAnswers[] = {Offer::kYes, Offer::kNo, Offer::kDeclined, Offer::kNotRelevant, Offer::kMissing};
  return kAnswers[chance.Weighted({yes, no, declined, not_relevant, missing})];
}

const char* OneOf(Chance& chance, const std::vector<const char*>& values) {
  return values[static_cast<size_t>(chance.Below(static_cast<int64_t>(values.size())))];
}

std::string Key(const Municipality& municipality, uint64_t seed, int index) {
  const std::string number = std::to_string(100000 + index);
  if (municipality.format == Format::kCsv) return municipality.code.substr(1) + "-" + number;
  if (municipality.format == Format::kJson) return "F" + municipality.code + number;
  // KL: the referral's id is the course key, and it is a UUID there.
  const uint64_t a = Mix(seed, std::stoull(municipality.code) * 1000003 + static_cast<uint64_t>(index));
  const uint64_t b = Mix(a, 0x5e);
  return UuidOf(a, b);
}

}  // namespace

CourseMaker::CourseMaker(uint64_t seed, int first_year, int last_year, const Calendar& calendar,
                         const std::vector<Municipality>& municipalities)
    : seed_(seed),
      first_day_(DayOf(first_year, 1, 1)),
      last_day_(DayOf(last_year, 12, 31)),
      calendar_(calendar),
      municipalities_(municipalities),
      transferred_(municipalities.size()) {}

Course CourseMaker::Make(size_t municipality, int index) {
  const Municipality& place = municipalities_[municipality];
  Chance chance(seed_, Mix(std::stoull(place.code), static_cast<uint64_t>(index)));
  if (municipality != current_) {
    current_ = municipality;
    returning_.clear();
  }
  Course course;
  course.key = Key(place, seed_, index);
  course.start = first_day_ + static_cast<Day>(chance.Below(last_day_ - first_day_ - 30));
  const Earlier who = WhoComes(chance, municipality, *course.start);
  course.start = std::max(*course.start, who.free_from);
  course.cpr = who.citizen.cpr;
  course.birth = who.citizen.birth;
  course.male = who.citizen.male;
  course.residence = who.residence.empty() ? DrawResidence(chance, place) : ResidenceNow(chance, place, who.residence);
  MakeReferral(chance, place, course);
  MakeDiagnosis(chance, course);
  MakeOffers(chance, course);
  MakeEnd(chance, municipality, course);
  MakeEvents(chance, course);
  MakeMistakes(chance, calendar_, place.format, course);
  Remember(chance, municipality, course);
  return course;
}

CourseMaker::Earlier CourseMaker::WhoComes(Chance& chance, size_t municipality, Day earliest) {
  std::vector<Earlier>& arrivals = transferred_[municipality];
  if (!arrivals.empty()) {
    const Earlier arrival = arrivals.back();
    arrivals.pop_back();
    return arrival;
  }
  if (!returning_.empty() && chance.Permille(40)) {
    const size_t pick = static_cast<size_t>(chance.Below(static_cast<int64_t>(returning_.size())));
    const Earlier back = returning_[pick];
    returning_.erase(returning_.begin() + static_cast<std::ptrdiff_t>(pick));
    return back;
  }
  const bool minor = chance.Permille(3);
  const int age = minor ? 15 : static_cast<int>(std::clamp<int64_t>(chance.Bell(66, 11), 19, 97));
  return {citizens_.Draw(chance, earliest, age, chance.Permille(700)), earliest};
}

void CourseMaker::MakeReferral(Chance& chance, const Municipality& municipality, Course& course) {
  course.legal_basis = chance.Permille(550) ? LegalBasis::kS140 : LegalBasis::kS119;
  constexpr ReferralSource kSources[] = {ReferralSource::kHospital, ReferralSource::kGp, ReferralSource::kSelf};
  if (course.legal_basis == LegalBasis::kS119) course.referral_source = kSources[chance.Weighted({550, 300, 150})];
  // Only who comes by himself may lack a referral's date; KL's referral always has one.
  const bool undated = course.referral_source == ReferralSource::kSelf && municipality.format != Format::kKl;
  if (!undated) course.referral = *course.start - static_cast<Day>(chance.Between(1, 35));
  if (chance.Permille(30) && course.referral) course.start.reset();
  course.provider_sor = municipality.sor.substr(0, municipality.sor.size() - 1) + std::to_string(chance.Below(3));
}

std::string CourseMaker::DrawResidence(Chance& chance, const Municipality& municipality) {
  // From KL's reports the reporting municipality is taken for the residence.
  if (municipality.format == Format::kKl || !chance.Permille(25)) return municipality.code;
  return municipalities_[static_cast<size_t>(chance.Below(static_cast<int64_t>(municipalities_.size())))].code;
}

// Some have moved since their earlier course. What is written on that course stays as it was.
std::string CourseMaker::ResidenceNow(Chance& chance, const Municipality& municipality, const std::string& before) {
  if (municipality.format == Format::kKl || !chance.Permille(250)) return before;
  return municipalities_[static_cast<size_t>(chance.Below(static_cast<int64_t>(municipalities_.size())))].code;
}

void CourseMaker::MakeDiagnosis(Chance& chance, Course& course) {
  switch (chance.Weighted({550, 250, 90, 60, 50})) {
    case 0:
      course.diagnosis = OneOf(chance, {"DI210", "DI211", "DI214", "DI219", "DI21"});
      break;
    case 1:
      course.diagnosis = OneOf(chance, {"DI200", "DI209", "DI251", "DI252B", "DI259", "DI248"});
      break;
    case 2:
      course.diagnosis = OneOf(chance, {"DI500", "DI501", "DI509"});
      break;
    case 3:
      course.diagnosis = OneOf(chance, {"DI350", "DI340", "DI390"});
      break;
    default:
      course.diagnosis = OneOf(chance, {"DI489", "DI109", "DE119", "DJ449"});
  }
  const bool ischaemic = course.diagnosis.compare(0, 3, "DI2") == 0;
  if (ischaemic && chance.Permille(430)) {
    course.procedure = chance.Permille(750) ? OneOf(chance, {"KFNG02", "KFNG05", "KFNG02A"})
                                            : OneOf(chance, {"KFNC10", "KFNA00", "KFND10", "KFNE00", "KFNH00"});
  }
}

void CourseMaker::MakeEnd(Chance& chance, size_t municipality, Course& course) {
  if (!course.start || chance.Permille(35)) return;  // not commenced, or silent: no end at all
  course.end = *course.start + static_cast<Day>(std::clamp<int64_t>(chance.Bell(98, 30), 14, 260));
  switch (chance.Weighted({940, 15, 25})) {
    case 1:
      course.closure = Closure::kDied;
      course.stop_reason = kEventReason;
      course.death = course.end;
      return;
    case 2:
      // KL's closing codes have no transfer.
      if (municipalities_[municipality].format == Format::kKl) break;
      course.closure = Closure::kTransferred;
      course.transferred_to =
          municipalities_[(municipality + 1 + static_cast<size_t>(chance.Below(3))) % municipalities_.size()].code;
      return;
    default:
      break;
  }
  if (!chance.Permille(kDropOutPermille)) {
    course.closure = Closure::kCompleted;
    if (chance.Permille(8)) course.death = *course.end + static_cast<Day>(chance.Between(1, 300));
    return;
  }
  course.closure = Closure::kStopped;
  course.end = *course.start + (*course.end - *course.start) * static_cast<Day>(chance.Between(15, 80)) / 100;
  int64_t draw = chance.Below(1000);
  while (draw >= kClosingReasons[++course.stop_reason].permille) draw -= kClosingReasons[course.stop_reason].permille;
  if (municipalities_[municipality].format == Format::kKl) {
    // Without a reason KL refuses the report; without an end it does not.
    course.end_unwritten = chance.Permille(25);
  } else {
    if (chance.Permille(30)) course.stop_reason = -1;
    course.end_unwritten = chance.Permille(15);
  }
}

void CourseMaker::MakeOffers(Chance& chance, Course& course) {
  course.offers.training = DrawOffer(chance, 880, 40, 50, 20, 10);
  course.offers.diet = DrawOffer(chance, 560, 180, 110, 100, 50);
  course.offers.smoking_cessation = DrawOffer(chance, 160, 120, 70, 600, 50);
  course.offers.education = DrawOffer(chance, 650, 150, 120, 30, 50);
  course.offers.psychosocial = DrawOffer(chance, 250, 400, 100, 150, 100);
  if (chance.Permille(30)) {
    course.remark = OneOf(chance, {"Aftalt pause i uge 7;\nringer selv", "Ønsker \"lille hold\" – kører selv",
                                   "Pårørende: ægtefælle", "Ømt knæ, træner på cykel"});
    // People do write CPR numbers into remarks; nothing of this may leave the house.
    if (chance.Permille(200)) course.remark += "\nCPR " + course.cpr;
  }
}

void CourseMaker::Remember(Chance& chance, size_t municipality, const Course& course) {
  if (!course.end || course.death || course.fault != RowFault::kNone) return;
  const Citizen citizen{course.cpr, course.birth, course.male};
  const Day free_from = *course.end + kRereferralAfterDays;
  if (course.closure == Closure::kTransferred) {
    for (size_t i = municipality + 1; i < municipalities_.size(); ++i) {
      if (municipalities_[i].code == course.transferred_to) transferred_[i].push_back({citizen, *course.end + 7});
    }
  } else if (free_from + 60 < last_day_ && returning_.size() < kReturningMax && chance.Permille(150)) {
    returning_.push_back({citizen, free_from, course.residence});
  }
}

}  // namespace hjerte::tool
