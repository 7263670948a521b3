#pragma once

#include <variant>

#include "mapping/registry/content/content.h"
#include "services/common/random.h"
#include "services/indicator/ingest/report.h"
#include "services/indicator/ingest/report_maps.h"
#include "services/indicator/vault/keys.h"

namespace hjerte::indicator {

// What preparing needs to know beside the report; all of it immutable and shared by the workers.
struct PrepareContext {
  const registry::Content& content;
  const ReportMaps& maps;
  const Keys& keys;
  registry::Date today{};  // in Denmark
};

// Parses, maps where needed, checks, takes the CPR out and derives the courses the report gives by itself. Pure but for
// `random`, which gives the surrogate; may run on many threads.
std::variant<PreparedReport, DeliveryOutcome> PrepareReport(const PrepareContext& context, const Report& report,
                                                            common::Random& random);

// The checks of PrepareReport and those of the courses the report gives by itself; `acceptable` as Deliver would say.
struct ValidationOutcome {
  bool acceptable = false;
  std::vector<registry::Finding> findings;
};
ValidationOutcome ValidateReport(const PrepareContext& context, const Report& report);

}  // namespace hjerte::indicator
