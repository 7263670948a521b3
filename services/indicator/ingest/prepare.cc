#include "services/indicator/ingest/prepare.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/course/course_check.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/course/identity.h"
#include "mapping/registry/report/report_check.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/indicator/courses/resource_versions.h"
#include "services/indicator/ingest/delivery_request.h"
#include "services/indicator/ingest/minimise.h"
#include "services/indicator/ingest/pseudonymise.h"
#include "services/indicator/ingest/report_findings.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {
namespace {

// Where KL's profiles live; a Bundle that claims one is KL's delivery report.
constexpr std::string_view kKlProfileBase = "http://fhir.kl.dk/";
constexpr std::size_t kSurrogateBytes = 16;
constexpr std::size_t kSourceTextBytesMax = 256;

std::string_view TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

std::string_view FirstProfile(const json::Value& bundle) {
  const json::Value* meta = bundle.Find("meta");
  const json::Value* profiles = meta != nullptr ? meta->Find("profile") : nullptr;
  if (profiles == nullptr || profiles->elements().empty()) return {};
  return profiles->elements().front().text();
}

bool IsDeliveryId(std::string_view id) {
  return !id.empty() && id.size() <= kDeliveryIdBytesMax && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
}

// What a source says of itself is kept in memory and in every store: nobody has a use for more.
bool IsSourceSound(const SourceRow& source) {
  const auto fits = [](const std::string& text) { return text.size() <= kSourceTextBytesMax; };
  return fits(source.name) && fits(source.software) && source.carries.size() <= kCarriesMax &&
         std::all_of(source.carries.begin(), source.carries.end(), fits);
}

// A report on its way through the steps; each returns false when it refused the report.
class Preparation {
 public:
  Preparation(const PrepareContext& context, const Report& report) : context_(context), report_(report) {}

  bool ReadAndCheck() { return Parse() && Map() && Identify() && Check(); }

  bool Seal(common::Random& random) {
    absl::StatusOr<CitizenIdentifier> citizen = TakeOutCitizenNumber(bundle_, arena());
    if (!citizen.ok()) return RefuseWith(CitizenUnclear(citizen.status()));
    prepared_.content = json::Write(bundle_);
    if (HoldsNumber(prepared_.content, citizen->value) || EnvelopeHolds(citizen->value)) {
      return RefuseWith(CitizenNumberElsewhere());
    }
    if (TakeOutNames(bundle_, arena())) prepared_.content = json::Write(bundle_);
    SourceRow source = report_.source;
    std::sort(source.carries.begin(), source.carries.end());
    prepared_.source = std::make_shared<const SourceRow>(std::move(source));
    prepared_.received_at = report_.received_at;
    const std::string number = citizen->system + "|" + citizen->value;
    prepared_.delivery_mac =
        common::HmacSha256(context_.keys.integrity, absl::StrCat("delivery|", report_.delivery_id)).substr(0, 16);
    prepared_.content_mac =
        common::HmacSha256(context_.keys.integrity, absl::StrCat("content|", report_.json)).substr(0, 16);
    prepared_.number = SealNumber(context_.keys, number, common::ToHex(random.Bytes(kSurrogateBytes)));
    return true;
  }

  bool TakeResources() {
    absl::StatusOr<std::vector<SourcedResource>> versions = VersionsOf(bundle_, &prepared_.source->carries);
    if (!versions.ok()) return RefuseWith(StampMissing(std::string(versions.status().message())));
    prepared_.resources = *std::move(versions);
    return true;
  }

  void Derive() {
    prepared_.derived_on = context_.today;
    prepared_.courses = DeriveCourses(
        context_.content, prepared_.resources,
        {.authority = report_.source.authority, .surrogate = prepared_.number.surrogate, .today = context_.today});
  }

  PreparedReport Finish() {
    prepared_.findings = std::move(findings_);
    prepared_.bytes = prepared_.content.size() * 3 + arena().bytes_used();
    prepared_.document = std::move(document_);
    return std::move(prepared_);
  }

  const std::vector<registry::Finding>& findings() const { return findings_; }
  const PreparedReport& prepared() const { return prepared_; }
  std::vector<registry::Finding> TakeFindings() { return std::move(findings_); }

 private:
  // What the store keeps of a report beside its content.
  bool EnvelopeHolds(std::string_view number) const {
    const SourceRow& source = report_.source;
    return HoldsNumber(prepared_.bundle_id, number) || HoldsNumber(prepared_.profile, number) ||
           HoldsNumber(source.name, number) || HoldsNumber(source.software, number) ||
           std::any_of(source.carries.begin(), source.carries.end(),
                       [number](const std::string& variable) { return HoldsNumber(variable, number); });
  }

