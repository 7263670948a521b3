#include "adapters/reports/course_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <unordered_map>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/registry/date.h"
#include "services/common/crypto.h"

namespace hjerte::adapters {
namespace {

// Types that travel with every report of a course, so that it can be understood by itself.
bool IsContext(std::string_view type) {
  return type == "Patient" || type == "ServiceRequest" || type == "Condition" || type == "Procedure" ||
         type == "Organization";
}

// Citizen and referral first, then by type and id: the same content is the same bytes.
int Rank(std::string_view type) { return type == "Patient" ? 0 : type == "ServiceRequest" ? 1 : 2; }

bool Before(const StampedResource& left, const StampedResource& right) {
  return std::pair(Rank(TypeOf(left.ref)), left.ref) < std::pair(Rank(TypeOf(right.ref)), right.ref);
}

std::string HashOf(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(name).append("\n");
  return common::Sha256(text).substr(0, 16);
}

// One course's report while it is put together.
class ReportDraft {
 public:
  ReportDraft(std::string course, std::vector<std::string> carries, json::Arena& arena)
      : course_(std::move(course)), carries_(std::move(carries)), arena_(arena) {}

  // A new version that travels and is remembered.
  void Send(const ResourceVersion& version, ResourceMemory memory) {
    Add({version.ref, version.resource, version.text, memory.stamp_us}, version.stamp_us, /*changed=*/true);
    remembered_.push_back(std::move(memory));
  }
  // The same for what stands in place of a version that is not there.
  void Send(const json::Value& resource, ResourceMemory memory) {
    Add({arena_.CopyText(memory.ref), resource, WriteResource(resource, arena_), memory.stamp_us}, 0, /*changed=*/true);
    remembered_.push_back(std::move(memory));
  }
  // Something that travels only if anything else does.
  void Accompany(const ResourceVersion& version, std::int64_t stamp_us) {
    Add({version.ref, version.resource, version.text, stamp_us}, version.stamp_us, /*changed=*/false);
  }
  void Accompany(const std::string& ref, const json::Value& resource, std::int64_t own_us, std::int64_t stamp_us) {
    Add({arena_.CopyText(ref), resource, WriteResource(resource, arena_), stamp_us}, own_us, /*changed=*/false);
  }
  void Remember(const ResourceMemory& memory) { remembered_.push_back(memory); }
  bool changed() const { return changed_; }

  // Once, at the end.
  void Finish(bool forced, RecordPlan& plan) {
    std::move(remembered_.begin(), remembered_.end(), std::back_inserter(plan.resources));
    if (!changed() && !forced) return;
    PlannedReport report{.course = course_, .resources = {}, .stamp_us = 0, .refs = {}, .carries = std::move(carries_)};
    // Of one resource that was added twice what is sent comes last.
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& left, const Entry& right) {
      if (left.resource.ref == right.resource.ref) return !left.changed && right.changed;
      return Before(left.resource, right.resource);
    });
    report.resources.reserve(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const StampedResource& resource = entries_[i].resource;
      if (i + 1 < entries_.size() && entries_[i + 1].resource.ref == resource.ref) continue;
      if (entries_[i].changed) report.refs.emplace_back(resource.ref);
      report.stamp_us = std::max(report.stamp_us, resource.stamp_us);
      report.resources.push_back(resource);
    }
    std::sort(report.refs.begin(), report.refs.end());
    plan.reports.push_back(std::move(report));
  }

 private:
  struct Entry {
    StampedResource resource;
    bool changed;
  };

  // `own_us`: the care system's own stamp, 0 for none. Its day may be the day a course was closed: where the resource
  // travels under a stamp of another day, it goes along.
  void Add(StampedResource resource, std::int64_t own_us, bool changed) {
    if (own_us > 0 && registry::DayOf(own_us) != registry::DayOf(resource.stamp_us)) {
      resource.resource = WithOwnStamp(resource.resource, own_us, arena_);
      resource.text = WriteResource(resource.resource, arena_);
    }
    entries_.push_back({resource, changed});
    changed_ = changed_ || changed;
  }

