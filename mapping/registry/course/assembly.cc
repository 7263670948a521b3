#include "mapping/registry/course/assembly.h"

#include <algorithm>
#include <compare>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "mapping/registry/content/compiled_content.h"
#include "mapping/registry/course/fhir_read.h"
#include "mapping/registry/course/identity.h"
#include "mapping/registry/date.h"

namespace hjerte::registry {
namespace {

// KL names them under either of its section's bases.
constexpr std::string_view kBasedOnReferral = "/BasedOnServiceRequestExtension";
constexpr std::string_view kBasedOnPlan = "/BasedOnCarePlanExtension";
// An intervention may hang on another, but not for ever.
constexpr int kMaxPlanSteps = 8;

enum class PlanKind { kIntervention, kCoursePlan, kFollowUp };

struct Node {
  const CurrentResource* current = nullptr;
  std::string reference;
  std::string_view type;
  bool in_error = false;
  PlanKind plan_kind = PlanKind::kIntervention;
  // Referrals and plans it names itself.
  absl::InlinedVector<std::string_view, 2> referrals;
  absl::InlinedVector<std::string_view, 2> plans;
};

// What reaching for a course found.
struct Reach {
  enum class Kind { kCourse, kPending, kIgnored };
  Kind kind = Kind::kPending;
  size_t referral = 0;  // Index in nodes.
};

class Assembler {
 public:
  Assembler(const Content& content, std::span<const CurrentResource> resources) : content_(content) {
    nodes_.reserve(resources.size());
    for (const CurrentResource& current : resources) AddNode(current);
    // One order for all, so that the result cannot depend on that of the input.
    std::sort(nodes_.begin(), nodes_.end(),
              [](const Node& left, const Node& right) { return left.reference < right.reference; });
  }

  Assembly Run() {
    OpenCourses();
    LearnFromInterventions();
    for (const Node& node : nodes_) Place(node);
    return Finish();
  }

 private:
  struct Draft {
    size_t referral = 0;
    AssembledCourse course;
    std::vector<const Node*> plans;
    std::vector<const Node*> plans_in_error;
  };

  void AddNode(const CurrentResource& current) {
    Node node;
    node.current = &current;
    node.reference = ReferenceOf(current.resource);
    node.type = TextOf(current.resource, "resourceType");
    node.in_error = IsEnteredInError(current.resource);
    if (node.type == "CarePlan") node.plan_kind = KindOf(current.resource);
    for (const json::Value& extension : ListOf(current.resource, "extension")) {
      const json::Value* reference = extension.Find("valueReference");
      if (reference == nullptr) continue;
      const std::string_view url = TextOf(extension, "url");
      if (url.ends_with(kBasedOnReferral)) node.referrals.push_back(TargetOf(*reference));
      if (url.ends_with(kBasedOnPlan)) node.plans.push_back(TargetOf(*reference));
    }
    for (const json::Value& reference : ListOf(current.resource, "basedOn")) {
      const std::string_view target = TargetOf(reference);
      if (target.starts_with("ServiceRequest/"))
        node.referrals.push_back(target);
      else if (target.starts_with("CarePlan/"))
        node.plans.push_back(target);
    }
    nodes_.push_back(std::move(node));
  }

  PlanKind KindOf(const json::Value& plan) const {
    const CompiledVariableSet& set = content_.compiled().compiled_variable_sets.back();
    const json::Value* category = plan.Find("category");
    if (category == nullptr) return PlanKind::kIntervention;
    for (const std::string& coding : CodingsOf(*category)) {
      if (set.plan_categories.contains(coding)) return PlanKind::kCoursePlan;
      if (set.follow_up_categories.contains(coding)) return PlanKind::kFollowUp;
    }
    return PlanKind::kIntervention;
  }

  const Node* Find(std::string_view reference) const {
    const auto found =
        std::lower_bound(nodes_.begin(), nodes_.end(), reference,
                         [](const Node& node, std::string_view other) { return node.reference < other; });
    return found == nodes_.end() || found->reference != reference ? nullptr : &*found;
  }

