#include "tests/soak/histories/outcome.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::soak {
namespace {

// Compares what two worlds hold in the end, but for courses of which they need not agree.
class Comparison {
 public:
  Comparison(const World& lived, Format format, Outcome& outcome)
      : format_(format), course_of_(CourseOfEachResource(format)), outcome_(outcome) {
    for (int i = 0; i < kCourses; ++i) {
      if (IsUnfit(lived.care().courses().at(static_cast<std::size_t>(i)))) exempt_.insert(i);
    }
  }

  void Holdings(const World& lived, const soak::Holdings& is, const soak::Holdings& should) {
    // A state that was put back does not know what was sent since, and cannot take it back.
    for (const auto& [reference, content] : is.live) {
      const auto course = course_of_.find(reference);
      const bool unknown = lived.forgotten().contains(reference) && !should.live.contains(reference);
      if (unknown && course != course_of_.end()) exempt_.insert(course->second);
    }
    Resources(is.live, should.live);
    Records("course", is.courses, should.courses);
    Records("exported course", is.exported, should.exported);
  }

  void Aside(const AdapterProgram::KeptAside& is, const AdapterProgram::KeptAside& should) {
    const bool kl = format_ == Format::kKl;
    for (const auto& [name, why] : is) {
      if (should.contains(name)) continue;
      bool exempt = kl && !exempt_.empty();
      for (const int course : exempt_) exempt = exempt || absl::StartsWith(name, CourseKey(course) + "|");
      if (!exempt) Add(outcome_.kept, absl::StrCat("kept aside: ", name, " ", why));
    }
    for (const auto& [name, why] : should) {
      if (!is.contains(name) && !kl) Add(outcome_.kept, absl::StrCat("not kept aside: ", name, " ", why));
    }
  }

 private:
  using Texts = std::map<std::string, std::string>;

  // What is told of it last is not sent, so that what was sent before it stays.
  static bool IsUnfit(const CareCourse& course) {
    const bool unsaid = course.diagnosis == kNoDiagnosis;
    return course.fault != Fault::kNone || (unsaid && !course.in_error && course.present);
  }

  int CourseOf(const std::string& reference) const {
    const auto course = course_of_.find(reference);
    return course == course_of_.end() ? -1 : course->second;
  }

  void Resources(const Texts& is, const Texts& should) {
    std::set<int> referred;
    for (const auto& [reference, content] : is) {
      if (absl::StartsWith(reference, "ServiceRequest/")) referred.insert(CourseOf(reference));
    }
    for (const auto& [reference, content] : should) {
      if (!exempt_.contains(CourseOf(reference))) Compare("resource " + reference, Find(is, reference), content);
    }
    for (const auto& [reference, content] : is) {
      const int course = CourseOf(reference);
      if (exempt_.contains(course) || should.contains(reference)) continue;
      // KL's reports may leave unsaid what hangs on a referral that is in error: nobody reaches it.
      if (format_ == Format::kKl && !referred.contains(course)) continue;
      Add(outcome_.duplicated, absl::StrCat("too much: resource ", reference, " ", content));
    }
  }

  void Records(const std::string& what, const Texts& is, const Texts& should) {
    for (const auto& [key, content] : should) {
      if (!IsExemptKey(key)) Compare(absl::StrCat(what, " ", key), Find(is, key), content);
    }
    for (const auto& [key, content] : is) {
      if (IsExemptKey(key) || should.contains(key)) continue;
      Add(outcome_.duplicated, absl::StrCat("too much: ", what, " ", key, " ", content));
    }
  }

  bool IsExemptKey(const std::string& key) const {
    for (const int course : exempt_) {
      if (key == CourseKey(course) || CourseOf("ServiceRequest/" + key) == course) return true;
    }
    return false;
  }

  static const std::string* Find(const Texts& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? nullptr : &found->second;
  }

  void Compare(const std::string& what, const std::string* is, const std::string& should) {
    if (is == nullptr) {
      Add(outcome_.lost, "lost: " + what);
    } else if (*is != should) {
      Add(outcome_.different, absl::StrCat("different: ", what, "\n  is     ", *is, "\n  should ", should));
    }
  }

  void Add(int& count, const std::string& why) {
    ++count;
    absl::StrAppend(&outcome_.why, outcome_.why.empty() ? "" : "\n", why);
  }

  const Format format_;
  const std::map<std::string, int> course_of_;
  Outcome& outcome_;
  std::set<int> exempt_;
};

absl::Status LiveStory(World& world, const Story& story, const World::Teller* teller) {
  HJERTE_RETURN_IF_ERROR(world.Start());
  for (const Event& event : story.events) {
    if (teller != nullptr) (*teller)(Word(event));
    HJERTE_RETURN_IF_ERROR(world.Do(event));
  }
  if (teller != nullptr) (*teller)("all faults end");
  return world.Heal();
}

absl::Status CompareWorlds(World& lived, World& fresh, Format format, Outcome& outcome) {
  const auto is = lived.Hold();
  if (!is.ok()) return is.status();
  const auto should = fresh.Hold();
  if (!should.ok()) return should.status();
  const auto aside = lived.Aside();
  if (!aside.ok()) return aside.status();
  const auto should_be_aside = fresh.Aside();
  if (!should_be_aside.ok()) return should_be_aside.status();
  Comparison comparison(lived, format, outcome);
  comparison.Holdings(lived, *is, *should);
  comparison.Aside(*aside, *should_be_aside);
  return absl::OkStatus();
}

absl::Status Live(World& lived, World& fresh, const Story& story, const World::Teller* teller, Outcome& outcome) {
  HJERTE_RETURN_IF_ERROR(LiveStory(lived, story, teller));
  if (teller != nullptr) (*teller)("the same end without a story");
  HJERTE_RETURN_IF_ERROR(fresh.Start());
  HJERTE_RETURN_IF_ERROR(fresh.LiveTheEndOf(lived));
  return CompareWorlds(lived, fresh, story.circumstances.format, outcome);
}

}  // namespace

Outcome Live(const Ground& ground, const Registries& registries, const Story& story, const World::Teller* teller,
             int forget_one_in) {
  World lived(ground, registries, story.circumstances, story.seed, teller);
  lived.link().ForgetOneIn(forget_one_in);
  World fresh(ground, registries, story.circumstances, 1, teller);
  Outcome outcome;
  if (const absl::Status status = Live(lived, fresh, story, teller, outcome); !status.ok()) {
    ++outcome.restless;
    outcome.why = status.ToString();
  }
  return outcome;
}

}  // namespace hjerte::soak
