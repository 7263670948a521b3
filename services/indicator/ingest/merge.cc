#include "services/indicator/ingest/merge.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/json/document.h"
#include "services/common/crash_point.h"
#include "services/indicator/courses/resource_versions.h"
#include "services/indicator/ingest/report_findings.h"
#include "services/indicator/return_if_error.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {
namespace {

constexpr std::string_view kReferralType = "ServiceRequest";
// Far more than there are; a sender that calls itself something else each time fills no memory.
constexpr std::size_t kSourcesRemembered = 4096;

DeliveryOutcome Accepted(std::int64_t seq, common::Instant at, bool duplicate) {
  DeliveryOutcome outcome;
  outcome.accepted = true;
  outcome.duplicate = duplicate;
  outcome.commit_seq = seq;
  outcome.committed_at = at;
  return outcome;
}

// The earlier acceptance of a report, or a conflict, or nothing.
absl::StatusOr<std::optional<DeliveryOutcome>> KnownAlready(StoreWriter& store, const PreparedReport& report) {
  const std::string& authority = report.source->authority;
  absl::StatusOr<std::optional<KnownDelivery>> known = store.FindDelivery(authority, report.delivery_mac);
  if (!known.ok()) return known.status();
  if (known->has_value()) {
    if ((*known)->content_mac != report.content_mac) return Refuse(RefusalKind::kConflict, DeliveryIdConflict());
    return Accepted((*known)->commit_seq, (*known)->committed_at, true);
  }
  if (report.bundle_id.empty()) return std::nullopt;
  known = store.FindBundle(authority, report.profile, report.bundle_id);
  if (!known.ok()) return known.status();
  if (!known->has_value()) return std::nullopt;
  if ((*known)->content_mac != report.content_mac) return Refuse(RefusalKind::kConflict, BundleIdConflict());
  return Accepted((*known)->commit_seq, (*known)->committed_at, true);
}

bool IsSameVersion(const ResourceRow& left, const ResourceRow& right) {
  return !IsLaterVersion(left, right) && !IsLaterVersion(right, left);
}

auto VersionOf(const ReferralRow& referral) {
  return std::tie(referral.stamp, referral.entered_in_error, referral.sha, referral.lookup);
}

// Later by version; between equal ones the source's declaration decides, so that the order of arrival does not.
absl::StatusOr<bool> Replaces(StoreWriter& store, const ResourceRow& offered, const ResourceRow& current) {
  if (!IsSameVersion(offered, current)) return IsLaterVersion(offered, current);
  if (offered.source == current.source) return false;
  absl::StatusOr<SourceRow> left = store.Source(offered.source);
  if (!left.ok()) return left.status();
  absl::StatusOr<SourceRow> right = store.Source(current.source);
  if (!right.ok()) return right.status();
  return IsStrongerSource(*left, *right);
}

}  // namespace

struct Merger::Commit {
  const std::string& authority;
  CitizenId citizen = 0;
  std::string surrogate;
  std::int64_t seq = 0;
  common::Instant at;
  registry::Date today{};
  // Whether a referral of the report stands under another citizen by another source's word.
  bool key_of_another_source = false;
};