  void OpenCourses() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (node.type != "ServiceRequest") continue;
      // A bare tombstone holds nothing to count.
      if (node.in_error && node.current->resource.Find("authoredOn") == nullptr &&
          node.current->resource.Find("identifier") == nullptr) {
        continue;
      }
      Draft draft;
      draft.referral = i;
      draft.course.referral = *node.current;
      draft.course.entered_in_error = node.in_error;
      draft.course.course_key = CourseKey(node.current->resource);
      for (const json::Value& reason : ListOf(node.current->resource, "reasonReference")) {
        reasons_[TargetOf(reason)].insert(i);
      }
      if (const auto authored = ParseDay(TextOf(node.current->resource, "authoredOn"))) {
        dated_.emplace_back(*authored, i);
        if (!node.in_error) dated_sound_.emplace_back(*authored, i);
      }
      drafts_.emplace(i, std::move(draft));
    }
    std::sort(dated_.begin(), dated_.end());
    std::sort(dated_sound_.begin(), dated_sound_.end());
  }

  static std::string CourseKey(const json::Value& referral) {
    for (const json::Value& identifier : ListOf(referral, "identifier")) {
      if (TextOf(identifier, "system") == kCourseKeySystem) return std::string(TextOf(identifier, "value"));
    }
    return std::string(TextOf(referral, "id"));
  }

  // A plan without a referral of its own takes that of the interventions based on it; of several the greatest id.
  void LearnFromInterventions() {
    for (const Node& node : nodes_) {
      if (node.type != "CarePlan" || node.plan_kind != PlanKind::kIntervention) continue;
      for (const std::string_view plan : node.plans) {
        for (const std::string_view referral : node.referrals) {
          // What was entered in error tells where a plan belongs only while nothing sound does.
          std::string_view& learned = (node.in_error ? learned_in_error_ : learned_)[plan];
          learned = std::max(learned, referral);
        }
      }
    }
  }

  Reach ToReferral(std::string_view reference) const {
    const Node* found = Find(reference);
    if (found == nullptr) return {Reach::Kind::kPending, 0};
    const auto referral = static_cast<size_t>(found - nodes_.data());
    return {drafts_.contains(referral) ? Reach::Kind::kCourse : Reach::Kind::kIgnored, referral};
  }

  // The citizen's latest referral on or before the start; of several on one day the greatest id.
  Reach ByDate(const Node& plan) const {
    const json::Value* period = plan.current->resource.Find("period");
    const std::optional<Date> start = period != nullptr ? ParseDay(TextOf(*period, "start")) : std::nullopt;
    if (!start) return {Reach::Kind::kPending, 0};
    const auto& dated = plan.in_error ? dated_ : dated_sound_;
    const auto after = std::upper_bound(dated.begin(), dated.end(), std::pair(*start, nodes_.size()));
    if (after == dated.begin()) return {};
    return {Reach::Kind::kCourse, std::prev(after)->second};
  }

  Reach OfPlan(const Node& plan, int steps) const {
    if (plan.plan_kind == PlanKind::kFollowUp || steps > kMaxPlanSteps) return {Reach::Kind::kIgnored, 0};
    if (!plan.referrals.empty()) return ToReferral(plan.referrals.front());
    if (!plan.plans.empty()) return ViaPlan(plan.plans.front(), steps + 1);
    for (const auto* learned : {&learned_, &learned_in_error_}) {
      const auto found = learned->find(plan.reference);
      if (found != learned->end()) return ToReferral(found->second);
    }
    return ByDate(plan);
  }

  Reach ViaPlan(std::string_view reference, int steps) const {
    const Node* plan = Find(reference);
    return plan == nullptr ? Reach{} : OfPlan(*plan, steps);
  }

  Reach OfResource(const Node& node) const {
    if (node.type == "CarePlan") return OfPlan(node, 0);
    if (!node.referrals.empty()) return ToReferral(node.referrals.front());
    if (!node.plans.empty()) return ViaPlan(node.plans.front(), 0);
    return {};
  }

  void Place(const Node& node) {
    if (node.type == "ServiceRequest") return;
    if (node.type == "Patient" || node.type == "Organization") {
      if (node.in_error) return;
      if (node.type == "Patient") {
        patients_.push_back(&node);
      } else {
        organizations_->try_emplace(TextOf(node.current->resource, "id"), *node.current);
      }
      return;
    }
    const bool plan = node.type == "CarePlan" && node.plan_kind == PlanKind::kCoursePlan;
    if (node.in_error && !plan) return;
    if (const auto reasons = reasons_.find(node.reference); reasons != reasons_.end()) {
      for (const size_t referral : reasons->second) drafts_.at(referral).course.resources.push_back(*node.current);
      return;
    }
    const Reach reach = OfResource(node);
    if (reach.kind == Reach::Kind::kPending && !node.in_error) pending_.push_back(*node.current);
    if (reach.kind != Reach::Kind::kCourse) return;
    Draft& draft = drafts_.at(reach.referral);
    if (plan) {
      (node.in_error ? draft.plans_in_error : draft.plans).push_back(&node);
    } else {
      draft.course.resources.push_back(*node.current);
    }
  }

