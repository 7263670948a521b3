#include "services/indicator/report_maps.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/structuremap/concept_map.h"
#include "mapping/structuremap/parser.h"
#include "mapping/structuremap/program.h"

namespace hjerte::indicator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCourseMap = "course.map";
constexpr std::string_view kKlReportMap = "kl-report.map";

absl::StatusOr<std::string> ReadText(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(file.string() + ": cannot be opened");
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

absl::StatusOr<std::vector<fs::path>> FilesOf(const fs::path& folder, std::string_view extension) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == extension) files.push_back(entry->path());
  }
  if (error) return absl::NotFoundError(folder.string() + ": cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<structuremap::ConceptMaps> LoadConceptMaps(const fs::path& folder) {
  structuremap::ConceptMaps maps;
  absl::StatusOr<std::vector<fs::path>> files = FilesOf(folder, ".json");
  if (!files.ok()) return files.status();
  for (const fs::path& file : *files) {
    absl::StatusOr<std::string> text = ReadText(file);
    if (!text.ok()) return text.status();
    const absl::StatusOr<json::Document> document = json::Parse(*text);
    const absl::Status status = document.ok() ? maps.Add(document->root()) : document.status();
    if (!status.ok()) return absl::InvalidArgumentError(file.string() + ": " + std::string(status.message()));
  }
  return maps;
}

// An import names a map by its url; a '*' at its end stands for any rest.
bool Imports(const structuremap::StructureMap& map, const std::string& url) {
  return std::any_of(map.imports.begin(), map.imports.end(), [&url](const structuremap::Import& import) {
    const std::size_t star = import.url.find('*');
    return star == std::string::npos ? import.url == url : url.starts_with(import.url.substr(0, star));
  });
}

// The map of that name and, of the folder's others, what it needs directly or through another. Nothing when the folder
// has no such map.
absl::StatusOr<std::optional<structuremap::Program>> LoadProgram(const fs::path& folder, std::string_view name,
                                                                 const structuremap::ConceptMaps& concept_maps) {
  if (!fs::exists(folder / name)) return std::nullopt;
  absl::StatusOr<std::vector<fs::path>> files = FilesOf(folder, ".map");
  if (!files.ok()) return files.status();
  std::vector<structuremap::StructureMap> needed;
  std::vector<structuremap::StructureMap> others;
  for (const fs::path& file : *files) {
    absl::StatusOr<std::string> text = ReadText(file);
    if (!text.ok()) return text.status();
    absl::StatusOr<structuremap::StructureMap> map = structuremap::ParseFml(*text, file.string());
    if (!map.ok()) return map.status();
    (file.filename() == name ? needed : others).push_back(*std::move(map));
  }
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const structuremap::StructureMap& other : others) {
      const bool present =
          std::any_of(needed.begin(), needed.end(), [&other](const auto& map) { return map.url == other.url; });
      if (!present && Imports(needed[i], other.url)) needed.push_back(other);
    }
  }
  structuremap::CompileOptions options;
  options.allow_uuid = false;
  // Which elements are lists and what a choice is called in JSON stands in FHIR's own definitions.
  options.model = fhirpath::R4Model();
  if (options.model == nullptr) {
    return absl::FailedPreconditionError("this program was built without R4's definitions, which maps need");
  }
  absl::StatusOr<structuremap::Program> program =
      structuremap::Program::Compile(std::move(needed), concept_maps, options);
  if (!program.ok()) return program.status();
  return *std::move(program);
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
  absl::StatusOr<structuremap::ConceptMaps> concept_maps = LoadConceptMaps(content_dir / "conceptmaps");
  if (!concept_maps.ok()) return concept_maps.status();
  absl::StatusOr<std::optional<structuremap::Program>> course =
      LoadProgram(content_dir / "maps", kCourseMap, *concept_maps);
  if (!course.ok()) return course.status();
  absl::StatusOr<std::optional<structuremap::Program>> kl_report =
      LoadProgram(content_dir / "maps", kKlReportMap, *concept_maps);
  if (!kl_report.ok()) return kl_report.status();
  return std::make_unique<ShippedMaps>(*std::move(course), *std::move(kl_report));
}

}  // namespace hjerte::indicator