absl::StatusOr<DeliveryOutcome> Merger::Merge(StoreWriter& store, PreparedReport& report, registry::Date today,
                                              common::Instant now, std::vector<CourseUpdate>& updates) {
  if (keys_ != nullptr) HJERTE_RETURN_IF_ERROR(keys_->Refresh(report.number));
  absl::StatusOr<std::optional<DeliveryOutcome>> known = KnownAlready(store, report);
  if (!known.ok()) return known.status();
  if (known->has_value()) return **std::move(known);

  absl::StatusOr<SourceId> source = store.InternSource(*report.source);
  if (!source.ok()) return source.status();
  Commit commit{.authority = report.source->authority, .surrogate = {}, .at = now, .today = today};
  absl::StatusOr<std::optional<CitizenId>> citizen = store.FindCitizen(report.number.lookup);
  if (!citizen.ok()) return citizen.status();
  const bool is_new = !citizen->has_value();
  std::vector<ResourceRow> current;
  if (is_new) {
    const SealedNumber& number = report.number;
    absl::StatusOr<CitizenId> added = store.AddCitizen(
        number.lookup, {.citizen = 0, .surrogate = number.surrogate, .key = number.vault_key, .sealed = number.sealed});
    if (!added.ok()) return added.status();
    common::PassCrashPoint(common::CrashPoint::kVaultWritten);
    commit.citizen = *added;
    commit.surrogate = number.surrogate;
  } else {
    commit.citizen = **citizen;
    absl::StatusOr<std::string> surrogate = store.Surrogate(commit.citizen);
    if (!surrogate.ok()) return surrogate.status();
    commit.surrogate = *std::move(surrogate);
    absl::StatusOr<std::vector<ResourceRow>> rows = store.Resources(commit.authority, commit.citizen);
    if (!rows.ok()) return rows.status();
    current = *std::move(rows);
  }

  absl::StatusOr<std::int64_t> seq = store.AppendLog({.authority = commit.authority,
                                                      .citizen = commit.citizen,
                                                      .source = *source,
                                                      .delivery_mac = report.delivery_mac,
                                                      .content_mac = report.content_mac,
                                                      .received_at = report.received_at,
                                                      .content = report.content},
                                                     now);
  if (!seq.ok()) return seq.status();
  common::PassCrashPoint(common::CrashPoint::kLogAppended);
  commit.seq = *seq;
  if (!report.bundle_id.empty()) {
    HJERTE_RETURN_IF_ERROR(store.AddBundle(commit.authority, report.profile, report.bundle_id, commit.seq));
  }

  std::vector<const ResourceRow*> changed;
  absl::StatusOr<bool> any = TakeOver(store, commit, report, current, changed, *source);
  if (!any.ok()) return any.status();
  std::vector<CitizenId> losers;
  absl::StatusOr<bool> own = SettleReferrals(store, commit, report, changed, losers, *source);
  if (!own.ok()) return own.status();
  // First, so that the feed takes the course from the one citizen before it gives it to the other.
  for (const CitizenId loser : losers) {
    HJERTE_RETURN_IF_ERROR(Rederive(store, commit.authority, loser, today, now, updates));
  }
  if (is_new && *own && report.derived_on == today) {
    // Should the transaction fail and be tried again, the courses are derived again.
    report.derived_on = {};
    HJERTE_RETURN_IF_ERROR(Record(store, commit, std::move(report.courses), true, updates));
  } else if (*any) {
    HJERTE_RETURN_IF_ERROR(DeriveAgain(store, commit, current, updates));
  }
  DeliveryOutcome outcome = Accepted(commit.seq, now, false);
  outcome.findings = report.findings;
  if (commit.key_of_another_source) outcome.findings.push_back(KeyOfAnotherSource());
  return outcome;
}

// Puts what is later than the current version into the store and into `current`; `changed` points into the report.
absl::StatusOr<bool> Merger::TakeOver(StoreWriter& store, const Commit& commit, const PreparedReport& report,
                                      std::vector<ResourceRow>& current, std::vector<const ResourceRow*>& changed,
                                      SourceId source) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < current.size(); ++i) index.emplace(current[i].type + "/" + current[i].id, i);
  const bool keep = !current.empty();
  for (const SourcedResource& resource : report.resources) {
    ResourceRow offered = resource.row;
    offered.source = source;
    const auto found = keep ? index.find(offered.type + "/" + offered.id) : index.end();
    if (found != index.end()) {
      absl::StatusOr<bool> replaces = Replaces(store, offered, current[found->second]);
      if (!replaces.ok()) return replaces.status();
      if (!*replaces) continue;
    }
    HJERTE_RETURN_IF_ERROR(store.PutResource(commit.authority, commit.citizen, offered));
    common::PassCrashPoint(common::CrashPoint::kResourceWritten);
    changed.push_back(&resource.row);
    if (found != index.end()) {
      current[found->second] = std::move(offered);
    } else {
      current.push_back(std::move(offered));
    }
  }
  return !changed.empty();
}

