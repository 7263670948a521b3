#pragma once

#include <ostream>
#include <string>

#include "hjertegateway/v1/indicator.pb.h"
#include "mapping/registry/text.h"
#include "services/tool/preview.h"

namespace hjerte::tool {

// What became of the source's records, for people: how many were read, sent, out of scope, refused, each reason with
// how often it was met and where; what is missing from the courses.
void WriteAccount(const PreviewAccount& account, registry::Language language, std::ostream& out);

// The whole preview as one JSON object: results as `hjerte results --format json` has them, records, courses,
// quarantine, findings.
absl::Status WritePreviewJson(const hjertegateway::v1::GetResultsResponse& results, const PreviewAccount& account,
                              std::ostream& out);

}  // namespace hjerte::tool
