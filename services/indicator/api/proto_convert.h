#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "hjertegateway/v1/delivery.pb.h"
#include "hjertegateway/v1/indicator.pb.h"
#include "mapping/registry/content/content.h"
#include "services/indicator/cube/history.h"
#include "services/indicator/cube/results.h"
#include "services/indicator/ingest/report.h"

namespace hjerte::indicator {

// Between the contracts' messages and the service's own values. Nothing here decides anything.

void Write(const registry::Text& text, hjertegateway::v1::LocalizedText* out);
void Write(common::Instant instant, google::protobuf::Timestamp* out);
void Write(const registry::Finding& finding, hjertegateway::v1::Finding* out);
void Write(const DeliveryOutcome& outcome, hjertegateway::v1::DeliverResponse* out);
void Write(const registry::Variable& variable, hjertegateway::v1::Variable* out);
void Write(const registry::IndicatorSet& set, hjertegateway::v1::IndicatorSet* out);
void Write(const Provenance& provenance, hjertegateway::v1::Provenance* out);
void Write(const registry::Cell& cell, const registry::CellMask& mask, hjertegateway::v1::Cell* out);
void Write(const Results& results, hjertegateway::v1::GetResultsResponse* out);
void Write(const Freshness& freshness, hjertegateway::v1::Freshness* out);
void Write(const CourseExplanation& explanation, hjertegateway::v1::ExplainCourseResponse* out);

// The moment a request asks for figures of; nothing when it asks for those of now. InvalidArgument for a number that is
// none.
absl::StatusOr<std::optional<PastMoment>> ReadMoment(const hjertegateway::v1::GetResultsRequest& request);
// The snapshot after which a new series is meant to begin; nothing when the series is to go on. InvalidArgument without
// a reason.
absl::StatusOr<std::optional<common::Instant>> ReadNewSeriesAfter(
    const hjertegateway::v1::PublishSnapshotRequest& request);

// InvalidArgument for more names than there are of anything, or longer ones: a question is looked through for every
// unit, and kept while it is watched.
absl::Status CheckNames(const google::protobuf::RepeatedPtrField<std::string>& names, std::string_view field);

// InvalidArgument for an unspecified period kind, a date that is none, or names without end.
absl::StatusOr<registry::Query> ReadQuery(const hjertegateway::v1::GetResultsRequest& request);

}  // namespace hjerte::indicator
