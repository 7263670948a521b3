#include "services/indicator/api/proto_convert.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "mapping/registry/date.h"

namespace hjerte::indicator {
namespace {

namespace v1 = hjertegateway::v1;

v1::UnitKind ToProto(registry::UnitKind kind) {
  switch (kind) {
    case registry::UnitKind::kMunicipality:
      return v1::UNIT_KIND_MUNICIPALITY;
    case registry::UnitKind::kCluster:
      return v1::UNIT_KIND_CLUSTER;
    case registry::UnitKind::kRegion:
      return v1::UNIT_KIND_REGION;
    case registry::UnitKind::kNation:
      return v1::UNIT_KIND_NATION;
  }
  return v1::UNIT_KIND_UNSPECIFIED;
}

v1::PeriodKind ToProto(registry::PeriodKind kind) {
  switch (kind) {
    case registry::PeriodKind::kMonth:
      return v1::PERIOD_KIND_MONTH;
    case registry::PeriodKind::kQuarter:
      return v1::PERIOD_KIND_QUARTER;
    case registry::PeriodKind::kHalfYear:
      return v1::PERIOD_KIND_HALF_YEAR;
    case registry::PeriodKind::kYear:
      return v1::PERIOD_KIND_YEAR;
    case registry::PeriodKind::kOwn:
      return v1::PERIOD_KIND_OWN;
  }
  return v1::PERIOD_KIND_UNSPECIFIED;
}

v1::StratumKind ToProto(registry::StratumKind kind) {
  switch (kind) {
    case registry::StratumKind::kTotal:
      return v1::STRATUM_KIND_UNSPECIFIED;
    case registry::StratumKind::kSex:
      return v1::STRATUM_KIND_SEX;
    case registry::StratumKind::kAgeGroup:
      return v1::STRATUM_KIND_AGE_GROUP;
    case registry::StratumKind::kDiagnosisGroup:
      return v1::STRATUM_KIND_DIAGNOSIS_GROUP;
    case registry::StratumKind::kLegalBasis:
      return v1::STRATUM_KIND_LEGAL_BASIS;
  }
  return v1::STRATUM_KIND_UNSPECIFIED;
}

v1::StandardVerdict ToProto(registry::Verdict verdict) {
  switch (verdict) {
    case registry::Verdict::kNotSet:
      return v1::STANDARD_VERDICT_NOT_SET;
    case registry::Verdict::kMet:
      return v1::STANDARD_VERDICT_MET;
    case registry::Verdict::kNotMet:
      return v1::STANDARD_VERDICT_NOT_MET;
    case registry::Verdict::kUndecided:
      return v1::STANDARD_VERDICT_UNDECIDED;
  }
  return v1::STANDARD_VERDICT_UNSPECIFIED;
}

v1::CourseState ToProto(registry::State state) {
  switch (state) {
    case registry::State::kNotApplicable:
      return v1::COURSE_STATE_NOT_APPLICABLE;
    case registry::State::kExcluded:
      return v1::COURSE_STATE_EXCLUDED;
    case registry::State::kUnknown:
      return v1::COURSE_STATE_UNKNOWN;
    case registry::State::kNo:
      return v1::COURSE_STATE_NO;
    case registry::State::kYes:
      return v1::COURSE_STATE_YES;
  }
  return v1::COURSE_STATE_UNSPECIFIED;
}

v1::FindingSeverity ToProto(registry::Severity severity) {
  switch (severity) {
    case registry::Severity::kError:
      return v1::FINDING_SEVERITY_ERROR;
    case registry::Severity::kWarning:
      return v1::FINDING_SEVERITY_WARNING;
    case registry::Severity::kInformation:
      return v1::FINDING_SEVERITY_INFORMATION;
  }
  return v1::FINDING_SEVERITY_UNSPECIFIED;
}

v1::RejectionKind ToProto(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::kInvalid:
      return v1::REJECTION_KIND_INVALID;
    case RefusalKind::kConflict:
      return v1::REJECTION_KIND_CONFLICT;
    case RefusalKind::kNotAllowed:
      return v1::REJECTION_KIND_NOT_ALLOWED;
    case RefusalKind::kTryLater:
      return v1::REJECTION_KIND_TRY_LATER;
  }
  return v1::REJECTION_KIND_UNSPECIFIED;
}

v1::MeasurementPoint ToProto(registry::Point point) {
  switch (point) {
    case registry::Point::kStart:
      return v1::MEASUREMENT_POINT_START;
    case registry::Point::kEnd:
      return v1::MEASUREMENT_POINT_END;
    case registry::Point::kFollowUp:
      return v1::MEASUREMENT_POINT_FOLLOW_UP;
    default:
      return v1::MEASUREMENT_POINT_UNSPECIFIED;
  }
}

absl::StatusOr<registry::Date> ReadDate(const std::string& text, std::string_view field) {
  if (text.empty()) return registry::Date{};
  const std::optional<registry::Date> date = registry::ParseDate(text);
  if (!date.has_value()) return absl::InvalidArgumentError(std::string(field) + ": expected a date as YYYY-MM-DD");
  return *date;
}

constexpr int kNamesMax = 1024;
constexpr std::size_t kNameBytesMax = 256;

absl::Status CheckSizes(const v1::GetResultsRequest& request) {
  if (absl::Status status = CheckNames(request.indicators(), "indicators"); !status.ok()) return status;
  if (absl::Status status = CheckNames(request.unit_ids(), "unit_ids"); !status.ok()) return status;
  if (request.unit_kinds_size() > kNamesMax || request.indicator_set().size() > kNameBytesMax ||
      request.geography().size() > kNameBytesMax) {
    return absl::InvalidArgumentError("unit_kinds, indicator_set, geography: longer than any");
  }
  return absl::OkStatus();
}

absl::StatusOr<common::Instant> ReadInstant(const std::string& name, const google::protobuf::Timestamp& at) {
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of year 9999, as the type has it
  if (at.seconds() < 0 || at.seconds() > kSecondsMax || at.nanos() < 0 || at.nanos() > 999'999'999) {
    return absl::InvalidArgumentError(name + ": expected an instant");
  }
  return common::Instant(std::chrono::seconds(at.seconds()) + std::chrono::microseconds(at.nanos() / 1000));
}

}  // namespace

