#include "services/tool/audit_event.h"

#include "mapping/json/write.h"
#include "services/common/time_text.h"

namespace hjerte::tool {
namespace {

// A look at a citizen is a query, a changed setting an execution (FHIR's AuditEvent types and actions).
bool IsLook(const std::string& action) {
  return action == "explain" || action.starts_with("export") || action.starts_with("view") || action == "show";
}

}  // namespace

std::string ToAuditEvent(std::int64_t seq, const common::AuditRecord& record, const std::string& source) {
  const auto quoted = [](const std::string& text) {
    std::string json;
    json::AppendQuoted(text, json);
    return json;
  };
  const bool look = IsLook(record.action);
  std::string json = R"({"resourceType":"AuditEvent","id":"audit-)" + std::to_string(seq) + "\"";
  json += look ? R"(,"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest"})"
               : R"(,"type":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110100"})";
  json += R"(,"subtype":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/audit-action","code":)" +
          quoted(record.action) + "}]";
  json += std::string(R"(,"action":")") + (look ? "R" : "E") + "\"";
  json += R"(,"recorded":")" + common::FormatInstant(record.at) + R"(","outcome":"0")";
  json += R"(,"purposeOfEvent":[{"text":)" + quoted(record.reason.empty() ? "not given" : record.reason) + "}]";
  json += R"(,"agent":[{"requestor":true,"who":{"identifier":{"value":)" + quoted(record.who) + "}}}]";
  json += R"(,"source":{"observer":{"display":)" + quoted(source) + "}}";
  if (!record.object.empty()) {
    json += R"(,"entity":[{"what":{"identifier":{"value":)" + quoted(record.object) + "}}}]";
  }
  return json + "}";
}

}  // namespace hjerte::tool