  std::string course_;
  std::vector<std::string> carries_;
  json::Arena& arena_;
  std::vector<Entry> entries_;
  bool changed_ = false;
  std::vector<ResourceMemory> remembered_;
};

// Plans one record; one object for one call.
class Planner {
 public:
  Planner(const PlanInput& input, const RetractedAt& retracted_at, const AskElsewhere& given_elsewhere,
          json::Arena& arena)
      : input_(input), retracted_at_(retracted_at), given_elsewhere_(given_elsewhere), arena_(arena) {
    for (const ResourceMemory& memory : input.known_resources) memory_[{memory.course, memory.ref}] = &memory;
    for (const CourseMemory& course : input.known_courses) courses_[course.course] = &course;
    if (input.versions == nullptr) return;
    versions_.reserve(input.versions->size());
    refs_.reserve(input.versions->size());
    for (const ResourceVersion& version : *input.versions) {
      versions_[version.ref] = &version;
      refs_[version.resource.identity()] = version.ref;
    }
  }

  absl::StatusOr<RecordPlan> Plan() {
    for (const JudgedCourse& judged : input_.courses) members_.push_back(Members(*judged.course));
    for (std::size_t i = 0; i < input_.courses.size(); ++i) {
      absl::Status status = PlanCourse(input_.courses[i], members_[i]);
      if (!status.ok()) return status;
    }
    for (const CourseMemory& known : input_.known_courses) {
      if (IsJudged(known.course)) continue;
      // One that was sent and is no longer there: its referral was entered in error, or it is gone.
      absl::Status status = known.state == CourseState::kSent ? PlanLostCourse(known) : RetractAgain(known);
      if (!status.ok()) return status;
    }
    return std::move(plan_);
  }

  absl::StatusOr<RecordPlan> RepeatRetractions() {
    for (const CourseMemory& known : input_.known_courses) {
      if (absl::Status status = RetractAgain(known); !status.ok()) return status;
    }
    return std::move(plan_);
  }

  absl::StatusOr<RecordPlan> Retract() {
    for (const CourseMemory& known : input_.known_courses) {
      absl::Status status =
          known.state == CourseState::kSent ? RetractCourse(known, CourseState::kRetracted) : RetractAgain(known);
      if (!status.ok()) return status;
    }
    return std::move(plan_);
  }

 private:
  const ResourceMemory* Remembered(const std::string& course, const std::string& ref) const {
    const auto it = memory_.find({course, ref});
    return it != memory_.end() ? it->second : nullptr;
  }

  // References of a course's resources, sorted, each once.
  std::vector<std::string_view> Members(const registry::AssembledCourse& course) const {
    std::vector<std::string_view> refs;
    refs.reserve(course.resources.size() + course.organizations->size() + 4);
    const auto add = [&](const json::Value& resource) {
      const auto known = refs_.find(resource.identity());
      if (known != refs_.end()) refs.push_back(known->second);
    };
    add(course.patient.resource);
    add(course.referral.resource);
    add(course.opening_plan.resource);
    add(course.closing_plan.resource);
    for (const registry::CurrentResource& resource : course.resources) add(resource.resource);
    for (const auto& [id, organization] : *course.organizations) add(organization.resource);
    std::sort(refs.begin(), refs.end());
    refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    return refs;
  }

  bool IsJudged(std::string_view course) const {
    return std::any_of(input_.courses.begin(), input_.courses.end(),
                       [course](const JudgedCourse& judged) { return judged.course->course_key == course; });
  }