absl::Status CheckNames(const google::protobuf::RepeatedPtrField<std::string>& names, std::string_view field) {
  const bool fit = names.size() <= kNamesMax && std::all_of(names.begin(), names.end(), [](const std::string& name) {
                     return name.size() <= kNameBytesMax;
                   });
  if (fit) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(field) + ": expected at most 1024 names of at most 256 bytes");
}

void Write(const registry::Text& text, v1::LocalizedText* out) {
  out->set_da(text.da);
  out->set_en(text.en);
}

void Write(common::Instant instant, google::protobuf::Timestamp* out) {
  *out = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(instant.time_since_epoch().count());
}

void Write(const registry::Finding& finding, v1::Finding* out) {
  out->set_severity(ToProto(finding.severity));
  out->set_code(finding.code);
  out->set_location(finding.location);
  out->set_variable(finding.variable);
  Write(finding.text, out->mutable_text());
}

void Write(const DeliveryOutcome& outcome, v1::DeliverResponse* out) {
  if (!outcome.accepted) {
    v1::Rejection* rejection = out->mutable_rejection();
    rejection->set_kind(ToProto(outcome.refusal));
    for (const registry::Finding& finding : outcome.findings) Write(finding, rejection->add_findings());
    return;
  }
  v1::Receipt* receipt = out->mutable_receipt();
  receipt->set_commit_seq(outcome.commit_seq);
  Write(outcome.committed_at, receipt->mutable_committed_at());
  receipt->set_duplicate(outcome.duplicate);
  for (const registry::Finding& finding : outcome.findings) Write(finding, receipt->add_findings());
}

void Write(const registry::Variable& variable, v1::Variable* out) {
  out->set_id(variable.id);
  out->set_type(std::string(registry::ValueTypeName(variable.type)));
  out->set_unit(variable.unit);
  for (const registry::Code& code : variable.codes) {
    v1::VariableCode* written = out->add_codes();
    written->set_code(code.code);
    Write(code.label, written->mutable_label());
  }
  for (const registry::Point point : variable.points) out->add_points(ToProto(point));
  Write(variable.label, out->mutable_label());
  out->set_derived(variable.derived);
  out->set_draft(variable.draft);
}

