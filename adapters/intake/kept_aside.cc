#include "adapters/intake/kept_aside.h"

#include <algorithm>
#include <utility>

#include "mapping/json/document.h"

namespace hjerte::adapters {
namespace {

std::string CodeOfFirstReason(const std::vector<registry::Finding>& findings) {
  const registry::Finding* reason = registry::FirstReason(findings);
  return reason != nullptr ? reason->code : "";
}

}  // namespace

KeptAside::KeptAside(RecordMemory& memory, Quarantine& quarantine, Outbox& outbox, const common::Clock& clock,
                     common::Logger log)
    : memory_(memory), quarantine_(quarantine), outbox_(outbox), clock_(clock), log_(std::move(log)) {}

bool KeptAside::IsLater(std::optional<std::int64_t> taken_at_us, const source::Batch& batch) const {
  return taken_at_us && batch.taken_at_us && *taken_at_us > *batch.taken_at_us && *taken_at_us <= NowUs();
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

absl::StatusOr<std::optional<std::int64_t>> KeptAside::TakenAt(std::string_view record) {
  const auto known = memory_.Record(record);
  if (!known.ok()) return known.status();
  return known->has_value() ? (*known)->taken_at_us : std::nullopt;
}

absl::StatusOr<bool> KeptAside::Put(const std::string& key, QuarantineKind kind, std::string_view payload,
                                    std::vector<registry::Finding> findings, const source::Batch& batch) {
  const auto later = IsLaterKnown(key, batch);
  if (!later.ok()) return later.status();
  if (*later) return false;
  log_.Warning("quarantined", {{"key", key}, {"code", CodeOfFirstReason(findings)}});
  const QuarantineEntry entry{.key = key,
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

absl::StatusOr<RefusedReport> KeptAside::Refuse(const OutboxEntry& entry,
                                                const std::vector<registry::Finding>& findings) {
  auto report = outbox_.Get(entry.seq);
  if (!report.ok()) return report.status();
  if (absl::Status status = outbox_.Remove(entry.seq); !status.ok()) return status;
  const auto taken_at_us = TakenAt(report->record);
  if (!taken_at_us.ok()) return taken_at_us.status();
  log_.Warning("refused", {{"key", report->record}, {"code", CodeOfFirstReason(findings)}});
  const QuarantineEntry aside{.key = report->record,
                              .kind = QuarantineKind::kDelivery,
                              .since_us = 0,
                              .seen_us = NowUs(),
                              .complete_at_us = std::nullopt,
                              .taken_at_us = *taken_at_us,
                              .findings = findings,
                              .requeued = false};
  if (absl::Status status = quarantine_.Put(aside, report->payload, ""); !status.ok()) return status;
  if (absl::Status status = memory_.SendAgain(report->record, report->refs); !status.ok()) return status;
  const auto later = TakeBackReportsOf(report->record, report->course);
  if (!later.ok()) return later.status();
  if (!*later) {
    if (absl::Status status = memory_.TakeFromAnyExtract(report->record); !status.ok()) return status;
  }
  return RefusedReport{.record = std::move(report->record), .later_taken_back = *later};
}

// Nothing of the refused one was stored at the gateway, so later reports of the course, which leave out what has not
// changed since, would be fragments: they are taken back and made anew, from the version that counts. An older one that
// the source still holds would be refused again, and take them back again. Those of other courses stand by themselves.
absl::StatusOr<bool> KeptAside::TakeBackReportsOf(const std::string& record, const std::string& course) {
  bool any = false;
  while (true) {
    const auto next = outbox_.FirstOfCourse(record, course);
    if (!next.ok()) return next.status();
    if (*next == 0) return any;
    any = true;
    const auto following = outbox_.Get(*next);
    if (!following.ok()) return following.status();
    if (absl::Status status = outbox_.Remove(*next); !status.ok()) return status;
    if (absl::Status status = memory_.SendAgain(record, following->refs); !status.ok()) return status;
  }
}

// An older report, or the same one again, says nothing of a later one that is kept aside.
absl::Status KeptAside::ReleaseNoLater(const ReportedResource& good) {
  const auto keys = quarantine_.Holding(good.ref);
  if (!keys.ok()) return keys.status();
  for (const std::string& key : *keys) {
    const auto later = IsLaterReportAside(key, good);
    if (!later.ok()) return later.status();
    if (*later) continue;
    if (absl::Status status = quarantine_.ReleaseReference(key, good.ref); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// A stamp that lies ahead may itself be what is wrong with the report: it is later than nothing.
absl::StatusOr<bool> KeptAside::IsLaterReportAside(const std::string& key, const ReportedResource& good) {
  const auto payload = quarantine_.Payload(key);
  if (!payload.ok()) return payload.status();
  json::Arena arena;
  const auto report = json::ParseInto(arena, *payload);
  if (!report.ok()) return false;
  const std::vector<ReportedResource> aside = ReportedIn(*report);
  return std::any_of(aside.begin(), aside.end(), [&](const ReportedResource& kept) {
    return kept.ref == good.ref && kept.stamp_us > good.stamp_us && kept.stamp_us <= NowUs();
  });
}

}  // namespace hjerte::adapters
