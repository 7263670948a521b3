#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::indicator {

// The shipped maps that turn what arrives in another form into our report. Immutable and thread-safe.
class ReportMaps {
 public:
  virtual ~ReportMaps() = default;
  // A Course as course_json.h writes it → Bundle with identifiers in place of ids.
  virtual absl::StatusOr<json::Value> MapCourse(json::Arena& arena, const json::Value& course) const = 0;
  // KL's section 119 or 140 delivery report → Bundle that holds only the elements used; ids are kept.
  virtual absl::StatusOr<json::Value> MapKlReport(json::Arena& arena, const json::Value& bundle) const = 0;
};

// Loads course.map and kl-report.map with their concept maps from a registry's content folder.
absl::StatusOr<std::unique_ptr<const ReportMaps>> LoadReportMaps(const std::filesystem::path& content_dir);

}  // namespace hjerte::indicator
