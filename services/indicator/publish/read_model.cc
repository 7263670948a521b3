#include "services/indicator/publish/read_model.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/course/course_check.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/indicators/interval.h"
#include "services/common/copenhagen.h"
#include "services/common/scrub.h"

namespace hjerte::indicator {
namespace {

bool IsPublishedPeriod(registry::PeriodKind kind) {
  return kind == registry::PeriodKind::kQuarter || kind == registry::PeriodKind::kHalfYear ||
         kind == registry::PeriodKind::kYear;
}

// 1 and 2 are hidden wherever they are counts of citizens or their courses.
std::optional<std::int64_t> Shown(std::int64_t count, bool masked) {
  if (masked && (count == 1 || count == 2)) return std::nullopt;
  return count;
}

}  // namespace

absl::StatusOr<const registry::IndicatorSet*> ReadModel::SetFor(const registry::Query& query) const {
  return SetOf(content(), query);
}

absl::StatusOr<Results> ReadModel::Published(registry::Query query) const {
  if (!IsPublishedPeriod(query.period_kind)) {
    return absl::InvalidArgumentError("published figures are for quarters, half-years and years only");
  }
  const std::shared_ptr<const Snapshot> snapshot = shown();
  if (snapshot == nullptr) return absl::FailedPreconditionError("nothing is published yet");
  if (query.to == registry::Date{}) query.to = registry::Date(common::CopenhagenDate(parts_.clock.Now()));
  return snapshot->Select(query);
}

absl::StatusOr<Results> ReadModel::Live(registry::Query query) const {
  const registry::Date today(common::CopenhagenDate(parts_.clock.Now()));
  absl::StatusOr<const registry::IndicatorSet*> set = CompleteLiveQuery(content(), parts_.cube.span(), today, query);
  if (!set.ok()) return set.status();
  absl::StatusOr<LiveCube::Answer> answer = parts_.cube.Run(query);
  if (!answer.ok()) return answer.status();
  return Results{.cells = std::move(answer->cells),
                 .masks = {},
                 .provenance = ProvenanceOf(**set, query.geography, answer->commit_seq)};
}

absl::StatusOr<std::vector<Freshness>> ReadModel::GetFreshness(const std::vector<std::string>& authorities,
                                                               bool masked) const {
  absl::StatusOr<std::vector<DeliveryStatus>> deliveries = parts_.store.Deliveries();
  if (!deliveries.ok()) return deliveries.status();
  const std::map<std::string, CourseSummary> summaries = parts_.cube.Summaries();
  std::map<std::string, Freshness> entries;
  const registry::Date today(common::CopenhagenDate(parts_.clock.Now()));
  for (const registry::Geography::Row& row : content().geography_on(today).rows()) {
    entries[row.municipality].refused = 0;
    if (masked) continue;
    entries[row.municipality].courses = 0;
    entries[row.municipality].overlapping = 0;
  }
  for (const DeliveryStatus& status : *deliveries) {
    Freshness& entry = entries[status.authority];
    if (status.reports > 0) {
      // To the hour: who looks again and again would count the deliveries, and with them what changed.
      entry.last_delivery =
          masked ? std::chrono::floor<std::chrono::hours>(status.last_delivery) : status.last_delivery;
      entry.next_expected = *entry.last_delivery + parts_.delivery_interval;
    }
    entry.refused = Shown(status.refused, masked);
  }
  for (const auto& [authority, summary] : summaries) {
    Freshness& entry = entries[authority];
    entry.newest_event = masked ? summary.newest_month_of_three : summary.newest_event;
    if (masked) continue;
    entry.courses = summary.courses;
    entry.overlapping = summary.overlapping;
    if (summary.answers > 0) entry.unknown_percent = registry::FormatPercent(summary.unknown, summary.answers);
  }
  std::vector<Freshness> list;
  for (auto& [authority, entry] : entries) {
    if (!authorities.empty() && std::find(authorities.begin(), authorities.end(), authority) == authorities.end()) {
      continue;
    }
    entry.authority = authority;
    list.push_back(std::move(entry));
  }
  return list;
}

absl::Status ReadModel::NotePublishing(std::string_view who, std::string_view reason, bool new_series) const {
  return parts_.writer.Audit({.at = parts_.clock.Now(),
                              .who = std::string(who),
                              .action = "publish",
                              .object = new_series ? "snapshot of a new series" : "snapshot",
                              .reason = std::string(reason)});
}

absl::StatusOr<CourseExplanation> ReadModel::Explain(std::string_view who, std::string_view authority,
                                                     std::string_view course_key, std::string_view reason) const {
  absl::StatusOr<std::optional<CourseRow>> row = parts_.store.FindCourse(authority, course_key);
  if (!row.ok()) return row.status();
  // A key that is not there may be a number somebody tried.
  std::string asked = std::string(authority) + "/" + std::string(course_key);
  if (!row->has_value()) asked = common::ScrubCpr(asked);
  AuditRow audit{.at = parts_.clock.Now(),
                 .who = std::string(who),
                 .action = "explain",
                 .object = std::move(asked),
                 .reason = std::string(reason)};
  if (absl::Status status = parts_.writer.Audit(audit); !status.ok()) return status;
  if (!row->has_value()) return absl::NotFoundError("the authority has no such course");
  absl::StatusOr<registry::CourseRecord> record = registry::FromJson((*row)->record);
  if (!record.ok()) return record.status();
  const registry::Date today(common::CopenhagenDate(parts_.clock.Now()));
  const registry::IndicatorSet* set = content().indicator_set_for(record->JudgedOn().value_or(today));
  if (set == nullptr) return absl::FailedPreconditionError("no indicator set judges the course");
  std::vector<registry::Finding> findings = registry::CheckCourse(content(), *record);
  if (parts_.cube.Overlaps(authority, (*row)->citizen, course_key)) findings.push_back(OverlapFinding());
  return CourseExplanation{.indicators = registry::ExplainCourse(content(), *set, *record),
                           .findings = std::move(findings),
                           .provenance = ProvenanceOf(*set, {}, (*row)->commit_seq)};
}

void ReadModel::Show(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  shown_ = std::move(snapshot);
}

std::shared_ptr<const Snapshot> ReadModel::shown() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

}  // namespace hjerte::indicator
