#include "services/indicator/delivery_request.h"

#include <utility>

#include "hjertegateway/v1/delivery.pb.h"
#include "services/common/copenhagen.h"
#include "services/indicator/course_json.h"
#include "services/indicator/report_findings.h"

namespace hjerte::indicator {
namespace {

template <typename Request>
std::variant<Report, registry::Finding> Read(Request& request, const registry::Content& content, common::Instant now) {
  Report report;
  report.source = {.authority = request.authority(),
                   .name = request.source().id(),
                   .software = request.source().software(),
                   .carries = {request.source().carries().begin(), request.source().carries().end()}};
  report.received_at = now;
  if (request.has_fhir_bundle_json()) {
    report.json = std::move(*request.mutable_fhir_bundle_json());
    return report;
  }
  if (!request.has_course()) return NoReport();
  if (!request.course().authority().empty() && request.course().authority() != request.authority()) {
    return NotAllowedForAuthority();
  }
  request.mutable_course()->set_authority(request.authority());
  absl::StatusOr<std::string> json = CourseToJson(request.course());
  if (!json.ok()) return NotMappable(json.status());
  report.form = Report::Form::kCourse;
  report.json = *std::move(json);
  // The typed form names every variable: what it does not hold is an answer unless the source says otherwise.
  if (report.source.carries.empty()) {
    const registry::Date today(common::CopenhagenDate(now));
    for (const registry::Variable& variable : content.variables_on(today).variables) {
      if (!variable.derived) report.source.carries.push_back(variable.id);
    }
  }
  return report;
}

}  // namespace

std::variant<Report, registry::Finding> ReadReport(hjertegateway::v1::DeliverRequest& request,
                                                   const registry::Content& content, common::Instant now) {
  return Read(request, content, now);
}

std::variant<Report, registry::Finding> ReadReport(hjertegateway::v1::ValidateRequest& request,
                                                   const registry::Content& content, common::Instant now) {
  return Read(request, content, now);
}

}  // namespace hjerte::indicator