// A referral belongs to the citizen of its highest version. False when one of the report's belongs to another citizen;
// `losers` are the citizens who lost one to this report.
absl::StatusOr<bool> Merger::SettleReferrals(StoreWriter& store, Commit& commit, const PreparedReport& report,
                                             const std::vector<const ResourceRow*>& changed,
                                             std::vector<CitizenId>& losers, SourceId source) {
  bool own = true;
  for (const ResourceRow* row : changed) {
    if (row->type != kReferralType) continue;
    const ReferralRow offered{.citizen = commit.citizen,
                              .stamp = row->stamp,
                              .entered_in_error = row->entered_in_error,
                              .sha = row->sha,
                              .lookup = report.number.lookup};
    absl::StatusOr<std::optional<ReferralRow>> known = store.Referral(commit.authority, row->id);
    if (!known.ok()) return known.status();
    if (known->has_value() && (*known)->citizen != commit.citizen) {
      absl::StatusOr<bool> other = IsOfAnotherSource(store, commit, **known, row->id, source);
      if (!other.ok()) return other.status();
      commit.key_of_another_source = commit.key_of_another_source || *other;
    }
    if (known->has_value() && VersionOf(offered) < VersionOf(**known)) {
      own = own && (*known)->citizen == commit.citizen;
      continue;
    }
    if (known->has_value() && (*known)->citizen != commit.citizen) losers.push_back((*known)->citizen);
    HJERTE_RETURN_IF_ERROR(store.PutReferral(commit.authority, row->id, offered));
  }
  return own;
}

// A source that corrects a citizen's number moves its own course; one that moves another's has used its key.
absl::StatusOr<bool> Merger::IsOfAnotherSource(StoreWriter& store, const Commit& commit, const ReferralRow& known,
                                               std::string_view id, SourceId source) {
  absl::StatusOr<std::vector<ResourceRow>> rows = store.Resources(commit.authority, known.citizen);
  if (!rows.ok()) return rows.status();
  const auto row = std::find_if(rows->begin(), rows->end(), [id](const ResourceRow& candidate) {
    return candidate.type == kReferralType && candidate.id == id;
  });
  if (row == rows->end()) return false;
  absl::StatusOr<SourceRow> of_known = store.Source(row->source);
  if (!of_known.ok()) return of_known.status();
  absl::StatusOr<SourceRow> of_report = store.Source(source);
  if (!of_report.ok()) return of_report.status();
  return of_known->name != of_report->name;
}

absl::Status Merger::Rederive(StoreWriter& store, const std::string& authority, CitizenId citizen, registry::Date today,
                              common::Instant now, std::vector<CourseUpdate>& updates) {
  Commit commit{.authority = authority,
                .citizen = citizen,
                .surrogate = {},
                .seq = store.last_commit_seq(),
                .at = now,
                .today = today};
  absl::StatusOr<std::string> surrogate = store.Surrogate(citizen);
  if (!surrogate.ok()) return surrogate.status();
  commit.surrogate = *std::move(surrogate);
  absl::StatusOr<std::vector<ResourceRow>> rows = store.Resources(authority, citizen);
  if (!rows.ok()) return rows.status();
  return DeriveAgain(store, commit, *rows, updates);
}

absl::Status Merger::DeriveAgain(StoreWriter& store, const Commit& commit, const std::vector<ResourceRow>& current,
                                 std::vector<CourseUpdate>& updates) {
  arena_.Reset();
  if (carries_.size() >= kSourcesRemembered) carries_.clear();
  std::vector<SourcedResource> resources;
  resources.reserve(current.size());
  for (const ResourceRow& row : current) {
    if (row.type == kReferralType) {
      absl::StatusOr<std::optional<ReferralRow>> owner = store.Referral(commit.authority, row.id);
      if (!owner.ok()) return owner.status();
      if (owner->has_value() && (*owner)->citizen != commit.citizen) continue;
    }
    absl::StatusOr<json::Value> value = json::ParseInto(arena_, row.body);
    if (!value.ok()) return absl::DataLossError("a stored resource cannot be read");
    absl::StatusOr<const std::vector<std::string>*> carries = Carries(store, row.source);
    if (!carries.ok()) return carries.status();
    SourcedResource resource{.row = {}, .value = *value, .carries = *carries};
    resource.row.type = row.type;
    resource.row.stamp = row.stamp;
    resources.push_back(std::move(resource));
  }
  return Record(store, commit,
                DeriveCourses(content_, resources,
                              {.authority = commit.authority, .surrogate = commit.surrogate, .today = commit.today}),
                false, updates);
}