void Write(const registry::IndicatorSet& set, v1::IndicatorSet* out) {
  out->set_id(set.id);
  out->set_version(set.version);
  Write(set.label, out->mutable_label());
  out->set_valid_from(registry::FormatDate(set.validity.from));
  if (set.validity.to.has_value()) out->set_valid_to(registry::FormatDate(*set.validity.to));
  out->set_draft(set.draft);
  for (const registry::Indicator& indicator : set.indicators) {
    v1::Indicator* written = out->add_indicators();
    written->set_id(indicator.id);
    Write(indicator.label, written->mutable_label());
    Write(indicator.description, written->mutable_description());
    written->set_type(indicator.type);
    written->set_draft(indicator.draft);
    if (indicator.standard.has_value()) {
      v1::Standard* standard = written->mutable_standard();
      standard->set_direction(indicator.standard->direction == registry::Standard::Direction::kBelow ? "below"
                                                                                                     : "at-least");
      standard->set_percent(indicator.standard->percent);
      standard->set_source(indicator.standard->source);
    }
    const auto add_reason = [written](const registry::Reason& reason) {
      v1::ExclusionReason* added = written->add_exclusion_reasons();
      added->set_id(reason.id);
      Write(reason.label, added->mutable_label());
    };
    for (const registry::Reason& reason : indicator.excluded) add_reason(reason);
    for (const registry::Reason& reason : indicator.unknown) {
      if (reason.apart) add_reason(reason);
    }
  }
}

void Write(const Provenance& provenance, v1::Provenance* out) {
  out->set_commit_seq(provenance.commit_seq);
  Write(provenance.computed_at, out->mutable_computed_at());
  out->set_variable_set(provenance.variable_set);
  out->set_indicator_set(provenance.indicator_set);
  out->set_geography(provenance.geography);
  out->set_engine(provenance.engine);
  out->set_content_sha256(provenance.content_sha256);
  out->set_draft(provenance.draft);
  out->set_snapshot(provenance.snapshot);
}

void Write(const registry::Cell& cell, const registry::CellMask& mask, v1::Cell* out) {
  out->set_indicator(cell.indicator);
  out->mutable_unit()->set_kind(ToProto(cell.unit_kind));
  out->mutable_unit()->set_id(cell.unit);
  out->mutable_unit()->set_name(cell.unit_name);
  out->mutable_period()->set_kind(ToProto(cell.period.kind));
  out->mutable_period()->set_from(registry::FormatDate(cell.period.from));
  out->mutable_period()->set_to(registry::FormatDate(cell.period.to));
  out->mutable_period()->set_label(cell.period.label);
  out->set_stratum_kind(ToProto(cell.stratum_kind));
  out->set_stratum(cell.stratum);
  out->set_masked(mask.counts);
  const registry::CellFigures figures = registry::Figures(cell);
  if (!mask.counts) {
    out->set_numerator(cell.numerator);
    out->set_denominator(cell.denominator);
    out->set_percent(figures.percent);
    out->set_ci_low(figures.ci_low);
    out->set_ci_high(figures.ci_high);
    out->set_verdict(ToProto(cell.verdict));
  }
  if (!mask.unknown) {
    out->set_unknown(cell.unknown);
    // The per cent has the denominator in it.
    if (!mask.counts) out->set_unknown_percent(figures.unknown_percent);
  }
  for (std::size_t i = 0; i < cell.exclusions.size(); ++i) {
    v1::ExclusionCount* count = out->add_exclusions();
    count->set_reason(cell.exclusions[i].reason);
    if (i >= mask.exclusions.size() || !mask.exclusions[i]) count->set_count(cell.exclusions[i].count);
  }
}

void Write(const Results& results, v1::GetResultsResponse* out) {
  for (std::size_t i = 0; i < results.cells.size(); ++i) Write(results.cells[i], results.MaskOf(i), out->add_cells());
  Write(results.provenance, out->mutable_provenance());
}

