#pragma once

#include <cstdint>
#include <string>

#include "services/common/audit_log.h"

namespace hjerte::tool {

// A record of the audit log as a FHIR R4 AuditEvent: one JSON object on one line. `source` names the program whose log
// it is.
std::string ToAuditEvent(std::int64_t seq, const common::AuditRecord& record, const std::string& source);

}  // namespace hjerte::tool
