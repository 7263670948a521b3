#include "adapters/course_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
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

bool Before(const std::string& left, const std::string& right) {
  return std::pair(Rank(TypeOf(left)), std::string_view(left)) <
         std::pair(Rank(TypeOf(right)), std::string_view(right));
}

std::string HashOf(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return common::Sha256(text).substr(0, 16);
}

// One course's report while it is put together.
class ReportDraft {
 public:
  ReportDraft(std::string course, std::vector<std::string> carries, json::Arena& arena)
      : course_(std::move(course)), carries_(std::move(carries)), arena_(arena) {}

  // A new version that travels and is remembered.
  void Send(const std::string& ref, const json::Value& resource, const ResourceMemory& memory) {
    Add(ref, resource, memory.stamp_us);
    changed_.insert(ref);
    remembered_.push_back(memory);
  }
  // Something that travels only if anything else does.
  void Accompany(const std::string& ref, const json::Value& resource, std::int64_t stamp_us) {
    if (entries_.count(ref) == 0) Add(ref, resource, stamp_us);
  }
  void Remember(const ResourceMemory& memory) { remembered_.push_back(memory); }
  bool changed() const { return !changed_.empty(); }

  // Once, at the end.
  void Finish(bool forced, RecordPlan& plan) {
    std::move(remembered_.begin(), remembered_.end(), std::back_inserter(plan.resources));
    if (!changed() && !forced) return;
    PlannedReport report{.course = course_, .resources = {}, .stamp_us = 0, .refs = {}, .carries = carries_};
    std::vector<std::string> refs;
    for (const auto& [ref, entry] : entries_) refs.push_back(ref);
    std::sort(refs.begin(), refs.end(), Before);
    for (const std::string& ref : refs) {
      const auto& [resource, stamp_us] = entries_.at(ref);
      report.resources.push_back(WithStamp(resource, stamp_us, arena_));
      report.stamp_us = std::max(report.stamp_us, stamp_us);
    }
    report.refs.assign(changed_.begin(), changed_.end());
    plan.reports.push_back(std::move(report));
  }

 private:
  void Add(const std::string& ref, const json::Value& resource, std::int64_t stamp_us) {
    entries_[ref] = {resource, stamp_us};
  }

  std::string course_;
  std::vector<std::string> carries_;
  json::Arena& arena_;
  std::map<std::string, std::pair<json::Value, std::int64_t>> entries_;
  std::set<std::string> changed_;
  std::vector<ResourceMemory> remembered_;
};

// Plans one record; one object for one call.
class Planner {
 public:
  Planner(const PlanInput& input, const RetractedAt& retracted_at, json::Arena& arena)
      : input_(input), retracted_at_(retracted_at), arena_(arena) {
    for (const ResourceMemory& memory : input.known_resources) memory_[{memory.course, memory.ref}] = &memory;
    for (const CourseMemory& course : input.known_courses) courses_[course.course] = &course;
    if (input.versions == nullptr) return;
    for (const ResourceVersion& version : *input.versions) versions_[version.ref] = &version;
  }

  absl::StatusOr<RecordPlan> Plan() {
    for (const JudgedCourse& judged : input_.courses) NoteMembers(judged);
    for (const JudgedCourse& judged : input_.courses) {
      absl::Status status = PlanCourse(judged);
      if (!status.ok()) return status;
    }
    // Courses that were sent and are no longer there: their referral was entered in error, or it is gone.
    for (const CourseMemory& known : input_.known_courses) {
      if (judged_.count(known.course) == 0 && known.state == CourseState::kSent) {
        if (absl::Status status = PlanLostCourse(known); !status.ok()) return status;
      }
    }
    return std::move(plan_);
  }

  absl::StatusOr<RecordPlan> RepeatRetractions() {
    for (const CourseMemory& known : input_.known_courses) {
      ReportDraft draft(known.course, {}, arena_);
      const auto patient = AddFrame(known, draft);
      if (!patient.ok()) return patient.status();
      for (const ResourceMemory& memory : input_.known_resources) {
        if (memory.course != known.course || !memory.gone || !memory.resend || IsShared(TypeOf(memory.ref))) continue;
        draft.Send(memory.ref, Tombstone(memory.ref, *patient, arena_), memory);
      }
      draft.Finish(/*forced=*/false, plan_);
    }
    return std::move(plan_);
  }

  absl::StatusOr<RecordPlan> Retract() {
    for (const CourseMemory& known : input_.known_courses) {
      if (known.state != CourseState::kSent) continue;
      if (absl::Status status = RetractCourse(known, CourseState::kRetracted); !status.ok()) return status;
    }
    return std::move(plan_);
  }

