#include "adapters/pipeline.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/delivery.h"
#include "adapters/number_check.h"
#include "adapters/report_intake.h"
#include "mapping/json/document.h"
#include "mapping/registry/assembly.h"
#include "mapping/registry/cohort.h"
#include "mapping/registry/course_record.h"
#include "mapping/registry/identity.h"
#include "mapping/registry/report_check.h"
#include "services/common/copenhagen.h"
#include "services/common/crash_point.h"
#include "services/common/crypto.h"

namespace hjerte::adapters {
namespace {

// Below this many missing records no share of them is suspicious.
constexpr std::int64_t kGoneUnsuspected = 20;
constexpr std::chrono::hours kDatedAheadEvery{1};
constexpr std::string_view kCompleteAt = "complete-extract-at";

std::vector<registry::Finding> ToFindings(const std::vector<source::Fault>& faults) {
  std::vector<registry::Finding> findings;
  for (const source::Fault& fault : faults) {
    findings.push_back({.severity = registry::Severity::kError,
                        .code = fault.code,
                        .location = fault.location,
                        .variable = "",
                        .text = {.da = fault.text.da, .en = fault.text.en}});
  }
  return findings;
}

registry::Finding IdentityFinding(const absl::Status& status) {
  return {.severity = registry::Severity::kError,
          .code = "map-identity",
          .location = "",
          .variable = "cpr",
          .text = {.da = "Posten mangler borgerens CPR-nummer eller en nøgle. Udfyld det i omsorgssystemet.",
                   .en = "The record lacks the citizen's number or a key. Fill it in in the care system. (" +
                         std::string(status.message()) + ")"}};
}

registry::Finding JsonFinding() {
  return {.severity = registry::Severity::kError,
          .code = "source-json",
          .location = "",
          .variable = "",
          .text = {.da = "Posten er ikke gyldig JSON. Dan udtrækket igen.",
                   .en = "The record is not valid JSON. Make the extract again."}};
}

}  // namespace

Pipeline::Pipeline(PipelineOptions options, std::shared_ptr<const registry::Content> content, StateFile& state,
                   Outbox& outbox, const common::Clock& clock, common::Logger log)
    : options_(std::move(options)),
      content_(std::move(content)),
      state_(state),
      outbox_(outbox),
      clock_(clock),
      log_(std::move(log)),
      memory_(state),
      quarantine_(state),
      merge_(state),
      arena_(64 * 1024) {
  std::string decides =
      content_->sha256() + "|" + options_.authority + "|" + options_.source_id + "|" + options_.carries.text();
  if (options_.mapper != nullptr) decides += options_.mapper->digest();
  for (const ReportKind& kind : options_.report_kinds) decides += kind.profile + kind.mapper->digest();
  fingerprint_ = common::Sha256(decides);
}

std::string Pipeline::ContentOf(std::string_view json) const {
  common::Sha256Hasher hasher;
  hasher.Update(fingerprint_);
  hasher.Update(json);
  return hasher.Finish();
}

absl::Status Pipeline::Accept(const source::Batch& batch) {
  return InTransaction([&] { return AcceptAll(batch); });
}

absl::Status Pipeline::InTransaction(const std::function<absl::Status()>& change) {
  const PipelineCounts counts = counts_;
  absl::Status status;
  {
    auto transaction = common::Transaction::Begin(state_.database());
    if (!transaction.ok()) return transaction.status();
    status = change();
    common::PassCrashPoint(common::CrashPoint::kIntakeBeforeCommit);
    if (status.ok()) status = transaction->Commit();
  }
  common::PassCrashPoint(common::CrashPoint::kIntakeAfterCommit);
  if (status.ok()) return status;
  // What was counted in memory is no longer what the file holds.
  counts_ = counts;
  if (absl::Status reload = outbox_.Load(); !reload.ok()) return reload;
  return status;
}

absl::Status Pipeline::AcceptAll(const source::Batch& batch) {
  changed_citizens_.clear();
  for (const source::Record& record : batch.records) {
    ++counts_.records_read;
    const std::string key = state_.SafeKey(record.key);
    absl::Status status = merges() ? ProcessReport(key, record.json, batch) : ProcessRecord(key, record.json, batch);
    if (!status.ok()) return status;
  }
  for (const std::string& citizen : changed_citizens_) {
    if (absl::Status status = ProcessCitizen(citizen); !status.ok()) return status;
  }
  for (const source::FaultyRecord& faulty : batch.faulty) {
    ++counts_.records_read;
    if (absl::Status status = PutAside(state_.SafeKey(faulty.key), faulty.json, ToFindings(faulty.faults), batch);
        !status.ok()) {
      return status;
    }
  }
  for (const std::string& key : batch.mended) {
    if (auto released = quarantine_.Release(state_.SafeKey(key)); !released.ok()) {
      return released.status();
    }
  }
  if (batch.extract_ended) {
    if (absl::Status status = EndExtract(batch); !status.ok()) return status;
  }
  for (const auto& [key, value] : batch.progress) {
    if (absl::Status status = memory_.SetProgress(key, value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::ProcessRecord(const std::string& key, const std::string& json, const source::Batch& batch) {
  // A partial extract deletes nothing; so the same record is looked at again when a complete one confirms what is gone.
  const std::string content = state_.Hide("record", ContentOf(json) + (batch.complete_at_us ? "" : ":partial"));
  const auto known = memory_.Record(key);
  if (!known.ok()) return known.status();
  if (known->has_value() && !(*known)->gone && (*known)->content == content) {
    ++counts_.records_unchanged;
    return batch.extract.empty() ? absl::OkStatus() : memory_.MarkSeen(key, batch.extract);
  }
  arena_.Reset();
  std::vector<registry::Finding> findings;
  const auto record = json::ParseInto(arena_, json);
  if (!record.ok()) findings.push_back(JsonFinding());
  if (record.ok()) {
    Mapped mapped = MakeBundle(*options_.mapper, *record);
    findings = std::move(mapped.findings);
    if (!registry::HasErrors(findings)) {
      if (absl::Status status = Queue(key, mapped.bundle, batch, findings); !status.ok()) return status;
    }
  }
  if (registry::HasErrors(findings)) {
    if (absl::Status status = PutAside(key, json, std::move(findings), batch); !status.ok()) return status;
  } else if (auto released = quarantine_.Release(key); !released.ok()) {
    return released.status();
  }
  return memory_.PutRecord(key, content, batch.extract);
}

Mapped Pipeline::MakeBundle(const Mapper& mapper, const json::Value& record) {
  Mapped mapped = mapper.Run(record, arena_);
  if (!mapped.findings.empty()) return mapped;
  const registry::IdentityOptions identity{.authority = options_.authority, .patient_key = state_.patient_key()};
  const absl::Status status = registry::AssignIdentities(mapped.bundle, arena_, identity);
  if (!status.ok()) {
    mapped.findings.push_back(IdentityFinding(status));
    return mapped;
  }
  mapped.findings = registry::CheckReport(*content_, mapped.bundle, {.received_at_us = NowUs()});
  // A record without stamps gets them here, before it is sent (resource_versions.h).
  std::erase_if(mapped.findings,
                [](const registry::Finding& finding) { return finding.code == "dhrd-stamp-required"; });
  if (auto finding = NumberElsewhere(mapped.bundle)) mapped.findings.push_back(*std::move(finding));
  return mapped;
}

absl::StatusOr<PlanInput> Pipeline::RememberedOf(const std::string& record, const source::Batch& batch) {
  PlanInput input;
  auto courses = memory_.Courses(record);
  if (!courses.ok()) return courses.status();
  input.known_courses = *std::move(courses);
  auto resources = memory_.Resources(record);
  if (!resources.ok()) return resources.status();
  input.known_resources = *std::move(resources);
  input.now_us = NowUs();
  input.complete_at_us = batch.complete_at_us;
  return input;
}

// `refusals` gets what makes a report of the record unfit to be sent; nothing is queued then.
absl::Status Pipeline::Queue(const std::string& record, const json::Value& bundle, const source::Batch& batch,
                             std::vector<registry::Finding>& refusals) {
  std::vector<ResourceVersion> versions = VersionsOf(bundle, arena_);
  for (ResourceVersion& version : versions) version.content = state_.Hide("resource", version.content);
  std::vector<registry::CurrentResource> current;
  for (const ResourceVersion& version : versions) {
    current.push_back({.resource = version.resource, .stamp_us = version.stamp_us});
  }
  const registry::Assembly assembly = registry::AssembleCourses(*content_, current);
  auto input = RememberedOf(record, batch);
  if (!input.ok()) return input.status();
  input->versions = &versions;
  for (const registry::AssembledCourse& course : assembly.courses) {
    input->courses.push_back(Judge(course));
  }
  for (const registry::CurrentResource& pending : assembly.pending) {
    input->pending.push_back(ReferenceOf(pending.resource));
  }
  const auto plan = PlanRecord(
      *input, [this](const std::string& ref) { return memory_.RetractedAt(ref); }, arena_);
  if (!plan.ok()) return plan.status();
  // What one record holds was checked as a whole; merged reports stand together here for the first time, and a stamp
  // that had to follow an earlier one may lie ahead of the clock.
  const bool ahead = std::any_of(plan->reports.begin(), plan->reports.end(),
                                 [this](const PlannedReport& report) { return report.stamp_us > NowUs(); });
  if (merges() || ahead) CheckOutgoing(*plan, refusals);
  return registry::HasErrors(refusals) ? absl::OkStatus() : Carry(record, *plan);
}

void Pipeline::CheckOutgoing(const RecordPlan& plan, std::vector<registry::Finding>& refusals) {
  for (const PlannedReport& report : plan.reports) {
    const json::Value outgoing = MakeReport(report.resources, report.stamp_us, arena_);
    for (registry::Finding& finding : registry::CheckReport(*content_, outgoing, {.received_at_us = NowUs()})) {
      if (finding.severity == registry::Severity::kError) refusals.push_back(std::move(finding));
    }
  }
}

JudgedCourse Pipeline::Judge(const registry::AssembledCourse& course) const {
  const std::string managing = ManagingMunicipality(course.patient.resource, options_.municipality_of_sor);
  const registry::ExtractContext context{.authority = options_.authority,
                                         .today = common::CopenhagenDate(clock_.Now()),
                                         .carried = options_.carries.all(),
                                         .assumed_municipality = options_.authority,
                                         .citizen = "",
                                         .managing_municipality = managing};
  const registry::CourseRecord record = registry::ExtractCourse(*content_, course, context);
  JudgedCourse judged{.course = &course, .state = CourseState::kWaiting, .carries = {}};
  switch (registry::JudgeCohort(*content_, record)) {
    case registry::CohortAnswer::kYes:
      judged.state = CourseState::kSent;
      judged.carries = options_.carries.For(record.root());
      break;
    case registry::CohortAnswer::kNo:
      judged.state = CourseState::kOutOfScope;
      break;
    case registry::CohortAnswer::kCannotJudgeYet:
      break;
  }
  return judged;
}

absl::Status Pipeline::Carry(const std::string& record, const RecordPlan& plan) {
  for (const PlannedReport& report : plan.reports) {
    if (absl::Status status = outbox_.Put(MakeOutboxReport(record, report), NowUs()); !status.ok()) return status;
    ++counts_.reports_queued;
  }
  for (const auto& [course, ref] : plan.forgotten) {
    if (absl::Status status = memory_.ForgetResource(record, course, ref); !status.ok()) return status;
  }
  for (const ResourceMemory& resource : plan.resources) {
    if (absl::Status status = memory_.PutResource(record, resource); !status.ok()) return status;
  }
  for (const CourseMemory& course : plan.courses) {
    if (course.state == CourseState::kRetracted) ++counts_.courses_retracted;
    if (absl::Status status = memory_.PutCourse(record, course); !status.ok()) return status;
  }
  return absl::OkStatus();
}

OutboxReport Pipeline::MakeOutboxReport(const std::string& record, const PlannedReport& report) {
  const json::Value bundle = MakeReport(report.resources, report.stamp_us, arena_);
  std::string citizen;
  for (const json::Value& resource : report.resources) {
    const std::string ref = ReferenceOf(resource);
    if (TypeOf(ref) == "Patient") citizen = ref;
  }
  Delivery delivery = MakeDelivery(bundle,
                                   {.authority = options_.authority,
                                    .source_id = options_.source_id,
                                    .software = options_.software,
                                    .carries = report.carries.empty() ? options_.carries.all() : report.carries},
                                   state_);
  return OutboxReport{.delivery_id = std::move(delivery.id),
                      .citizen = citizen.empty() ? record : citizen,
                      .record = record,
                      .course = report.course,
                      .refs = report.refs,
                      .payload = std::move(delivery.request)};
}

absl::Status Pipeline::PutAside(const std::string& key, std::string_view json, std::vector<registry::Finding> findings,
                                const source::Batch& batch) {
  ++counts_.records_quarantined;
  const registry::Finding* reason = registry::FirstReason(findings);
  log_.Warning("quarantined", {{"key", key}, {"code", reason != nullptr ? reason->code : ""}});
  const QuarantineEntry entry{.key = key,
                              .kind = QuarantineKind::kRecord,
                              .since_us = 0,
                              .seen_us = NowUs(),
                              .findings = std::move(findings),
                              .requeued = false};
  if (absl::Status status = quarantine_.Put(entry, json, batch.extract); !status.ok()) return status;
  // A faulty record is there all the same: it must not pass for one that the source has no longer, and its next version
  // must be read whatever it is.
  if (key.starts_with('@') || merges()) return absl::OkStatus();
  return memory_.PutRecord(key, "", batch.extract);
}

absl::Status Pipeline::EndExtract(const source::Batch& batch) {
  if (absl::Status status = quarantine_.ReleasePlaces(batch.scope, batch.extract); !status.ok()) return status;
  if (!batch.complete_at_us || batch.extract.empty()) return absl::OkStatus();
  return RetractMissing(batch);
}

absl::Status Pipeline::RetractMissing(const source::Batch& batch) {
  const auto last = state_.Fact(kCompleteAt);
  if (!last.ok()) return last.status();
  // An older extract read late knows less, not more.
  if (*batch.complete_at_us < *last) return absl::OkStatus();
  const auto missing = memory_.Unseen(batch.extract);
  if (!missing.ok()) return missing.status();
  const auto live = memory_.LiveRecords();
  if (!live.ok()) return live.status();
  const auto gone = static_cast<std::int64_t>(missing->size());
  const bool empty = gone == *live && gone > 0;
  if (empty || (gone > kGoneUnsuspected && gone * 100 > *live * options_.gone_percent_max)) {
    log_.Error("extract_not_believed", {{"records", *live}, {"missing", gone}});
    return absl::OkStatus();
  }
  for (const std::string& record : *missing) {
    arena_.Reset();
    auto input = RememberedOf(record, batch);
    if (!input.ok()) return input.status();
    const auto plan = PlanRetraction(*input, arena_);
    if (!plan.ok()) return plan.status();
    if (absl::Status status = Carry(record, *plan); !status.ok()) return status;
    if (auto released = quarantine_.Release(record); !released.ok()) return released.status();
    if (absl::Status status = memory_.MarkGone(record); !status.ok()) return status;
  }
  return state_.SetFact(kCompleteAt, *batch.complete_at_us);
}

absl::Status Pipeline::ProcessReport(const std::string& key, const std::string& json, const source::Batch& batch) {
  arena_.Reset();
  const registry::IdentityOptions identity{.authority = options_.authority, .patient_key = state_.patient_key()};
  TakenReport taken = TakeReport(json, options_.report_kinds,
                                 {.authority = options_.authority,
                                  .municipality_of_sor = &options_.municipality_of_sor,
                                  .content = content_.get(),
                                  .identity = identity,
                                  .received_at_us = NowUs()},
                                 arena_);
  if (registry::HasErrors(taken.findings)) {
    if (absl::Status status = PutAside(key, json, std::move(taken.findings), batch); !status.ok()) return status;
    return quarantine_.SetReferences(key, taken.refs);
  }
  const auto changed = merge_.Add(taken.citizen, taken.bundle, arena_);
  if (!changed.ok()) return changed.status();
  if (*changed) {
    changed_citizens_.insert(taken.citizen);
  } else {
    ++counts_.records_unchanged;
  }
  if (auto released = quarantine_.Release(key); !released.ok()) return released.status();
  for (const std::string& ref : taken.refs) {
    if (absl::Status status = quarantine_.ReleaseReference(ref); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::ProcessCitizen(const std::string& citizen) {
  arena_.Reset();
  const auto bundle = merge_.Read(citizen, arena_);
  if (!bundle.ok()) return bundle.status();
  std::vector<registry::Finding> findings;
  const source::Batch no_extract;
  if (absl::Status status = Queue(citizen, *bundle, no_extract, findings); !status.ok()) return status;
  if (registry::HasErrors(findings)) return PutAside(citizen, "", std::move(findings), no_extract);
  if (auto released = quarantine_.Release(citizen); !released.ok()) return released.status();
  return memory_.PutRecord(citizen, fingerprint_, "");
}

absl::StatusOr<std::size_t> Pipeline::Requeue(std::size_t limit) {
  if (clock_.Steady() >= dated_ahead_at_) {
    if (absl::Status status = quarantine_.RequeueDatedAhead(); !status.ok()) return status;
    dated_ahead_at_ = clock_.Steady() + kDatedAheadEvery;
  }
  const auto entries = quarantine_.List(limit, /*requeued_only=*/true);
  if (!entries.ok()) return entries.status();
  if (entries->empty()) return 0;
  absl::Status status = InTransaction([&] {
    changed_citizens_.clear();
    absl::Status result;
    for (const QuarantineEntry& entry : *entries) {
      if (result = RequeueOne(entry); !result.ok()) return result;
    }
    for (const std::string& citizen : changed_citizens_) {
      if (result = ProcessCitizen(citizen); !result.ok()) return result;
    }
    return result;
  });
  if (!status.ok()) return status;
  return entries->size();
}

absl::Status Pipeline::Repeat() {
  const auto retracted = memory_.SendEverythingAgain();
  if (!retracted.ok()) return retracted.status();
  const source::Batch no_extract;
  for (const std::string& record : *retracted) {
    arena_.Reset();
    auto input = RememberedOf(record, no_extract);
    if (!input.ok()) return input.status();
    const auto plan = PlanRepeatedRetractions(*input, arena_);
    if (!plan.ok()) return plan.status();
    if (absl::Status status = Carry(record, *plan); !status.ok()) return status;
  }
  if (!merges()) return absl::OkStatus();
  const auto citizens = merge_.Citizens();
  if (!citizens.ok()) return citizens.status();
  for (const std::string& citizen : *citizens) {
    if (absl::Status status = ProcessCitizen(citizen); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::RequeueOne(const QuarantineEntry& entry) {
  auto payload = quarantine_.Payload(entry.key);
  if (!payload.ok()) return payload.status();
  if (entry.kind == QuarantineKind::kDelivery) {
    auto report = ReadDelivery(*payload);
    if (!report.ok()) return report.status();
    report->record = entry.key;
    if (absl::Status status = outbox_.Put(*report, NowUs()); !status.ok()) return status;
    return quarantine_.Release(entry.key).status();
  }
  const source::Batch no_extract;
  if (merges() && payload->empty()) return ProcessCitizen(entry.key);
  // Of what has no key of its own nothing is kept that could be read again; the source's next extract tells.
  if (entry.key.starts_with('@') || payload->empty()) return quarantine_.Release(entry.key).status();
  if (merges()) return ProcessReport(entry.key, *payload, no_extract);
  if (absl::Status status = memory_.PutRecord(entry.key, "", ""); !status.ok()) return status;
  return ProcessRecord(entry.key, *payload, no_extract);
}

absl::StatusOr<bool> Pipeline::Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings) {
  auto report = outbox_.Get(entry.seq);
  if (!report.ok()) return report.status();
  if (absl::Status status = outbox_.Remove(entry.seq); !status.ok()) return status;
  const QuarantineEntry aside{.key = report->record,
                              .kind = QuarantineKind::kDelivery,
                              .since_us = 0,
                              .seen_us = NowUs(),
                              .findings = findings,
                              .requeued = false};
  ++counts_.records_quarantined;
  log_.Warning("refused", {{"key", report->record}, {"code", findings.empty() ? "" : findings.front().code}});
  if (absl::Status status = quarantine_.Put(aside, report->payload, ""); !status.ok()) return status;
  // Nothing of it was stored at the gateway, so later reports of the record, which leave out what has not changed
  // since, would be fragments: they are taken back and made anew.
  if (absl::Status status = memory_.SendAgain(report->record, report->refs); !status.ok()) return status;
  bool later = false;
  while (true) {
    auto next = outbox_.FirstOfRecord(report->record);
    if (!next.ok()) return next.status();
    if (*next == 0) break;
    later = true;
    auto following = outbox_.Get(*next);
    if (!following.ok()) return following.status();
    if (absl::Status status = outbox_.Remove(*next); !status.ok()) return status;
    if (absl::Status status = memory_.SendAgain(report->record, following->refs); !status.ok()) return status;
  }
  if (later && merges()) {
    if (absl::Status status = ProcessCitizen(report->record); !status.ok()) return status;
    return false;
  }
  if (!later) return false;
  if (absl::Status status = memory_.ForgetProgress(); !status.ok()) return status;
  return true;
}

}  // namespace hjerte::adapters
