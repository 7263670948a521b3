#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapping/json/document.h"
#include "mapping/registry/finding.h"
#include "services/common/clock.h"
#include "services/indicator/courses/derive.h"
#include "services/indicator/store/store.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::indicator {

// One report as it came in.
struct Report {
  enum class Form : std::uint8_t { kBundle, kCourse };

  std::string delivery_id;
  SourceRow source;  // its authority is the authority delivered for
  Form form = Form::kBundle;
  std::string json;  // the Bundle, or the Course in the form course.map reads
  common::Instant received_at;
};

// Why a report is refused.
enum class RefusalKind : std::uint8_t { kInvalid, kConflict, kNotAllowed, kTryLater };

// What became of one report.
struct DeliveryOutcome {
  // Receipt.
  bool accepted = false;
  bool duplicate = false;
  std::int64_t commit_seq = 0;
  common::Instant committed_at;
  // Rejection.
  RefusalKind refusal = RefusalKind::kInvalid;
  // Errors and warnings.
  std::vector<registry::Finding> findings;
};

// A refusal with one finding.
DeliveryOutcome Refuse(RefusalKind kind, registry::Finding finding);

// A report that was checked and prepared for the writer: nothing of it holds the CPR but `number`.
struct PreparedReport {
  std::shared_ptr<const SourceRow> source;
  common::Instant received_at;
  std::string delivery_mac;
  std::string content_mac;
  std::string profile;    // of the Bundle; with bundle_id what a Bundle is known by
  std::string bundle_id;  // empty: the Bundle has none
  SealedNumber number;
  std::string content;  // for the log

  // The resources with their versions (source 0: this report's); their values live in `document`, what they carry in
  // `source`.
  std::vector<SourcedResource> resources;
  std::unique_ptr<json::Document> document;
  // The courses as they are when the citizen has nothing else at the authority.
  registry::Date derived_on{};
  std::vector<DerivedCourse> courses;
  std::vector<registry::Finding> findings;  // warnings

  std::size_t bytes = 0;  // rough memory held
};

}  // namespace hjerte::indicator