 private:
  const ResourceMemory* Remembered(const std::string& course, const std::string& ref) const {
    const auto it = memory_.find({course, ref});
    return it != memory_.end() ? it->second : nullptr;
  }

  static std::vector<std::string> Members(const registry::AssembledCourse& course) {
    std::vector<std::string> refs;
    const auto add = [&](const json::Value& resource) {
      if (resource.is_object()) refs.push_back(ReferenceOf(resource));
    };
    add(course.patient.resource);
    add(course.referral.resource);
    add(course.opening_plan.resource);
    add(course.closing_plan.resource);
    for (const registry::CurrentResource& resource : course.resources) add(resource.resource);
    std::sort(refs.begin(), refs.end());
    refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    return refs;
  }

  void NoteMembers(const JudgedCourse& judged) {
    judged_.insert(judged.course->course_key);
    for (const std::string& ref : Members(*judged.course)) {
      (judged.state == CourseState::kSent ? in_scope_ : elsewhere_).insert(ref);
    }
  }

  absl::Status PlanCourse(const JudgedCourse& judged) {
    const std::string& key = judged.course->course_key;
    const auto known = courses_.find(key);
    const bool was_sent = known != courses_.end() && known->second->state == CourseState::kSent;
    if (judged.state == CourseState::kSent) return SendCourse(judged, was_sent ? known->second : nullptr);
    if (was_sent) {
      // A diagnosis that is missing for the moment takes nothing back.
      if (judged.state == CourseState::kWaiting) return absl::OkStatus();
      return RetractCourse(*known->second, CourseState::kOutOfScope);
    }
    plan_.courses.push_back({.course = key, .state = judged.state, .carries = "", .frame = ""});
    return absl::OkStatus();
  }

  absl::Status SendCourse(const JudgedCourse& judged, const CourseMemory* known) {
    const registry::AssembledCourse& course = *judged.course;
    ReportDraft draft(course.course_key, judged.carries, arena_);
    const std::vector<std::string> members = Members(course);
    for (const std::string& ref : members) {
      const auto version = versions_.find(ref);
      if (version == versions_.end()) continue;
      if (absl::Status status = SendResource(course.course_key, *version->second, draft); !status.ok()) return status;
    }
    for (const ResourceMemory& memory : input_.known_resources) {
      if (memory.course != course.course_key || memory.gone) continue;
      if (std::binary_search(members.begin(), members.end(), memory.ref)) continue;
      HandleMissing(memory, PatientRef(course.patient.resource), draft);
    }
    const std::string carries = HashOf(judged.carries);
    const bool other_carries = known != nullptr && known->carries != carries;
    draft.Finish(other_carries, plan_);
    plan_.courses.push_back({.course = course.course_key,
                             .state = CourseState::kSent,
                             .carries = carries,
                             .frame = FrameOf(course.patient.resource)});
    return absl::OkStatus();
  }

  absl::Status SendResource(const std::string& course, const ResourceVersion& version, ReportDraft& draft) {
    ResourceMemory next{.ref = version.ref,
                        .course = course,
                        .content = version.content,
                        .source_stamp_us = version.stamp_us,
                        .stamp_us = version.stamp_us > 0 ? version.stamp_us : input_.now_us,
                        .gone = false};
    const ResourceMemory* last = Remembered(course, version.ref);
    if (last == nullptr) {
      if (!IsShared(TypeOf(version.ref))) {
        const auto retracted = retracted_at_(version.ref);
        if (!retracted.ok()) return retracted.status();
        next.stamp_us = std::max(next.stamp_us, *retracted > 0 ? *retracted + 1 : 0);
      }
      draft.Send(version.ref, version.resource, next);
      return absl::OkStatus();
    }
    const bool older = version.stamp_us > 0 && version.stamp_us < last->source_stamp_us;
    const bool same = !last->gone && last->content == version.content;
    if (same && last->resend) {
      next.stamp_us = last->stamp_us;
      next.source_stamp_us = std::max(version.stamp_us, last->source_stamp_us);
      draft.Send(version.ref, version.resource, next);
      return absl::OkStatus();
    }
    if (same || older) {
      if (IsContext(TypeOf(version.ref))) {
        draft.Accompany(version.ref, version.resource, older ? version.stamp_us : last->stamp_us);
      }
      if (same && version.stamp_us > last->source_stamp_us) {
        // The same content under a newer stamp need not travel, but what is older than it must not pass for new.
        next.stamp_us = last->stamp_us;
        draft.Remember(next);
      }
      return absl::OkStatus();
    }
    next.stamp_us = std::max(next.stamp_us, last->stamp_us + 1);
    draft.Send(version.ref, version.resource, next);
    return absl::OkStatus();
  }

