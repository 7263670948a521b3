#include "adapters/intake/kept_aside.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "adapters/reports/delivery.h"
#include "mapping/json/document.h"

namespace hjerte::adapters {
namespace {

// A clock is behind by no more, where what it is asked of beside that is not ahead of it.
constexpr std::chrono::microseconds kBehindAtMost = std::chrono::days(7);

std::string CodeOfFirstReason(const std::vector<registry::Finding>& findings) {
  const registry::Finding* reason = registry::FirstReason(findings);
  return reason != nullptr ? reason->code : "";
}

}  // namespace

KeptAside::KeptAside(StateFile& state, RecordMemory& memory, Quarantine& quarantine, Outbox& outbox,
                     const common::Clock& clock, common::Logger log)
    : state_(state), memory_(memory), quarantine_(quarantine), outbox_(outbox), clock_(clock), log_(std::move(log)) {}

bool KeptAside::IsLater(std::optional<std::int64_t> taken_at_us, const source::Batch& batch) {
  if (!taken_at_us || !batch.taken_at_us || *taken_at_us <= *batch.taken_at_us) return false;
  const std::int64_t now_us = NowUs();
  if (*taken_at_us <= now_us) return true;
  const bool dated_wrong = *taken_at_us - now_us > kBehindAtMost.count() && *batch.taken_at_us <= now_us;
  if (dated_wrong) return false;
  doubted_until_us_ = std::min(doubted_until_us_.value_or(*taken_at_us), *taken_at_us);
  return false;
}

absl::StatusOr<bool> KeptAside::IsLaterAside(std::string_view key, const source::Batch& batch) {
  if (!batch.taken_at_us) return false;
  const auto aside = quarantine_.TakenAt(key);
  if (!aside.ok()) return aside.status();
  return IsLater(*aside, batch);
}

absl::StatusOr<bool> KeptAside::IsLaterKnown(std::string_view key, const source::Batch& batch) {
  if (!batch.taken_at_us) return false;
  const auto taken_at_us = TakenAt(key);
  if (!taken_at_us.ok()) return taken_at_us.status();
  if (IsLater(*taken_at_us, batch)) return true;
  return IsLaterAside(key, batch);
}

absl::StatusOr<std::optional<std::int64_t>> KeptAside::TakenAt(std::string_view key) {
  const auto known = memory_.Record(key);
  if (!known.ok()) return known.status();
  return TakenAt(key, *known);
}

absl::StatusOr<std::optional<std::int64_t>> KeptAside::TakenAt(std::string_view key,
                                                               const std::optional<RecordState>& known) {
  if (known) return known->taken_at_us;
  if (key.starts_with('@')) return std::optional<std::int64_t>();
  return memory_.CompleteAt();
}

absl::StatusOr<bool> KeptAside::Put(const std::string& key, QuarantineKind kind, std::string_view payload,
                                    std::vector<registry::Finding> findings, const source::Batch& batch) {
  const auto later = IsLaterKnown(key, batch);
  if (!later.ok()) return later.status();
  if (*later) return false;
  log_.Warning("quarantined", {{"key", key}, {"code", CodeOfFirstReason(findings)}});
  const QuarantineEntry entry{.key = key,
                              .course = "",
                              .kind = kind,
                              .since_us = 0,
                              .seen_us = NowUs(),
                              .complete_at_us = batch.complete_at_us,
                              .taken_at_us = batch.taken_at_us,
                              .findings = std::move(findings),
                              .requeued = false};
  if (absl::Status status = quarantine_.Put(entry, payload, batch.extract); !status.ok()) return status;
  return true;
}

absl::StatusOr<bool> KeptAside::Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings) {
  auto report = outbox_.Get(entry.seq);
  // It was on its way, under another citizen, when one before it was refused: what it holds is sent in the place of
  // both.
  if (absl::IsNotFound(report.status())) return false;
  if (!report.ok()) return report.status();
  if (absl::Status status = outbox_.Remove(entry.seq); !status.ok()) return status;
  const auto all = TakeReportsOf(*report, entry.seq);
  if (!all.ok()) return all.status();
  const bool alone = all->size() == 1;
  log_.Warning("refused", {{"key", report->record},
                           {"code", CodeOfFirstReason(findings)},
                           {"doing", alone ? "it is kept aside, unless a later one is"
                                           : "it is sent together with what waits of its course"}});
  if (!alone) {
    const auto joined = JoinReports(*all, state_);
    if (!joined.ok()) return joined.status();
    if (absl::Status status = outbox_.Put(*joined, NowUs()); !status.ok()) return status;
    return false;
  }
  const auto taken_at_us = TakenAt(report->record);
  if (!taken_at_us.ok()) return taken_at_us.status();
  if (absl::Status status = memory_.SendAgain(report->record, report->refs); !status.ok()) return status;
  if (absl::Status status = memory_.TakeFromAnyExtract(report->record); !status.ok()) return status;
  source::Batch as_it_came;
  as_it_came.taken_at_us = *taken_at_us;
  const auto later_aside = IsLaterAside(report->record, as_it_came);
  if (!later_aside.ok()) return later_aside.status();
  if (*later_aside) return false;
  const QuarantineEntry aside{.key = report->record,
                              .course = report->course,
                              .kind = QuarantineKind::kDelivery,
                              .since_us = 0,
                              .seen_us = NowUs(),
                              .complete_at_us = std::nullopt,
                              .taken_at_us = *taken_at_us,
                              .findings = findings,
                              .requeued = false};
  if (absl::Status status = quarantine_.Put(aside, report->payload, ""); !status.ok()) return status;
  return true;
}

