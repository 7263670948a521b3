#include "services/indicator/ingest/delivery_request.h"

#include <utility>

#include "hjertegateway/v1/delivery.pb.h"
#include "services/common/copenhagen.h"
#include "services/indicator/ingest/course_json.h"
#include "services/indicator/ingest/report_findings.h"

namespace hjerte::indicator {
namespace {

template <typename Request>
std::variant<Report, registry::Finding> Read(Request& request, const registry::Content& content, common::Instant now) {
  if (request.source().carries_size() > static_cast<int>(kCarriesMax)) return SourceTooLong();
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
  const registry::VariableSet& variables = content.variables_on(registry::Date(common::CopenhagenDate(now)));
  std::variant<std::string, registry::Finding> json = CourseToJson(request.course(), variables);
  if (auto* finding = std::get_if<registry::Finding>(&json)) return std::move(*finding);
  report.form = Report::Form::kCourse;
  report.json = std::move(std::get<std::string>(json));
  // The typed form names every variable: what it does not hold is an answer unless the source says otherwise.
  if (report.source.carries.empty()) {
    for (const registry::Variable& variable : variables.variables) {
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