  // A resource that was sent in this course and is not in it any more.
  void HandleMissing(const ResourceMemory& memory, const std::string& patient, ReportDraft& draft) {
    const auto version = versions_.find(memory.ref);
    if (version != versions_.end() && version->second->in_error) {
      ResourceMemory next = memory;
      next.source_stamp_us = version->second->stamp_us;
      next.stamp_us = std::max(version->second->stamp_us, memory.stamp_us + 1);
      next.content = version->second->content;
      next.gone = true;
      draft.Send(memory.ref, version->second->resource, next);
      return;
    }
    const bool moved = in_scope_.count(memory.ref) > 0;
    const bool left = elsewhere_.count(memory.ref) > 0 || IsPending(memory.ref);
    const bool gone = version == versions_.end() && input_.complete_at_us.has_value();
    if (IsShared(TypeOf(memory.ref)) || moved) {
      if (moved || gone) plan_.forgotten.emplace_back(memory.course, memory.ref);
      return;
    }
    if (!left && !gone) return;
    Retract(memory, Tombstone(memory.ref, patient, arena_), draft);
  }

  void Retract(const ResourceMemory& memory, const json::Value& tombstone, ReportDraft& draft) {
    ResourceMemory next = memory;
    const std::int64_t at_us = std::min(input_.complete_at_us.value_or(input_.now_us), input_.now_us);
    next.stamp_us = std::max(at_us, memory.stamp_us + 1);
    next.gone = true;
    draft.Send(memory.ref, tombstone, next);
  }

  bool IsPending(const std::string& ref) const {
    return std::find(input_.pending.begin(), input_.pending.end(), ref) != input_.pending.end();
  }

  static std::string PatientRef(const json::Value& patient) { return patient.is_object() ? ReferenceOf(patient) : ""; }

  // The citizen as sent last, kept so that the course can be taken back when the source has nothing of it any more.
  static std::string FrameOf(const json::Value& patient) { return patient.is_object() ? json::Write(patient) : ""; }

  // Puts the citizen of an earlier report beside what takes it back; returns the reference.
  absl::StatusOr<std::string> AddFrame(const CourseMemory& known, ReportDraft& draft) {
    if (known.frame.empty()) return std::string();
    auto patient = json::ParseInto(arena_, arena_.CopyText(known.frame));
    if (!patient.ok()) return patient.status();
    std::string ref = ReferenceOf(*patient);
    const ResourceMemory* memory = Remembered(known.course, ref);
    draft.Accompany(ref, *patient, memory != nullptr ? memory->stamp_us : input_.now_us);
    return ref;
  }

  // A course that was sent and that the record's resources no longer make.
  absl::Status PlanLostCourse(const CourseMemory& known) {
    ReportDraft draft(known.course, {}, arena_);
    const auto patient = AddFrame(known, draft);
    if (!patient.ok()) return patient.status();
    for (const ResourceMemory& memory : input_.known_resources) {
      if (memory.course == known.course && !memory.gone) HandleMissing(memory, *patient, draft);
    }
    const bool changed = draft.changed();
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
    draft.Finish(/*forced=*/false, plan_);
    CourseMemory next = known;
    next.state = state;
    plan_.courses.push_back(std::move(next));
    return absl::OkStatus();
  }

  const PlanInput& input_;
  const RetractedAt& retracted_at_;
  json::Arena& arena_;
  std::map<std::pair<std::string, std::string>, const ResourceMemory*> memory_;
  std::map<std::string, const CourseMemory*> courses_;
  std::unordered_map<std::string, const ResourceVersion*> versions_;
  std::set<std::string> judged_;
  // References in courses that may leave the house, and in those that may not.
  std::set<std::string> in_scope_;
  std::set<std::string> elsewhere_;
  RecordPlan plan_;
};

}  // namespace

absl::StatusOr<RecordPlan> PlanRecord(const PlanInput& input, const RetractedAt& retracted_at, json::Arena& arena) {
  return Planner(input, retracted_at, arena).Plan();
}

absl::StatusOr<RecordPlan> PlanRepeatedRetractions(const PlanInput& input, json::Arena& arena) {
  const RetractedAt never = [](const std::string&) -> absl::StatusOr<std::int64_t> { return 0; };
  return Planner(input, never, arena).RepeatRetractions();
}

absl::StatusOr<RecordPlan> PlanRetraction(const PlanInput& input, json::Arena& arena) {
  const RetractedAt never = [](const std::string&) -> absl::StatusOr<std::int64_t> { return 0; };
  return Planner(input, never, arena).Retract();
}

}  // namespace hjerte::adapters