// Brings the citizen's course records to what was derived; the feed hears of what really changed.
absl::Status Merger::Record(StoreWriter& store, const Commit& commit, std::vector<DerivedCourse> courses, bool is_new,
                            std::vector<CourseUpdate>& updates) {
  std::map<std::string, CourseRow> before;
  if (!is_new) {
    absl::StatusOr<std::vector<CourseRow>> rows = store.Courses(commit.authority, commit.citizen);
    if (!rows.ok()) return rows.status();
    for (CourseRow& row : *rows) before.emplace(row.course_key, std::move(row));
  }
  ChangeRow change{.commit_seq = commit.seq,
                   .committed_at = commit.at,
                   .authority = commit.authority,
                   .course_key = {},
                   .citizen = commit.citizen,
                   .record = {}};
  for (DerivedCourse& course : courses) {
    const auto known = before.find(course.course_key);
    const bool was_exported = known != before.end() && known->second.exported;
    const bool same = known != before.end() && known->second.record == course.record &&
                      known->second.exported == course.exported && known->second.open == course.open &&
                      known->second.newest_event == course.newest_event;
    const std::string known_record = known != before.end() ? std::move(known->second.record) : std::string();
    if (known != before.end()) before.erase(known);
    if (same) continue;
    change.course_key = course.course_key;
    const bool record_same = was_exported && course.exported && known_record == course.record;
    if ((course.exported || was_exported) && !record_same) {
      change.kind = !course.exported ? ChangeKind::kRetraction
                    : was_exported   ? ChangeKind::kCorrection
                                     : ChangeKind::kRecord;
      change.record = course.exported ? course.record : std::string();
      HJERTE_RETURN_IF_ERROR(store.AppendChange(change));
      common::PassCrashPoint(common::CrashPoint::kFeedAppended);
    }
    HJERTE_RETURN_IF_ERROR(store.PutCourse({.authority = commit.authority,
                                            .course_key = course.course_key,
                                            .citizen = commit.citizen,
                                            .commit_seq = commit.seq,
                                            .open = course.open,
                                            .exported = course.exported,
                                            .record = std::move(course.record),
                                            .newest_event = course.newest_event}));
    common::PassCrashPoint(common::CrashPoint::kCourseWritten);
    updates.push_back({commit.authority, commit.citizen, change.course_key, std::move(course)});
  }
  for (const auto& [course_key, row] : before) {
    if (row.exported) {
      change.course_key = course_key;
      change.kind = ChangeKind::kRetraction;
      change.record.clear();
      HJERTE_RETURN_IF_ERROR(store.AppendChange(change));
    }
    HJERTE_RETURN_IF_ERROR(store.RemoveCourse(commit.authority, commit.citizen, course_key));
    updates.push_back({commit.authority, commit.citizen, course_key, std::nullopt});
  }
  return absl::OkStatus();
}

void Merger::Forget() {
  carries_.clear();
  if (keys_ != nullptr) keys_->Unstage();
}

absl::StatusOr<const std::vector<std::string>*> Merger::Carries(StoreWriter& store, SourceId source) {
  const auto found = carries_.find(source);
  if (found != carries_.end()) return &found->second;
  absl::StatusOr<SourceRow> row = store.Source(source);
  if (!row.ok()) return row.status();
  return &carries_.emplace(source, std::move(row->carries)).first->second;
}

}  // namespace hjerte::indicator
