#include "tests/soak/histories/world.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/time_text.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::soak {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kStart = "2026-03-01T12:00:00Z";
constexpr std::array<hours, 4> kPasses = {hours(1), hours(3), hours(26), hours(24 * 40)};
constexpr std::array<hours, 7> kOffsets = {hours(0), hours(-24 * 500), hours(-24),     hours(-1),
                                           hours(1), hours(24),        hours(24 * 300)};
constexpr std::array<Mood, 10> kMoods = {Mood::kAway,       Mood::kRefuse,      Mood::kRefuseSome, Mood::kTryLater,
                                         Mood::kNotAllowed, Mood::kLoseAnswers, Mood::kSlow,       Mood::kRefuseCourse,
                                         Mood::kRefuseSome, Mood::kRefuse};
constexpr std::array<const char*, 3> kRefusals = {"report-stamp-future", "conflict", "refused"};
constexpr int kHealRounds = 400;

bool OfTheCareSystem(Happening what) {
  return what == Happening::kEdit || what == Happening::kTell || what == Happening::kExtract ||
         what == Happening::kHalf || what == Happening::kRemove || what == Happening::kLate ||
         what == Happening::kFinal;
}

// "Observation/1a2b@2026-03-01T12:00:00Z, …", in error with a "!".
std::string InShort(const std::string& bundle) {
  const auto document = json::Parse(bundle);
  if (!document.ok()) return "not JSON";
  std::string text;
  for (const json::Value& entry : document->root().Find("entry")->elements()) {
    const json::Value* resource = entry.Find("resource");
    const auto of = [](const json::Value& value, const char* name) { return std::string(value.Find(name)->text()); };
    const bool in_error = absl::StrContains(json::WriteCanonical(*resource), "entered-in-error");
    absl::StrAppend(&text, text.empty() ? "" : ", ", of(*resource, "resourceType"), "/",
                    of(*resource, "id").substr(0, 5), "@", of(*resource->Find("meta"), "lastUpdated"));
    if (in_error) text += "!";
  }
  return text;
}

}  // namespace

World::World(const Ground& ground, const Registries& registries, const Circumstances& given, unsigned seed,
             const Teller* teller)
    : teller_(teller),
      given_(given),
      course_of_(CourseOfEachResource(given.format)),
      clock_(*common::ParseInstant(kStart)),
      time_(*common::ParseInstant(kStart)),
      central_(ground, folder_ / "central", time_),
      link_([this](const auto& request) { return central_.Deliver(request); }, [this] { return central_.store_name(); },
            seed),
      care_(folder_, given, time_),
      adapter_(ground, registries, folder_, given, clock_, link_) {
  if (teller_ == nullptr) return;
  link_.watch = [this](const auto& request, const adapters::LinkEvent& answer, bool lost) {
    Say(absl::StrCat("  ", InShort(request.fhir_bundle_json()), ": answer ", static_cast<int>(answer.kind),
                     lost ? " lost" : ""));
    for (const registry::Finding& finding : answer.findings) Say("    " + finding.code + " " + finding.text.en);
  };
}

absl::Status World::Do(const Event& event) {
  if (OfTheCareSystem(event.what)) return Tell(event);
  switch (event.what) {
    case Happening::kSteps:
      Pass(seconds(2));
      return Steps(event.which % 6 + 1);
    case Happening::kRun:
      Pass(seconds(2));
      return Run(60, seconds(1));
    case Happening::kMood:
      SetMood(event);
      return absl::OkStatus();
    case Happening::kHeal:
      link_.Be(Mood::kGood);
      return absl::OkStatus();
    case Happening::kRequeue:
      return event.which % 3 == 0 ? adapter_.RequeueAll() : adapter_.RequeueOne(event.which);
    case Happening::kCrash:
      Crash();
      return absl::OkStatus();
    case Happening::kPass:
      Pass(kPasses.at(event.which % kPasses.size()));
      return absl::OkStatus();
    case Happening::kClock:
      SetClock(event);
      return absl::OkStatus();
    case Happening::kBackup:
      return central_.Backup();
    case Happening::kRestore:
      return Restore();
    case Happening::kConfig:
      link_.Drop();
      adapter_.Configure(static_cast<int>(event.which % Registries::kCount));
      return absl::OkStatus();
    case Happening::kSave:
      Crash();
      adapter_.Save();
      return absl::OkStatus();
    case Happening::kPutBack:
      return PutBack();
    default:
      return absl::InternalError("nothing happens");
  }
}

absl::Status World::Tell(const Event& event) {
  const bool retold = event.what == Happening::kLate;
  if (care_.final() && !retold) return absl::OkStatus();
  if (event.what == Happening::kFinal) {
    Pass(hours(1));
  } else if (!retold && event.what != Happening::kRemove) {
    Pass(minutes(1));
  }
  switch (event.what) {
    case Happening::kEdit:
      care_.Edit(event);
      break;
    case Happening::kTell:
      care_.Tell(event);
      break;
    case Happening::kExtract:
      care_.Extract(event);
      break;
    case Happening::kLate:
      care_.Late(event);
      break;
    case Happening::kHalf:
      return Half(event);
    case Happening::kRemove:
      care_.Remove();
      break;
    default:
      care_.Final();
      final_at_ = time_.Now();
  }
  return absl::OkStatus();
}

