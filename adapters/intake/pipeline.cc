#include "adapters/intake/pipeline.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/intake/report_intake.h"
#include "adapters/reports/delivery.h"
#include "mapping/registry/course/identity.h"
#include "mapping/registry/report/report_check.h"
#include "services/common/crash_point.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/time_text.h"

namespace hjerte::adapters {
namespace {

// Below this many missing records no share of them is suspicious.
constexpr std::int64_t kGoneUnsuspected = 20;
constexpr std::chrono::minutes kReadAheadLasts{1};
// The fingerprint that everything was read with.
constexpr std::string_view kReadWith = "read-with";
// The maps that delivery reports were read with.
constexpr std::string_view kMappedWith = "mapped-with";

std::vector<registry::Finding> ToFindings(const std::vector<source::Fault>& faults) {
  std::vector<registry::Finding> findings;
  findings.reserve(faults.size());
  for (const source::Fault& fault : faults) {
    findings.push_back({.severity = registry::Severity::kError,
                        .code = fault.code,
                        .location = fault.location,
                        .variable = "",
                        .text = {.da = fault.text.da, .en = fault.text.en}});
  }
  return findings;
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
      aside_(state, memory_, quarantine_, outbox, clock, log_),
      again_(memory_, quarantine_, outbox, clock,
             {.merges = merges(),
              .record =
                  [this](const std::string& key, const std::string& json, const source::Batch& batch) {
                    return ProcessRecord(Pulled(key, json, batch), nullptr, batch);
                  },
              .report = [this](const std::string& key, const std::string& json,
                               const source::Batch& batch) { return ProcessReport(key, json, batch); },
              .citizen = [this](const std::string& citizen) { return ProcessCitizen(citizen); }}),
      reader_({.authority = options_.authority,
               .carries = options_.carries,
               .mapper = options_.mapper.get(),
               .municipality_of_sor = options_.municipality_of_sor,
               .content = *content_,
               .state = state_,
               .clock = clock_}) {
  std::string maps;
  if (options_.mapper != nullptr) maps += options_.mapper->digest();
  for (const ReportKind& kind : options_.report_kinds) maps += kind.profile + kind.mapper->digest();
  maps_ = common::Sha256(maps);
  fingerprint_ = common::Sha256(content_->sha256() + "|" + options_.authority + "|" + options_.source_id + "|" +
                                options_.carries.text() + maps);
}

std::string Pipeline::ContentOf(std::string_view json) const {
  common::Sha256Hasher hasher;
  hasher.Update(fingerprint_);
  hasher.Update(json);
  return hasher.Finish();
}

absl::Status Pipeline::Accept(const source::Batch& batch, const NextBatch& next) {
  absl::Status status = InTransaction([&] { return AcceptAll(batch, next); });
  if (!status.ok()) ahead_.reset();
  return status;
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

json::Arena& Pipeline::FreshArena() {
  reading_.arena.Reset();
  return reading_.arena;
}

absl::Status Pipeline::AcceptAll(const source::Batch& batch, const NextBatch& next) {
  absl::Status taken = merges() ? AcceptReports(batch) : AcceptRecords(batch, next);
  if (!taken.ok()) return taken;
  for (const source::FaultyRecord& faulty : batch.faulty) {
    ++counts_.records_read;
    if (absl::Status status =
            PutAside(state_.SafeKey(faulty.key), faulty.json, ToFindings(faulty.faults), batch, QuarantineKind::kPart);
        !status.ok()) {
      return status;
    }
  }
  for (const std::string& key : batch.mended) {
    if (auto released = quarantine_.Release(state_.SafeKey(key)); !released.ok()) return released.status();
  }
  if (batch.extract_ended) {
    if (absl::Status status = EndExtract(batch); !status.ok()) return status;
  }
  if (const auto doubted_until_us = aside_.TakeDoubtedUntil()) {
    if (absl::Status status = memory_.ReadAgainAt(*doubted_until_us); !status.ok()) return status;
  }
  for (const auto& [key, value] : batch.progress) {
    if (absl::Status status = memory_.SetProgress(key, value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::AcceptReports(const source::Batch& batch) {
  changed_citizens_.clear();
  for (const source::Record& record : batch.records) {
    ++counts_.records_read;
    source::Batch as_written;
    as_written.taken_at_us = record.written_at_us;
    const std::string key = state_.SafeKey(record.key);
    if (absl::Status status = ProcessReport(key, record.json, as_written); !status.ok()) return status;
  }
  for (const std::string& citizen : changed_citizens_) {
    if (absl::Status status = ProcessCitizen(citizen); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::AcceptRecords(const source::Batch& batch, const NextBatch& next) {
  counts_.records_read += static_cast<std::int64_t>(batch.records.size());
  if (!IsReadAhead(batch)) {
    if (absl::Status status = ReadFrom(batch); !status.ok()) return status;
  }
  BatchAhead& ahead = *ahead_;
  if (next) ahead.reading->Besides([next, &ahead] { ahead.next = next(); });
  for (const auto& [record, is_read] : ahead.records) {
    // A batch may hold a record twice: what was known before it may be changed by now, and the other way round.
    Reading* reading = is_read ? &ahead.reading->Next() : nullptr;
    if (absl::Status status = ProcessRecord(record, reading, batch); !status.ok()) return status;
  }
  ahead.reading.reset();
  const std::shared_ptr<const source::Batch> following = std::move(ahead.next);
  ahead_.reset();
  if (following == nullptr) return absl::OkStatus();
  absl::Status status = ReadFrom(*following);
  if (status.ok()) ahead_->owner = following;
  return status;
}

absl::Status Pipeline::ReadFrom(const source::Batch& batch) {
  ahead_.reset();
  BatchAhead ahead;
  ahead.batch = &batch;
  ahead.begun_at = clock_.Steady();
  std::vector<std::string_view> changed;
  for (const source::Record& record : batch.records) {
    PulledRecord pulled = Pulled(state_.SafeKey(record.key), record.json, batch);
    const auto known = WhatIsKnown(pulled, batch);
    if (!known.ok()) return known.status();
    const bool is_read = *known == Known::kNot;
    if (is_read) changed.push_back(record.json);
    ahead.records.emplace_back(std::move(pulled), is_read);
  }
  ahead.reading = std::make_unique<ReadAhead>(reader_, std::move(changed), readings_);
  ahead_ = std::move(ahead);
  return absl::OkStatus();
}

// What was read too long ago was checked against another day.
bool Pipeline::IsReadAhead(const source::Batch& batch) const {
  return ahead_ && ahead_->batch == &batch && clock_.Steady() - ahead_->begun_at < kReadAheadLasts;
}

Pipeline::PulledRecord Pipeline::Pulled(std::string key, std::string_view json, const source::Batch& batch) const {
  // A partial extract deletes nothing; so the same record is looked at again when a complete one confirms what is gone.
  const std::string content = ContentOf(json) + (batch.complete_at_us ? "" : ":partial");
  return {.key = std::move(key), .json = json, .content = state_.Hide("record", content)};
}

absl::StatusOr<Pipeline::Known> Pipeline::WhatIsKnown(const PulledRecord& record, const source::Batch& batch) {
  const auto known = memory_.Record(record.key);
  if (!known.ok()) return known.status();
  const bool same = known->has_value() && !(*known)->gone && (*known)->content == record.content;
  const auto taken_at_us = aside_.TakenAt(record.key, *known);
  if (!taken_at_us.ok()) return taken_at_us.status();
  if (aside_.IsLater(*taken_at_us, batch)) return same ? Known::kSameLater : Known::kLater;
  if (!same) return Known::kNot;
  const auto later_aside = aside_.IsLaterAside(record.key, batch);
  if (!later_aside.ok()) return later_aside.status();
  return *later_aside ? Known::kSameLater : Known::kSame;
}

absl::Status Pipeline::ProcessRecord(const PulledRecord& record, Reading* reading, const source::Batch& batch) {
  const auto known = WhatIsKnown(record, batch);
  if (!known.ok()) return known.status();
  if (*known == Known::kLater) {
    ++counts_.records_older;
    return absl::OkStatus();
  }
  if (*known == Known::kSame || *known == Known::kSameLater) {
    ++counts_.records_unchanged;
    if (batch.extract.empty() || *known == Known::kSameLater) return absl::OkStatus();
    const auto aside = quarantine_.MarkSeen(record.key, batch.taken_at_us);
    if (!aside.ok()) return aside.status();
    // Of what is kept aside the extract says nothing of the version that was processed last.
    return memory_.MarkSeen(record.key, batch.extract, *aside ? std::nullopt : batch.taken_at_us);
  }
  if (reading == nullptr) {
    reading = &reading_;
    reader_.Read(record.json, *reading);
  }
  if (!registry::HasErrors(reading->findings)) {
    if (absl::Status status = Queue(record.key, *reading, batch); !status.ok()) return status;
  }
  if (registry::HasErrors(reading->findings)) {
    return PutAside(record.key, record.json, std::move(reading->findings), batch, QuarantineKind::kRecord,
                    record.content);
  }
  const auto later = aside_.IsLaterAside(record.key, batch);
  if (!later.ok()) return later.status();
  if (!*later) {
    if (auto released = quarantine_.Release(record.key); !released.ok()) return released.status();
  }
  // Where a later version is aside, this one must release it when a still later extract gives it once more.
  return memory_.PutRecord(record.key, *later ? "" : record.content, batch.extract, batch.taken_at_us);
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
  input.stamps_from_us = stamps_from_us_;
  input.complete_at_us = batch.complete_at_us;
  return input;
}

// The reading's findings get what makes a report of the record unfit to be sent; nothing is queued then.
absl::Status Pipeline::Queue(const std::string& record, Reading& reading, const source::Batch& batch) {
  auto input = RememberedOf(record, batch);
  if (!input.ok()) return input.status();
  input->versions = &reading.versions;
  input->courses = std::move(reading.courses);
  for (const registry::CurrentResource& pending : reading.assembly.pending) {
    input->pending.push_back(ReferenceOf(pending.resource));
  }
  if (merges()) {
    if (absl::Status status = LeaveToOthers(record, *input); !status.ok()) return status;
  }
  auto plan = PlanRecord(
      *input, [this](const std::string& ref) { return memory_.RetractedAt(ref); },
      [this, &record](const std::string& ref) { return memory_.ReferralGivenElsewhere(record, ref); }, reading.arena);
  if (!plan.ok()) return plan.status();
  // What one record holds was checked as a whole; merged reports stand together here for the first time, and a stamp
  // that had to follow an earlier one may lie ahead of the clock.
  const bool ahead = std::any_of(plan->reports.begin(), plan->reports.end(),
                                 [this](const PlannedReport& report) { return report.stamp_us > NowUs(); });
  if (merges() || ahead) CheckOutgoing(*plan, reading);
  return registry::HasErrors(reading.findings) ? absl::OkStatus() : Carry(record, *std::move(plan));
}

absl::Status Pipeline::LeaveToOthers(const std::string& citizen, PlanInput& input) {
  for (JudgedCourse& judged : input.courses) {
    if (judged.state == CourseState::kOutOfScope || judged.entered_in_error) continue;
    const std::string& key = judged.course->course_key;
    const auto later = memory_.StateWhereToldLater(citizen, key, ReferenceOf(judged.course->referral.resource));
    if (!later.ok()) return later.status();
    if (*later == CourseState::kRetracted) {
      judged.state = CourseState::kWaiting;
      judged.entered_in_error = true;
    }
    const bool left = std::any_of(input.known_courses.begin(), input.known_courses.end(), [&key](const auto& known) {
      return known.course == key && known.state == CourseState::kOutOfScope;
    });
    // What stands under the later number needs nothing of this one; what was taken back here comes not back beside it.
    if (*later != CourseState::kOutOfScope && !(left && *later == CourseState::kSent)) continue;
    judged.state = CourseState::kOutOfScope;
    judged.decided_by = {"cpr"};
  }
  return absl::OkStatus();
}

void Pipeline::CheckOutgoing(const RecordPlan& plan, Reading& reading) {
  for (const PlannedReport& report : plan.reports) {
    const json::Value outgoing = MakeReport(report.resources, report.stamp_us, reading.arena);
    for (registry::Finding& finding : registry::CheckReport(*content_, outgoing, {.received_at_us = NowUs()})) {
      if (finding.severity == registry::Severity::kError) reading.findings.push_back(std::move(finding));
    }
  }
}

absl::Status Pipeline::Carry(const std::string& record, RecordPlan plan) {
  for (PlannedReport& planned : plan.reports) {
    const OutboxReport report = MakeOutboxReport(record, std::move(planned));
    if (absl::Status status = outbox_.Put(report, NowUs()); !status.ok()) return status;
    ++counts_.reports_queued;
  }
  for (const auto& [course, ref] : plan.forgotten) {
    if (absl::Status status = memory_.ForgetResource(record, course, ref); !status.ok()) return status;
  }
  if (absl::Status status = memory_.PutResources(record, plan.resources); !status.ok()) return status;
  for (const CourseMemory& course : plan.courses) {
    if (course.state == CourseState::kRetracted) ++counts_.courses_retracted;
    if (absl::Status status = memory_.PutCourse(record, course); !status.ok()) return status;
  }
  for (const LeftCohort& left : plan.left_cohort) TellLeftCohort(left);
  return absl::OkStatus();
}

void Pipeline::TellLeftCohort(const LeftCohort& left) {
  ++counts_.courses_left_cohort;
  std::string decided_by;
  for (const std::string& variable : left.decided_by) {
    decided_by.append(decided_by.empty() ? "" : ",").append(variable);
  }
  log_.Warning("out_of_scope", {{"course", state_.SafeKey(left.course)},
                                {"decided_by", decided_by},
                                {"doing", "it was sent and is taken back from the gateway"}});
}

OutboxReport Pipeline::MakeOutboxReport(const std::string& record, PlannedReport report) {
  std::string citizen;
  for (const StampedResource& resource : report.resources) {
    if (TypeOf(resource.ref) == "Patient") citizen = resource.ref;
  }
  Delivery delivery = MakeDelivery(WriteReport(report.resources, report.stamp_us),
                                   {.authority = options_.authority,
                                    .source_id = options_.source_id,
                                    .software = options_.software,
                                    .carries = report.carries.empty() ? options_.carries.all() : report.carries},
                                   state_);
  return OutboxReport{.delivery_id = std::move(delivery.id),
                      .citizen = citizen.empty() ? record : citizen,
                      .record = record,
                      .course = std::move(report.course),
                      .refs = std::move(report.refs),
                      .payload = std::move(delivery.request)};
}

absl::Status Pipeline::PutAside(const std::string& key, std::string_view json, std::vector<registry::Finding> findings,
                                const source::Batch& batch, QuarantineKind kind, std::string_view content) {
  const auto put = aside_.Put(key, kind, json, std::move(findings), batch);
  if (!put.ok()) return put.status();
  if (!*put) {
    ++counts_.records_older;
    return absl::OkStatus();
  }
  ++counts_.records_quarantined;
  // A faulty record is there all the same: it must not pass for one that the source has no longer, and its next version
  // must be read whatever it is, where this one cannot be told from it.
  if (key.starts_with('@') || merges()) return absl::OkStatus();
  return memory_.PutAside(key, content, batch.extract);
}

absl::Status Pipeline::EndExtract(const source::Batch& batch) {
  TellOlder(batch);
  if (absl::Status status = quarantine_.ReleasePlaces(batch.scope, batch.extract); !status.ok()) return status;
  if (!batch.complete_at_us || batch.extract.empty()) return absl::OkStatus();
  return RetractMissing(batch);
}

void Pipeline::TellOlder(const source::Batch& batch) {
  if (counts_.records_older > older_told_) {
    log_.Warning("older_extract",
                 {{"extract", batch.scope}, {"records_left_alone", counts_.records_older - older_told_}});
  }
  older_told_ = counts_.records_older;
}

absl::StatusOr<std::vector<std::string>> Pipeline::MissingFrom(const source::Batch& batch) {
  auto unseen = memory_.Unseen(batch.extract);
  if (!unseen.ok()) return unseen.status();
  std::vector<std::string> missing;
  for (std::string& record : *unseen) {
    // A later extract that was no complete one has told of it.
    const auto later = aside_.IsLaterKnown(record, batch);
    if (!later.ok()) return later.status();
    if (!*later) missing.push_back(std::move(record));
  }
  return missing;
}

absl::Status Pipeline::RetractMissing(const source::Batch& batch) {
  const auto last = memory_.CompleteAt();
  if (!last.ok()) return last.status();
  // An older extract read late knows less, not more.
  if (*batch.complete_at_us < *last && *last <= NowUs()) return absl::OkStatus();
  const auto missing = MissingFrom(batch);
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
    json::Arena& arena = FreshArena();
    auto input = RememberedOf(record, batch);
    if (!input.ok()) return input.status();
    auto plan = PlanRetraction(*input, arena);
    if (!plan.ok()) return plan.status();
    if (absl::Status status = Carry(record, *std::move(plan)); !status.ok()) return status;
    if (auto released = quarantine_.Release(record); !released.ok()) return released.status();
    if (absl::Status status = memory_.MarkGone(record, batch.taken_at_us); !status.ok()) return status;
  }
  return memory_.NoteComplete(*batch.complete_at_us);
}

absl::Status Pipeline::ProcessReport(const std::string& key, const std::string& json, const source::Batch& batch) {
  json::Arena& arena = FreshArena();
  const registry::IdentityOptions identity{.authority = options_.authority, .patient_key = state_.patient_key()};
  TakenReport taken = TakeReport(json, options_.report_kinds,
                                 {.authority = options_.authority,
                                  .municipality_of_sor = &options_.municipality_of_sor,
                                  .content = content_.get(),
                                  .identity = identity,
                                  .received_at_us = NowUs()},
                                 arena);
  if (registry::HasErrors(taken.findings)) {
    if (absl::Status status = PutAside(key, json, std::move(taken.findings), batch); !status.ok()) return status;
    std::vector<std::string> refs;
    for (const ReportedResource& resource : taken.reported) refs.push_back(resource.ref);
    return quarantine_.SetReferences(key, refs);
  }
  const auto changed = merge_.Add(taken.citizen, taken.bundle, json, arena);
  if (!changed.ok()) return changed.status();
  if (*changed) {
    changed_citizens_.insert(taken.citizen);
  } else {
    ++counts_.records_unchanged;
  }
  return aside_.ReleaseNoLater(key, taken.reported);
}

absl::Status Pipeline::ProcessCitizen(const std::string& citizen) {
  if (absl::Status status = ProcessOneCitizen(citizen); !status.ok()) return status;
  // Nothing is sent of what is out of scope or entered in error, so it is taken back where it stands.
  const auto others = memory_.SentOfWhatIsNotSent(citizen);
  if (!others.ok()) return others.status();
  for (const std::string& other : *others) {
    if (absl::Status status = ProcessOneCitizen(other); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::ProcessOneCitizen(const std::string& citizen) {
  const auto bundle = merge_.Read(citizen, FreshArena());
  if (!bundle.ok()) return bundle.status();
  reading_.findings.clear();
  reader_.Assemble(*bundle, reading_);
  const source::Batch no_extract;
  if (absl::Status status = Queue(citizen, reading_, no_extract); !status.ok()) return status;
  if (registry::HasErrors(reading_.findings)) {
    return PutAside(citizen, "", std::move(reading_.findings), no_extract);
  }
  if (auto released = quarantine_.Release(citizen); !released.ok()) return released.status();
  return memory_.PutRecord(citizen, fingerprint_, "", std::nullopt);
}

absl::StatusOr<std::size_t> Pipeline::Requeue(std::size_t limit) {
  const auto entries = again_.Due(limit);
  if (!entries.ok()) return entries.status();
  if (entries->empty()) return 0;
  absl::Status status = InTransaction([&] {
    changed_citizens_.clear();
    for (const QuarantineEntry& entry : *entries) {
      if (absl::Status result = again_.Try(entry); !result.ok()) return result;
    }
    for (const std::string& citizen : changed_citizens_) {
      if (absl::Status result = ProcessCitizen(citizen); !result.ok()) return result;
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return entries->size();
}

absl::Status Pipeline::Repeat() {
  const auto retracted = memory_.SendEverythingAgain();
  return retracted.ok() ? QueueAgain(*retracted) : retracted.status();
}

absl::Status Pipeline::SendAnewIfPutBack() {
  const auto put_back = memory_.WhenPutBack();
  if (!put_back.ok()) return put_back.status();
  stamps_from_us_ = put_back->at_us;
  if (put_back->taken_up) return absl::OkStatus();
  log_.Warning("put_back", {{"at", common::FormatInstant(common::Instant(std::chrono::microseconds(stamps_from_us_)))},
                            {"doing", "everything is delivered anew"}});
  sending_anew_ = true;
  return InTransaction([this] {
    const auto retracted = memory_.SendEverythingAnew(stamps_from_us_);
    return retracted.ok() ? QueueAgain(*retracted) : retracted.status();
  });
}

absl::Status Pipeline::LookAgainIfConfiguredAnew() {
  const std::string now = common::ToHex(fingerprint_);
  const auto before = state_.Meta(kReadWith);
  if (!before.ok()) return before.status();
  if (*before == now) return absl::OkStatus();
  if (!before->empty()) {
    log_.Info("read_again", {{"why", "the configuration or the registry's content is another"}});
  }
  return InTransaction([&] {
    absl::Status status = merges() ? LookAgainAtReports() : memory_.ForgetProgress();
    return status.ok() ? state_.SetMeta(kReadWith, now) : status;
  });
}

// What they brought is kept, since their files may be gone; other maps read those anew that are not.
absl::Status Pipeline::LookAgainAtReports() {
  const std::string now = common::ToHex(maps_);
  const auto before = state_.Meta(kMappedWith);
  if (!before.ok()) return before.status();
  if (*before != now) {
    absl::Status status = merge_.GiveWayToSameVersions();
    if (status.ok()) status = memory_.ForgetProgress();
    if (status.ok()) status = state_.SetMeta(kMappedWith, now);
    if (!status.ok()) return status;
  }
  return QueueAgain({});
}

absl::Status Pipeline::TellNotSentAnew() {
  if (!std::exchange(sending_anew_, false)) return absl::OkStatus();
  const auto missing = memory_.CountNotReadAgain();
  if (!missing.ok() || *missing == 0) return missing.status();
  log_.Warning("not_sent_anew", {{"records", *missing},
                                 {"why", "the source does not hold them any more"},
                                 {"remedy", "put their extracts into the folder once more"}});
  return absl::OkStatus();
}

absl::Status Pipeline::QueueAgain(const std::vector<std::string>& retracted) {
  const source::Batch no_extract;
  for (const std::string& record : retracted) {
    json::Arena& arena = FreshArena();
    auto input = RememberedOf(record, no_extract);
    if (!input.ok()) return input.status();
    auto plan = PlanRepeatedRetractions(*input, arena);
    if (!plan.ok()) return plan.status();
    if (absl::Status status = Carry(record, *std::move(plan)); !status.ok()) return status;
    const auto known = memory_.Record(record);
    if (!known.ok()) return known.status();
    // What was refused of a record that is gone is said again by this.
    if (!known->has_value() || !(*known)->gone) continue;
    if (absl::Status status = quarantine_.ReleaseReports(record); !status.ok()) return status;
  }
  if (!merges()) return absl::OkStatus();
  const auto citizens = merge_.Citizens();
  if (!citizens.ok()) return citizens.status();
  for (const std::string& citizen : *citizens) {
    if (absl::Status status = ProcessCitizen(citizen); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Pipeline::Refuse(const OutboxEntry& entry, const std::vector<registry::Finding>& findings) {
  const auto aside = aside_.Refuse(entry, findings);
  if (aside.ok() && *aside) ++counts_.records_quarantined;
  return aside.status();
}

}  // namespace hjerte::adapters
