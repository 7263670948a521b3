#pragma once

#include <ostream>
#include <string>

#include "hjertegateway/v1/delivery.pb.h"
#include "hjertegateway/v1/indicator.pb.h"
#include "mapping/registry/text.h"

namespace hjerte::tool {

// Results for people: one block for each unit, one line for each period, stratum and indicator.
void WriteResultsTable(const hjertegateway::v1::GetResultsResponse& results,
                       const hjertegateway::v1::ListIndicatorSetsResponse& sets, registry::Language language,
                       std::ostream& out);

// Results for programs: a header line, then one line for each cell; one `excluded_<reason>` column for each reason of
// the sets. Decimals with a point; a hidden figure is "#".
void WriteResultsCsv(const hjertegateway::v1::GetResultsResponse& results,
                     const hjertegateway::v1::ListIndicatorSetsResponse& sets, std::ostream& out);

// Why a course counts as it does, and what was found in it. Values are named by the labels of `variables`.
void WriteExplanation(const hjertegateway::v1::ExplainCourseResponse& explanation,
                      const hjertegateway::v1::ListIndicatorSetsResponse& sets,
                      const hjertegateway::v1::ListVariablesResponse& variables, registry::Language language,
                      std::ostream& out);

// One line for each municipality.
void WriteFreshness(const hjertegateway::v1::GetFreshnessResponse& freshness, registry::Language language,
                    std::ostream& out);

}  // namespace hjerte::tool