absl::Status World::Half(const Event& event) {
  if (!care_.Half(event)) return absl::OkStatus();
  Pass(seconds(2));
  HJERTE_RETURN_IF_ERROR(Steps(event.how / 2 % 4));
  care_.WholeAfterHalf();
  return absl::OkStatus();
}

absl::Status World::Heal() {
  link_.Be(Mood::kGood);
  Crash();
  // What was stamped ahead of time waits for it.
  Pass(ahead_max_ + hours(24 * 3));
  clock_.Set(time_.Now());
  for (int i = 0; i < 3; ++i) {
    Pass(hours(2));
    HJERTE_RETURN_IF_ERROR(Run(kHealRounds, seconds(30)));
    if (!adapter_.Idle() && !adapter_.Waits()) return absl::DeadlineExceededError("comes not to rest");
    HJERTE_RETURN_IF_ERROR(adapter_.RequeueAll());
    Pass(hours(2));
    HJERTE_RETURN_IF_ERROR(Run(kHealRounds, seconds(30)));
  }
  const int sent = link_.sent();
  for (const bool restarted : {false, false, true}) {
    Pass(hours(2));
    if (restarted) Crash();
    HJERTE_RETURN_IF_ERROR(Run(60, seconds(30)));
  }
  if (link_.sent() != sent) return absl::DeadlineExceededError("sends again and again");
  return adapter_.Delivered() ? absl::OkStatus() : absl::DeadlineExceededError("never delivers all");
}

absl::Status World::LiveTheEndOf(const World& other) {
  care_.Know(other.care_.courses());
  adapter_.Configure(other.adapter_.registry());
  Pass(other.final_at_ - time_.Now() - hours(1));
  HJERTE_RETURN_IF_ERROR(Do({.what = Happening::kFinal}));
  ahead_max_ = other.ahead_max_;
  HJERTE_RETURN_IF_ERROR(Heal());
  Pass(other.time_.Now() - time_.Now());
  return absl::OkStatus();
}

absl::StatusOr<Holdings> World::Hold() {
  HJERTE_RETURN_IF_ERROR(central_.MoveToToday());
  return ReadHoldings(central_.file(), course_of_);
}

void World::Pass(std::chrono::microseconds by) {
  clock_.Advance(by);
  time_.Advance(by);
}

absl::Status World::Steps(unsigned rounds) {
  for (unsigned i = 0; i < rounds; ++i) {
    HJERTE_RETURN_IF_ERROR(adapter_.Step());
    Pass(milliseconds(10));
  }
  return absl::OkStatus();
}

absl::Status World::Run(int rounds, seconds between) {
  for (int i = 0; i < rounds; ++i) {
    HJERTE_RETURN_IF_ERROR(Steps(1));
    if (i > 2 && adapter_.Idle()) break;
    if (i > 10) Pass(between);
  }
  return absl::OkStatus();
}

void World::Crash() {
  adapter_.End();
  link_.Drop();
}

void World::SetMood(const Event& event) {
  const int refused = static_cast<int>(event.how % kCourses);
  const auto referral = std::find_if(course_of_.begin(), course_of_.end(), [&](const auto& entry) {
    return entry.second == refused && absl::StartsWith(entry.first, "ServiceRequest/");
  });
  link_.Be(kMoods.at(event.which % kMoods.size()), kRefusals.at(event.how % kRefusals.size()), referral->first);
}

void World::SetClock(const Event& event) {
  Crash();
  offset_ = kOffsets.at(event.which % kOffsets.size());
  ahead_max_ = std::max(ahead_max_, offset_);
  clock_.Set(time_.Now() + offset_);
}

absl::Status World::PutBack() {
  Crash();
  Pass(minutes(1));
  const auto put = adapter_.PutBack();
  if (!put.ok() || !*put) return put.status();
  put_back_ = true;
  return NoteForgotten();
}

absl::Status World::Restore() {
  const auto restored = central_.Restore();
  if (!restored.ok() || !*restored) return restored.status();
  link_.Drop();
  return put_back_ ? NoteForgotten() : absl::OkStatus();
}

absl::Status World::NoteForgotten() {
  const auto known = adapter_.Known();
  if (!known.ok()) return known.status();
  const auto held = Hold();
  if (!held.ok()) return held.status();
  for (const auto& [reference, content] : held->live) {
    if (!known->contains(reference)) forgotten_.insert(reference);
  }
  return absl::OkStatus();
}

void World::Say(const std::string& line) const {
  if (teller_ != nullptr) (*teller_)(line);
}

}  // namespace hjerte::soak