  // Whether a resource is in a course that may leave the house, or in one that may not.
  bool IsMember(std::string_view ref, bool in_scope) const {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if ((input_.courses[i].state == CourseState::kSent) != in_scope) continue;
      if (std::binary_search(members_[i].begin(), members_[i].end(), ref)) return true;
    }
    return false;
  }

  absl::Status PlanCourse(const JudgedCourse& judged, const std::vector<std::string_view>& members) {
    const std::string& key = judged.course->course_key;
    const auto known = courses_.find(key);
    const bool was_sent = known != courses_.end() && known->second->state == CourseState::kSent;
    if (judged.state == CourseState::kSent) {
      return SendCourse(judged, members, known != courses_.end() ? known->second : nullptr);
    }
    if (was_sent) {
      if (judged.state == CourseState::kWaiting && judged.entered_in_error) {
        return RetractCourse(*known->second, CourseState::kRetracted);
      }
      // A diagnosis that is missing for the moment takes nothing back.
      if (judged.state == CourseState::kWaiting) return absl::OkStatus();
      plan_.left_cohort.push_back({.course = key, .decided_by = judged.decided_by});
      return RetractCourse(*known->second, CourseState::kOutOfScope);
    }
    if (known != courses_.end()) {
      if (absl::Status status = RetractAgain(*known->second); !status.ok()) return status;
    }
    // The citizen stays beside what was taken back, should that have to be sent again.
    CourseMemory next = known != courses_.end()
                            ? *known->second
                            : CourseMemory{.course = key, .state = judged.state, .carries = "", .frame = ""};
    next.state = judged.state;
    plan_.courses.push_back(std::move(next));
    return absl::OkStatus();
  }

  absl::Status SendCourse(const JudgedCourse& judged, const std::vector<std::string_view>& members,
                          const CourseMemory* known) {
    const registry::AssembledCourse& course = *judged.course;
    ReportDraft draft(course.course_key, judged.carries, arena_);
    const std::string carries = HashOf(judged.carries);
    // Of a course that was taken back the gateway may have parts still.
    const bool other_carries = known != nullptr && !known->carries.empty() && known->carries != carries;
    bool left_behind = false;
    for (const std::string_view ref : members) {
      const auto version = versions_.find(ref);
      if (version == versions_.end()) continue;
      left_behind = left_behind || (other_carries && IsLaterKnown(course.course_key, *version->second));
      absl::Status status = SendResource(course.course_key, *version->second, other_carries, draft);
      if (!status.ok()) return status;
    }
    const std::string patient = PatientRef(course.patient.resource);
    const auto moved = IsUnderAnotherNumber(course.course_key, patient);
    if (!moved.ok()) return moved.status();
    for (const ResourceMemory& memory : input_.known_resources) {
      if (memory.course != course.course_key) continue;
      if (std::binary_search(members.begin(), members.end(), std::string_view(memory.ref))) continue;
      // What is gone was taken back under the number of then, and may be there under this one from before.
      ResourceMemory known_gone = memory;
      known_gone.resend = memory.resend || *moved;
      memory.gone ? RetractAgain(known_gone, patient, draft) : HandleMissing(memory, patient, other_carries, draft);
    }
    draft.Finish(other_carries, plan_);
    // What was left alone for a later version that is known is sent with what is carried now when that is read again.
    plan_.courses.push_back({.course = course.course_key,
                             .state = CourseState::kSent,
                             .carries = left_behind ? known->carries : carries,
                             .frame = FrameOf(course.patient.resource)});
    return absl::OkStatus();
  }

  // The stamp of a version that follows one with that stamp and would have `wanted` by itself.
  std::int64_t After(std::int64_t last_us, std::int64_t wanted_us) const {
    return std::max(last_us + 1, NotBefore(input_.stamps_from_us, wanted_us));
  }

  // What lies before the moment is moved into the minute after it and keeps its order: of a course that was moved to
  // another number the gateway has a version under each, and the later one counts.
  static std::int64_t NotBefore(std::int64_t from_us, std::int64_t wanted_us) {
    constexpr std::int64_t kWithin = 60'000'000;
    if (wanted_us >= from_us) return wanted_us;
    return from_us + std::max<std::int64_t>(0, wanted_us) / (from_us / kWithin + 1);
  }

  // Why a version travels.
  enum class Why {
    kFirst,         // It was not sent in this course before: a new stamp, above that of any retraction.
    kChanged,       // It is another than the one sent last, or another's meanwhile, and no older: a new stamp.
    kOtherCarries,  // The course's source carries something else, which the gateway knows by each version: a new stamp.
    kLost,          // The gateway lacks what it was given: the stamp it had.
    kNot,           // The gateway has it, or a later one.
  };

  static bool IsOlder(const ResourceVersion& version, const ResourceMemory& last) {
    return version.stamp_us > 0 && version.stamp_us < last.source_stamp_us;
  }

  bool IsLaterKnown(const std::string& course, const ResourceVersion& version) const {
    const ResourceMemory* last = Remembered(course, version.ref);
    return last != nullptr && !last->gone && last->content != version.content && IsOlder(version, *last);
  }

  static Why WhyItTravels(const ResourceVersion& version, const ResourceMemory* last, bool other_carries) {
    if (last == nullptr) return Why::kFirst;
    const bool same = !last->gone && last->content == version.content;
    if (!same) return IsOlder(version, *last) ? Why::kNot : Why::kChanged;
    if (other_carries && !IsShared(TypeOf(version.ref))) return Why::kOtherCarries;
    return last->resend ? Why::kLost : Why::kNot;
  }

  // A referral that another citizen was given meanwhile is this one's again once it is told anew, with the same content
  // too: it belongs to the citizen of its highest version.
  static bool IsMovedBack(const ResourceVersion& version, const ResourceMemory& last, const GivenElsewhere& elsewhere) {
    return version.stamp_us > last.source_stamp_us && version.stamp_us >= elsewhere.source_stamp_us &&
           elsewhere.stamp_us > last.stamp_us;
  }

  absl::StatusOr<GivenElsewhere> Elsewhere(const ResourceVersion& version) const {
    return TypeOf(version.ref) == "ServiceRequest" ? given_elsewhere_(version.ref) : GivenElsewhere();
  }

  // The stamp a new version gets, so that the gateway has a referral's versions in the care system's order whichever
  // citizen's they are: which was told last need not show in what was given, as the same content is not given again.
  static std::int64_t InOrder(std::int64_t stamp_us, const ResourceVersion& version, std::int64_t last_us,
                              const GivenElsewhere& elsewhere) {
    // An older one is sent with a later stamp each time, as where the gateway refuses it, and stays below.
    constexpr std::int64_t kRoomUs = 1000;
    if (version.stamp_us > elsewhere.source_stamp_us) return std::max(stamp_us, elsewhere.stamp_us + kRoomUs);
    if (version.stamp_us == elsewhere.source_stamp_us) return stamp_us;
    return std::min(stamp_us, std::max(last_us + 1, elsewhere.stamp_us - kRoomUs));
  }

  // `other_carries`: the course's source carries something else than when it was sent last.
  absl::Status SendResource(const std::string& course, const ResourceVersion& version, bool other_carries,
                            ReportDraft& draft) {
    ResourceMemory next{.ref = version.ref,
                        .course = course,
                        .content = version.content,
                        .source_stamp_us = version.stamp_us,
                        .stamp_us = 0,
                        .gone = false};
    const std::int64_t own_us = version.stamp_us > 0 ? version.stamp_us : input_.now_us;
    const ResourceMemory* last = Remembered(course, version.ref);
    const auto elsewhere = Elsewhere(version);
    if (!elsewhere.ok()) return elsewhere.status();
    Why why = WhyItTravels(version, last, other_carries);
    if (why == Why::kNot && IsMovedBack(version, *last, *elsewhere)) why = Why::kChanged;
    switch (why) {
      case Why::kFirst: {
        const auto retracted = IsShared(TypeOf(version.ref)) ? 0 : retracted_at_(version.ref);
        if (!retracted.ok()) return retracted.status();
        next.stamp_us = InOrder(After(*retracted, own_us), version, 0, *elsewhere);
        break;
      }
      case Why::kChanged:
        next.stamp_us = InOrder(After(last->stamp_us, own_us), version, last->stamp_us, *elsewhere);
        break;
      case Why::kOtherCarries:
      case Why::kLost:
        next.stamp_us = why == Why::kLost ? last->stamp_us : After(last->stamp_us, 0);
        next.source_stamp_us = std::max(version.stamp_us, last->source_stamp_us);
        break;
      case Why::kNot:
        if (IsContext(TypeOf(version.ref))) {
          draft.Accompany(version, IsOlder(version, *last) ? version.stamp_us : last->stamp_us);
        }
        if (version.stamp_us > last->source_stamp_us) {
          // The same content under a newer stamp need not travel, but what is older than it must not pass for new.
          next.stamp_us = last->stamp_us;
          draft.Remember(next);
        }
        return absl::OkStatus();
    }
    draft.Send(version, std::move(next));
    return absl::OkStatus();
  }

  // A resource that was sent in this course and is not in it any more.
  void HandleMissing(const ResourceMemory& memory, const std::string& patient, bool other_carries, ReportDraft& draft) {
    const auto version = versions_.find(memory.ref);
    if (version != versions_.end() && version->second->in_error) {
      ResourceMemory next = memory;
      next.source_stamp_us = version->second->stamp_us;
      next.stamp_us = After(memory.stamp_us, version->second->stamp_us);
      next.content = version->second->content;
      next.gone = true;
      draft.Send(*version->second, std::move(next));
      return;
    }
    const bool moved = IsMember(memory.ref, /*in_scope=*/true);
    const bool left = IsMember(memory.ref, /*in_scope=*/false) || IsPending(memory.ref);
    const bool gone = version == versions_.end() && input_.complete_at_us.has_value();
    if (IsShared(TypeOf(memory.ref)) || moved) {
      if (moved || gone) plan_.forgotten.emplace_back(memory.course, memory.ref);
      return;
    }
    if (!left && !gone) {
      if (other_carries) TellWhenItIsThere(memory, draft);
      return;
    }
    Retract(memory, Tombstone(memory.ref, patient, arena_), draft);
  }

  // Makes what the source carries now be told with the next version, though its content is the same. What the gateway
  // lost is sent then anyhow.
  static void TellWhenItIsThere(const ResourceMemory& memory, ReportDraft& draft) {
    if (memory.resend) return;
    ResourceMemory next = memory;
    next.content.clear();
    draft.Remember(next);
  }

  void Retract(const ResourceMemory& memory, const json::Value& tombstone, ReportDraft& draft) {
    ResourceMemory next = memory;
    const std::int64_t at_us = std::min(input_.complete_at_us.value_or(input_.now_us), input_.now_us);
    next.stamp_us = After(memory.stamp_us, at_us);
    next.gone = true;
    // An older version that comes late brings it not back.
    const auto version = versions_.find(memory.ref);
    if (version != versions_.end()) next.source_stamp_us = std::max(memory.source_stamp_us, version->second->stamp_us);
    draft.Send(tombstone, std::move(next));
  }

  // Sends a retraction again, as it was, that has not come to the gateway or was lost there.
  void RetractAgain(const ResourceMemory& memory, const std::string& patient, ReportDraft& draft) {
    if (!memory.gone || !memory.resend || IsShared(TypeOf(memory.ref))) return;
    ResourceMemory again = memory;
    again.stamp_us = std::max(memory.stamp_us, input_.stamps_from_us);
    const auto version = versions_.find(memory.ref);
    if (version != versions_.end() && version->second->in_error) {
      draft.Send(*version->second, std::move(again));
    } else {
      draft.Send(Tombstone(memory.ref, patient, arena_), std::move(again));
    }
  }

  // The same of all that a course has of them.
  absl::Status RetractAgain(const CourseMemory& known) {
    ReportDraft draft(known.course, {}, arena_);
    const auto patient = AddFrame(known, draft);
    if (!patient.ok()) return patient.status();
    RetractAgain(known, *patient, draft);
    draft.Finish(/*forced=*/false, plan_);
    return absl::OkStatus();
  }
  void RetractAgain(const CourseMemory& known, const std::string& patient, ReportDraft& draft) {
    for (const ResourceMemory& memory : input_.known_resources) {
      if (memory.course == known.course) RetractAgain(memory, patient, draft);
    }
  }

  bool IsPending(const std::string& ref) const {
    return std::find(input_.pending.begin(), input_.pending.end(), ref) != input_.pending.end();
  }

  static std::string PatientRef(const json::Value& patient) { return patient.is_object() ? ReferenceOf(patient) : ""; }

  // Whether the course was given to the gateway last under another number of the citizen than now.
  absl::StatusOr<bool> IsUnderAnotherNumber(const std::string& course, const std::string& patient) {
    const auto known = courses_.find(course);
    if (known == courses_.end() || known->second->frame.empty()) return false;
    const auto before = json::ParseInto(arena_, arena_.CopyText(known->second->frame));
    if (!before.ok()) return before.status();
    return ReferenceOf(*before) != patient;
  }

  // The citizen as sent last, kept so that the course can be taken back when the source has nothing of it any more.
  static std::string FrameOf(const json::Value& patient) { return patient.is_object() ? json::Write(patient) : ""; }

  // Puts the citizen of an earlier report beside what takes it back; returns the reference.
  absl::StatusOr<std::string> AddFrame(const CourseMemory& known, ReportDraft& draft) {
    if (known.frame.empty()) return std::string();
    auto patient = json::ParseInto(arena_, arena_.CopyText(known.frame));
    if (!patient.ok()) return patient.status();
    std::string ref = ReferenceOf(*patient);
    const ResourceMemory* memory = Remembered(known.course, ref);
    draft.Accompany(ref, *patient, memory != nullptr ? memory->source_stamp_us : 0,
                    memory != nullptr ? memory->stamp_us : input_.now_us);
    return ref;
  }

  // A course that was sent and that the record's resources no longer make.
  absl::Status PlanLostCourse(const CourseMemory& known) {
    ReportDraft draft(known.course, {}, arena_);
    const auto patient = AddFrame(known, draft);
    if (!patient.ok()) return patient.status();
    for (const ResourceMemory& memory : input_.known_resources) {
      if (memory.course != known.course || memory.gone) continue;
      HandleMissing(memory, *patient, /*other_carries=*/false, draft);
    }
    const bool changed = draft.changed();
    RetractAgain(known, *patient, draft);
    draft.Finish(/*forced=*/false, plan_);
    if (!changed) return absl::OkStatus();
    CourseMemory next = known;
    next.state = CourseState::kRetracted;
    plan_.courses.push_back(std::move(next));
    return absl::OkStatus();
  }

  // Takes back everything of a course; `state` is what it is then.
  absl::Status RetractCourse(const CourseMemory& known, CourseState state) {
    ReportDraft draft(known.course, {}, arena_);
    const auto patient = AddFrame(known, draft);
    if (!patient.ok()) return patient.status();
    for (const ResourceMemory& memory : input_.known_resources) {
      if (memory.course != known.course || memory.gone || IsShared(TypeOf(memory.ref))) continue;
      // Nothing but the id is left of it: a referral entered in error that still holds its data would be counted.
      Retract(memory, Tombstone(memory.ref, *patient, arena_), draft);
    }
    RetractAgain(known, *patient, draft);
    draft.Finish(/*forced=*/false, plan_);
    CourseMemory next = known;
    next.state = state;
    plan_.courses.push_back(std::move(next));
    return absl::OkStatus();
  }

  const PlanInput& input_;
  const RetractedAt& retracted_at_;
  const AskElsewhere& given_elsewhere_;
  json::Arena& arena_;
  std::map<std::pair<std::string_view, std::string_view>, const ResourceMemory*> memory_;
  std::map<std::string_view, const CourseMemory*> courses_;
  std::unordered_map<std::string_view, const ResourceVersion*> versions_;
  // References by the identity of the resource.
  std::unordered_map<const void*, std::string_view> refs_;
  // Of each course.
  std::vector<std::vector<std::string_view>> members_;
  RecordPlan plan_;
};

absl::StatusOr<std::int64_t> Never(const std::string& /*ref*/) { return 0; }
absl::StatusOr<GivenElsewhere> Nowhere(const std::string& /*ref*/) { return GivenElsewhere(); }

}  // namespace

absl::StatusOr<RecordPlan> PlanRecord(const PlanInput& input, const RetractedAt& retracted_at,
                                      const AskElsewhere& given_elsewhere, json::Arena& arena) {
  return Planner(input, retracted_at, given_elsewhere, arena).Plan();
}

absl::StatusOr<RecordPlan> PlanRepeatedRetractions(const PlanInput& input, json::Arena& arena) {
  return Planner(input, Never, Nowhere, arena).RepeatRetractions();
}

absl::StatusOr<RecordPlan> PlanRetraction(const PlanInput& input, json::Arena& arena) {
  return Planner(input, Never, Nowhere, arena).Retract();
}

}  // namespace hjerte::adapters
