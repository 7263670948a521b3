#include "services/tool/local_registry.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/registry/course/course_check.h"
#include "mapping/registry/course/course_record.h"
#include "services/common/copenhagen.h"
#include "services/indicator/cube/live_query.h"
#include "services/indicator/ingest/prepare.h"
#include "services/indicator/store/sqlite_store.h"

namespace hjerte::tool {
namespace {

constexpr std::size_t kExamplesMax = 3;

registry::Date Today(const common::Clock& clock) { return registry::Date(common::CopenhagenDate(clock.Now())); }

std::vector<FindingTally> MostFrequentFirst(const std::map<std::string, FindingTally>& tallies) {
  std::vector<FindingTally> list;
  for (const auto& [code, tally] : tallies) list.push_back(tally);
  std::stable_sort(list.begin(), list.end(),
                   [](const FindingTally& left, const FindingTally& right) { return left.count > right.count; });
  return list;
}

}  // namespace

indicator::Keys MakePassingKeys(common::Random& random) {
  const auto key = [&] { return common::SecretKey(random.Bytes(common::SecretKey::kBytes)); };
  return {.vault = key(), .lookup = key(), .patient = key(), .integrity = key()};
}

absl::StatusOr<std::unique_ptr<LocalRegistry>> LocalRegistry::Open(std::shared_ptr<const registry::Content> content,
                                                                   const std::filesystem::path& content_folder,
                                                                   const common::Clock& clock) {
  auto maps = indicator::LoadReportMaps(content_folder);
  if (!maps.ok()) return maps.status();
  auto store = indicator::OpenSqliteWriter({});
  if (!store.ok()) return store.status();
  return std::unique_ptr<LocalRegistry>(
      new LocalRegistry(std::move(content), *std::move(maps), *std::move(store), clock));
}

LocalRegistry::LocalRegistry(std::shared_ptr<const registry::Content> content,
                             std::unique_ptr<const indicator::ReportMaps> maps,
                             std::unique_ptr<indicator::StoreWriter> store, const common::Clock& clock)
    : content_(std::move(content)),
      maps_(std::move(maps)),
      store_(std::move(store)),
      clock_(clock),
      keys_(MakePassingKeys(random_)),
      merger_(*content_),
      cube_(content_) {}

void LocalRegistry::Connect() {
  events_.push_back({.kind = adapters::LinkEvent::Kind::kConnected, .delivery_id = "", .findings = {}, .reason = ""});
}

void LocalRegistry::Send(std::string request) {
  if (!status_.ok()) return;
  if (!in_transaction_) status_ = store_->Begin();
  in_transaction_ = status_.ok();
  if (!in_transaction_) return;
  absl::StatusOr<indicator::DeliveryOutcome> outcome = Take(request);
  if (!outcome.ok()) {
    status_ = outcome.status();
    return;
  }
  hjertegateway::v1::DeliverRequest parsed;
  parsed.ParseFromString(request);
  for (const registry::Finding& finding : outcome->findings) {
    if (finding.severity != registry::Severity::kWarning) continue;
    FindingTally& tally = warnings_[finding.code];
    tally.finding = finding;
    ++tally.count;
  }
  events_.push_back(
      {.kind = outcome->accepted ? adapters::LinkEvent::Kind::kReceived : adapters::LinkEvent::Kind::kRefused,
       .delivery_id = parsed.delivery_id(),
       .findings = std::move(outcome->findings),
       .reason = ""});
}

absl::StatusOr<indicator::DeliveryOutcome> LocalRegistry::Take(const std::string& request) {
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request)) return absl::InternalError("the adapter made something that is no request");
  const indicator::Report report{
      .delivery_id = parsed.delivery_id(),
      .source = {.authority = parsed.authority(),
                 .name = parsed.source().id(),
                 .software = parsed.source().software(),
                 .carries = {parsed.source().carries().begin(), parsed.source().carries().end()}},
      .form = indicator::Report::Form::kBundle,
      .json = std::move(*parsed.mutable_fhir_bundle_json()),
      .received_at = clock_.Now()};
  auto prepared = indicator::PrepareReport(
      {.content = *content_, .maps = *maps_, .keys = keys_, .today = Today(clock_)}, report, random_);
  if (auto* refused = std::get_if<indicator::DeliveryOutcome>(&prepared)) return std::move(*refused);
  return merger_.Merge(*store_, std::get<indicator::PreparedReport>(prepared), Today(clock_), clock_.Now(), updates_);
}

std::vector<adapters::LinkEvent> LocalRegistry::Wait(std::chrono::milliseconds /*timeout*/) {
  if (in_transaction_) {
    in_transaction_ = false;
    if (status_.ok()) status_ = store_->Commit();
    for (const indicator::CourseUpdate& update : updates_) citizens_.emplace(update.authority, update.citizen);
    cube_.Apply(std::exchange(updates_, {}), store_->last_commit_seq());
  }
  if (!status_.ok()) return {};
  return std::exchange(events_, {});
}

absl::StatusOr<indicator::Results> LocalRegistry::Run(registry::Query query) const {
  const registry::Date today = Today(clock_);
  const auto span = cube_.span();
  if (query.to == registry::Date{}) query.to = today;
  if (query.from == registry::Date{}) query.from = span.has_value() ? std::min(span->first, query.to) : query.to;
  query.skip_empty = true;
  const registry::IndicatorSet* set = query.indicator_set.empty() ? content_->indicator_set_for(query.to)
                                                                  : content_->FindIndicatorSet(query.indicator_set);
  if (set == nullptr) return absl::InvalidArgumentError("no such indicator set in the registry's content");
  query.indicator_set = set->id;
  absl::StatusOr<indicator::LiveCube::Answer> answer = cube_.Run(query);
  if (!answer.ok()) return answer.status();
  return indicator::Results{
      .cells = std::move(answer->cells),
      .masks = {},
      .provenance = indicator::MakeProvenance(*content_, *set, query.geography, answer->commit_seq, clock_.Now())};
}

absl::StatusOr<std::vector<FindingTally>> LocalRegistry::CourseFindings() {
  std::map<std::string, FindingTally> tallies;
  for (const auto& [authority, citizen] : citizens_) {
    const auto courses = store_->Courses(authority, citizen);
    if (!courses.ok()) return courses.status();
    for (const indicator::CourseRow& course : *courses) {
      const auto record = registry::FromJson(course.record);
      if (!course.exported || !record.ok()) continue;
      for (registry::Finding& finding : registry::CheckCourse(*content_, *record)) {
        FindingTally& tally = tallies[finding.code];
        ++tally.count;
        if (tally.courses.size() < kExamplesMax) tally.courses.push_back(course.course_key);
        tally.finding = std::move(finding);
      }
    }
  }
  return MostFrequentFirst(tallies);
}

std::vector<FindingTally> LocalRegistry::ReportWarnings() const { return MostFrequentFirst(warnings_); }

}  // namespace hjerte::tool