  static std::string_view PeriodOf(const Node& plan, std::string_view end) {
    const json::Value* period = plan.current->resource.Find("period");
    return period != nullptr ? TextOf(*period, end) : std::string_view();
  }

  // activity.detail.status decides over CarePlan.status.
  static bool IsOpen(const Node& plan) {
    const json::Value* detail = PlanDetail(plan.current->resource);
    const std::string_view status = detail != nullptr ? TextOf(*detail, "status") : std::string_view();
    if (!status.empty()) return status != "completed" && status != "cancelled" && status != "stopped";
    const std::string_view own = TextOf(plan.current->resource, "status");
    return own != "completed" && own != "revoked";
  }

  static void ChoosePlans(Draft& draft) {
    std::vector<const Node*>& plans = draft.plans;
    if (plans.empty() && !draft.plans_in_error.empty()) {
      plans = draft.plans_in_error;
      draft.course.entered_in_error = true;
    }
    if (plans.empty()) return;
    const auto opening = std::min_element(plans.begin(), plans.end(), [](const Node* left, const Node* right) {
      const std::strong_ordering starts = CompareDates(PeriodOf(*left, "start"), PeriodOf(*right, "start"));
      return starts != 0 ? starts < 0 : left->reference < right->reference;
    });
    const auto closing = std::max_element(plans.begin(), plans.end(), [](const Node* left, const Node* right) {
      if (IsOpen(*left) != IsOpen(*right)) return IsOpen(*right);
      for (const std::string_view member : {"end", "start"}) {
        const std::strong_ordering dates = CompareDates(PeriodOf(*left, member), PeriodOf(*right, member));
        if (dates != 0) return dates < 0;
      }
      return left->reference < right->reference;
    });
    draft.course.opening_plan = *(*opening)->current;
    draft.course.closing_plan = *(*closing)->current;
  }

  Assembly Finish() {
    Assembly assembly;
    for (auto& [index, draft] : drafts_) {
      ChoosePlans(draft);
      draft.course.organizations = organizations_;
      for (const Node* node : patients_) {
        if (draft.course.patient.resource.is_null() || draft.course.patient.stamp_us <= node->current->stamp_us) {
          draft.course.patient = *node->current;
        }
      }
      assembly.courses.push_back(std::move(draft.course));
    }
    std::sort(
        assembly.courses.begin(), assembly.courses.end(),
        [](const AssembledCourse& left, const AssembledCourse& right) { return left.course_key < right.course_key; });
    assembly.pending = std::move(pending_);
    return assembly;
  }

  const Content& content_;
  std::vector<Node> nodes_;
  std::map<size_t, Draft> drafts_;                        // By the referral's index.
  std::map<std::string_view, std::set<size_t>> reasons_;  // Condition → referrals that name it.
  std::map<std::string_view, std::string_view> learned_;  // Plan → referral its interventions name.
  std::map<std::string_view, std::string_view> learned_in_error_;
  // When referrals were made, and their indexes, in order; `dated_` with those entered in error.
  std::vector<std::pair<Date, size_t>> dated_;
  std::vector<std::pair<Date, size_t>> dated_sound_;
  std::vector<const Node*> patients_;
  std::shared_ptr<Organizations> organizations_ = std::make_shared<Organizations>();
  std::vector<CurrentResource> pending_;
};

}  // namespace

int64_t OwnStamp(const CurrentResource& current) {
  const json::Value* meta = current.resource.Find("meta");
  if (meta == nullptr) return current.stamp_us;
  for (const json::Value& extension : ListOf(*meta, "extension")) {
    if (TextOf(extension, "url") != kOwnStampExtension) continue;
    const std::optional<int64_t> own_us = ParseInstant(TextOf(extension, "valueInstant"));
    // A later one than it is ordered by was checked by nobody.
    if (own_us && *own_us < current.stamp_us) return *own_us;
  }
  return current.stamp_us;
}

bool IsEnteredInError(const json::Value& resource) {
  if (TextOf(resource, "status") == "entered-in-error") return true;
  const json::Value* verification = resource.Find("verificationStatus");
  if (verification == nullptr) return false;
  bool in_error = false;
  ForEachCoding(*verification, [&](const Coding& coding) { in_error = in_error || coding.code == "entered-in-error"; });
  return in_error;
}

Assembly AssembleCourses(const Content& content, std::span<const CurrentResource> resources) {
  return Assembler(content, resources).Run();
}

}  // namespace hjerte::registry