  json::Arena& arena() { return document_->arena(); }

  bool RefuseWith(registry::Finding finding) {
    findings_.push_back(std::move(finding));
    return false;
  }

  bool Parse() {
    if (!IsDeliveryId(report_.delivery_id)) return RefuseWith(DeliveryIdMalformed());
    if (!IsSourceSound(report_.source)) return RefuseWith(SourceTooLong());
    absl::StatusOr<json::Document> document = json::Parse(report_.json);
    if (!document.ok()) return RefuseWith(NotJson(document.status()));
    document_ = std::make_unique<json::Document>(*std::move(document));
    bundle_ = document_->root();
    if (report_.form == Report::Form::kBundle && TextOf(bundle_, "resourceType") != "Bundle") {
      return RefuseWith(NotABundle());
    }
    return true;
  }

  bool Map() {
    if (report_.form == Report::Form::kBundle) {
      prepared_.profile = std::string(FirstProfile(bundle_));
      prepared_.bundle_id = std::string(TextOf(bundle_, "id"));
      if (!absl::StartsWith(prepared_.profile, std::string(kKlProfileBase))) return true;
    }
    absl::StatusOr<json::Value> mapped = report_.form == Report::Form::kCourse
                                             ? context_.maps.MapCourse(arena(), bundle_)
                                             : context_.maps.MapKlReport(arena(), bundle_);
    if (!mapped.ok()) return RefuseWith(NotMappable(mapped.status()));
    bundle_ = *mapped;
    return true;
  }

  bool Identify() {
    const absl::Status status = registry::AssignIdentities(
        bundle_, arena(), {.authority = report_.source.authority, .patient_key = context_.keys.patient.bytes()});
    return status.ok() || RefuseWith(NotIdentifiable(status));
  }

  bool Check() {
    std::vector<registry::Finding> found = registry::CheckReport(
        context_.content, bundle_, {.received_at_us = report_.received_at.time_since_epoch().count()});
    const bool sound = !registry::HasErrors(found);
    findings_.insert(findings_.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    return sound;
  }

  const PrepareContext& context_;
  const Report& report_;
  std::unique_ptr<json::Document> document_;
  json::Value bundle_;
  PreparedReport prepared_;
  std::vector<registry::Finding> findings_;
};

DeliveryOutcome Refused(Preparation& preparation) {
  DeliveryOutcome outcome;
  outcome.refusal = RefusalKind::kInvalid;
  outcome.findings = preparation.TakeFindings();
  return outcome;
}

}  // namespace

DeliveryOutcome Refuse(RefusalKind kind, registry::Finding finding) {
  DeliveryOutcome outcome;
  outcome.refusal = kind;
  outcome.findings.push_back(std::move(finding));
  return outcome;
}

std::variant<PreparedReport, DeliveryOutcome> PrepareReport(const PrepareContext& context, const Report& report,
                                                            common::Random& random) {
  Preparation preparation(context, report);
  if (!preparation.ReadAndCheck() || !preparation.Seal(random) || !preparation.TakeResources()) {
    return Refused(preparation);
  }
  preparation.Derive();
  return preparation.Finish();
}

ValidationOutcome ValidateReport(const PrepareContext& context, const Report& report) {
  Preparation preparation(context, report);
  common::SystemRandom random;
  ValidationOutcome outcome;
  outcome.acceptable = preparation.ReadAndCheck() && preparation.Seal(random) && preparation.TakeResources();
  if (outcome.acceptable) preparation.Derive();
  outcome.findings = preparation.TakeFindings();
  const registry::VariableSet& variables = context.content.variables_on(context.today);
  if (std::any_of(report.source.carries.begin(), report.source.carries.end(),
                  [&](const std::string& id) { return variables.Find(id) == nullptr; })) {
    outcome.findings.push_back(CarriesUnknownVariable());
  }
  for (const DerivedCourse& course : preparation.prepared().courses) {
    absl::StatusOr<registry::CourseRecord> record = registry::FromJson(course.record);
    if (!record.ok()) continue;
    for (registry::Finding& finding : registry::CheckCourse(context.content, *record)) {
      // What the report itself is told comes first and is never cut.
      if (outcome.findings.size() >= registry::kFindingsListedMax) return outcome;
      outcome.findings.push_back(std::move(finding));
    }
  }
  return outcome;
}

}  // namespace hjerte::indicator