void Write(const Freshness& freshness, v1::Freshness* out) {
  out->set_authority(freshness.authority);
  if (freshness.last_delivery.has_value()) Write(*freshness.last_delivery, out->mutable_last_delivery());
  out->set_newest_event(freshness.newest_event);
  if (freshness.next_expected.has_value()) Write(*freshness.next_expected, out->mutable_next_expected());
  if (freshness.refused.has_value()) out->set_refused(*freshness.refused);
  if (freshness.courses.has_value()) out->set_courses(*freshness.courses);
  out->set_unknown_percent(freshness.unknown_percent);
  if (freshness.overlapping.has_value()) out->set_overlapping(*freshness.overlapping);
}

void Write(const CourseExplanation& explanation, v1::ExplainCourseResponse* out) {
  for (const registry::Explanation& indicator : explanation.indicators) {
    v1::IndicatorExplanation* written = out->add_indicators();
    written->set_indicator(indicator.indicator);
    written->set_state(ToProto(indicator.outcome.state));
    written->set_reason(indicator.reason);
    Write(indicator.reason_label, written->mutable_reason_label());
    written->set_expression(indicator.expression);
    for (const registry::DecidingValue& value : indicator.values) {
      v1::DecidingValue* decided = written->add_values();
      decided->set_variable(value.variable);
      decided->set_value(value.value);
      decided->set_not_carried(value.not_carried);
    }
  }
  for (const registry::Finding& finding : explanation.findings) Write(finding, out->add_findings());
  Write(explanation.provenance, out->mutable_provenance());
}

absl::StatusOr<registry::Query> ReadQuery(const v1::GetResultsRequest& request) {
  if (absl::Status status = CheckSizes(request); !status.ok()) return status;
  registry::Query query;
  query.indicator_set = request.indicator_set();
  query.indicators.assign(request.indicators().begin(), request.indicators().end());
  query.unit_ids.assign(request.unit_ids().begin(), request.unit_ids().end());
  for (const int kind : request.unit_kinds()) {
    if (kind < v1::UNIT_KIND_MUNICIPALITY || kind > v1::UNIT_KIND_NATION) {
      return absl::InvalidArgumentError("unit_kinds: unknown kind of unit");
    }
    query.unit_kinds.push_back(static_cast<registry::UnitKind>(kind - v1::UNIT_KIND_MUNICIPALITY));
  }
  if (request.period_kind() < v1::PERIOD_KIND_MONTH || request.period_kind() > v1::PERIOD_KIND_OWN) {
    return absl::InvalidArgumentError("period_kind: expected month, quarter, half-year, year or own");
  }
  query.period_kind = static_cast<registry::PeriodKind>(request.period_kind() - v1::PERIOD_KIND_MONTH);
  absl::StatusOr<registry::Date> from = ReadDate(request.from(), "from");
  if (!from.ok()) return from.status();
  absl::StatusOr<registry::Date> to = ReadDate(request.to(), "to");
  if (!to.ok()) return to.status();
  query.from = *from;
  query.to = *to;
  if (request.stratum_kind() < 0 || request.stratum_kind() > v1::STRATUM_KIND_LEGAL_BASIS) {
    return absl::InvalidArgumentError("stratum_kind: unknown division");
  }
  if (request.stratum_kind() != v1::STRATUM_KIND_UNSPECIFIED) {
    query.strata.push_back(static_cast<registry::StratumKind>(request.stratum_kind()));
  }
  query.geography = request.geography();
  return query;
}

absl::StatusOr<std::optional<PastMoment>> ReadMoment(const v1::GetResultsRequest& request) {
  if (!request.has_as_known_at() && request.as_known_at_commit() == 0) return std::nullopt;
  PastMoment moment{.at = std::nullopt, .commit_seq = request.as_known_at_commit()};
  if (moment.commit_seq < 0) return absl::InvalidArgumentError("as_known_at_commit: expected a commit's number");
  if (request.has_as_known_at()) {
    const absl::StatusOr<common::Instant> at = ReadInstant("as_known_at", request.as_known_at());
    if (!at.ok()) return at.status();
    moment.at = *at;
  }
  return moment;
}

absl::StatusOr<std::optional<common::Instant>> ReadNewSeriesAfter(const v1::PublishSnapshotRequest& request) {
  if (!request.has_new_series_after()) return std::nullopt;
  if (request.reason().empty()) {
    return absl::InvalidArgumentError("reason: expected why a new series of published figures is begun");
  }
  return ReadInstant("new_series_after", request.new_series_after());
}

}  // namespace hjerte::indicator
