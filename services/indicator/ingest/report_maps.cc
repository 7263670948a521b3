#include "services/indicator/ingest/report_maps.h"

#include <optional>
#include <utility>

#include "mapping/structuremap/loader.h"

namespace hjerte::indicator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCourseMap = "course.map";
constexpr std::string_view kKlReportMap = "kl-report.map";

// The map of that name; nothing when the content has none.
absl::StatusOr<std::optional<structuremap::Program>> LoadIfThere(const fs::path& content, std::string_view name) {
  const fs::path map = content / "maps" / name;
  if (!fs::exists(map)) return std::nullopt;
  absl::StatusOr<structuremap::LoadedProgram> loaded = structuremap::LoadProgram(map, content / "conceptmaps");
  if (!loaded.ok()) return loaded.status();
  return std::move(loaded->program);
}

class ShippedMaps final : public ReportMaps {
 public:
  ShippedMaps(std::optional<structuremap::Program> course, std::optional<structuremap::Program> kl_report)
      : course_(std::move(course)), kl_report_(std::move(kl_report)) {}

  absl::StatusOr<json::Value> MapCourse(json::Arena& arena, const json::Value& course) const override {
    return Run(course_, arena, course);
  }
  absl::StatusOr<json::Value> MapKlReport(json::Arena& arena, const json::Value& bundle) const override {
    return Run(kl_report_, arena, bundle);
  }

 private:
  static absl::StatusOr<json::Value> Run(const std::optional<structuremap::Program>& program, json::Arena& arena,
                                         const json::Value& source) {
    if (!program.has_value()) {
      return absl::UnimplementedError("the registry content in use has no map for this form; send the FHIR report");
    }
    absl::StatusOr<structuremap::RunResult> result = program->Run(source, arena);
    if (!result.ok()) return result.status();
    return result->target;
  }

  std::optional<structuremap::Program> course_;
  std::optional<structuremap::Program> kl_report_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const ReportMaps>> LoadReportMaps(const fs::path& content_dir) {
  absl::StatusOr<std::optional<structuremap::Program>> course = LoadIfThere(content_dir, kCourseMap);
  if (!course.ok()) return course.status();
  absl::StatusOr<std::optional<structuremap::Program>> kl_report = LoadIfThere(content_dir, kKlReportMap);
  if (!kl_report.ok()) return kl_report.status();
  return std::make_unique<ShippedMaps>(*std::move(course), *std::move(kl_report));
}

}  // namespace hjerte::indicator