absl::StatusOr<std::vector<OutboxReport>> KeptAside::TakeReportsOf(const OutboxReport& refused, std::int64_t seq) {
  std::vector<OutboxReport> taken;
  std::ptrdiff_t before = 0;
  // Of what an older program put aside the course is not known: others of the kind may be of other courses.
  while (!refused.course.empty()) {
    const auto next = outbox_.FirstOfCourse(refused.record, refused.course);
    if (!next.ok()) return next.status();
    if (*next == 0) break;
    auto report = outbox_.Get(*next);
    if (!report.ok()) return report.status();
    if (absl::Status status = outbox_.Remove(*next); !status.ok()) return status;
    before += *next < seq ? 1 : 0;
    taken.push_back(*std::move(report));
  }
  taken.insert(taken.begin() + before, refused);
  return taken;
}

// An older report, or the same one again, says nothing of a later one that is kept aside.
absl::Status KeptAside::ReleaseNoLater(const std::string& key, const std::vector<ReportedResource>& good) {
  const auto since_us = AsideSince(key);
  if (!since_us.ok()) return since_us.status();
  if (auto released = quarantine_.Release(key); !released.ok()) return released.status();
  for (const ReportedResource& resource : good) {
    const auto holding = quarantine_.Holding(resource.ref);
    if (!holding.ok()) return holding.status();
    for (const std::string& aside : *holding) {
      const auto later = IsLaterReportAside(aside, resource, *since_us);
      if (!later.ok()) return later.status();
      if (*later) continue;
      if (absl::Status status = quarantine_.ReleaseReference(aside, resource.ref); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::int64_t>> KeptAside::AsideSince(const std::string& key) {
  const auto entries = quarantine_.Of(key);
  if (absl::IsNotFound(entries.status())) return std::optional<std::int64_t>();
  if (!entries.ok()) return entries.status();
  return std::optional(entries->front().since_us);
}

// A stamp that lies ahead may be wrong, or the clock here is. The report was made before its file was written; but
// where both lay ahead when they came, it is the clock, and they stand in the order they came in.
absl::StatusOr<bool> KeptAside::IsLaterReportAside(const std::string& key, const ReportedResource& good,
                                                   std::optional<std::int64_t> good_since_us) {
  const auto payload = quarantine_.Payload(key);
  if (!payload.ok()) return payload.status();
  json::Arena arena;
  const auto report = json::ParseInto(arena, *payload);
  if (!report.ok()) return false;
  const auto entries = quarantine_.Of(key);
  if (!entries.ok()) return entries.status();
  const QuarantineEntry& entry = entries->front();
  const std::int64_t came_us = entry.taken_at_us ? std::min(*entry.taken_at_us, entry.seen_us) : entry.since_us;
  const bool came_later = good_since_us && *good_since_us <= entry.since_us;
  const std::vector<ReportedResource> aside = ReportedIn(*report);
  return std::any_of(aside.begin(), aside.end(), [&](const ReportedResource& kept) {
    const bool trusted = kept.stamp_us <= NowUs() || came_later;
    const std::int64_t made_us = trusted ? kept.stamp_us : std::min(kept.stamp_us, came_us);
    return kept.ref == good.ref && made_us > good.stamp_us;
  });
}

}  // namespace hjerte::adapters
