#include "services/tool/validate_command.h"

#include <google/protobuf/util/json_util.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "hjertegateway/v1/course.pb.h"
#include "mapping/json/document.h"
#include "mapping/registry/content.h"
#include "mapping/registry/finding.h"
#include "services/common/copenhagen.h"
#include "services/common/random.h"
#include "services/indicator/course_json.h"
#include "services/indicator/prepare.h"
#include "services/indicator/report_maps.h"
#include "services/tool/local_registry.h"

namespace hjerte::tool {
namespace {

constexpr std::uintmax_t kFileBytesMax = std::uintmax_t{16} << 20;

struct Options {
  std::vector<std::string> files;
  std::string content = "mapping/dhrd";
  std::string authority = "0101";
  std::string language = "da";
  std::vector<std::string> carries;
};

// What every file is checked with.
struct Checker {
  std::shared_ptr<const registry::Content> content;
  std::unique_ptr<const indicator::ReportMaps> maps;
  indicator::Keys keys;
  const common::Clock& clock;
};

absl::StatusOr<Checker> MakeChecker(const Options& options, const Context& context) {
  auto content = registry::LoadContent(options.content);
  if (!content.ok()) return content.status();
  auto maps = indicator::LoadReportMaps(options.content);
  if (!maps.ok()) return maps.status();
  common::SystemRandom random;
  return Checker{.content = *std::move(content),
                 .maps = *std::move(maps),
                 .keys = MakePassingKeys(random),
                 .clock = context.clock};
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (error) return absl::NotFoundError(file + ": cannot be read (" + error.message() + ")");
  if (bytes > kFileBytesMax)
    return absl::ResourceExhaustedError(file + ": larger than 16 MiB, more than a report may be");
  std::ifstream stream(file, std::ios::binary);
  std::string text(bytes, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(bytes))) {
    return absl::UnavailableError(file + ": could not be read to its end");
  }
  return text;
}

// A Bundle says what it is; anything else is read as a Course in protobuf's own JSON form.
absl::StatusOr<indicator::Report> ReadReport(const std::string& file, const Options& options, const Checker& checker) {
  absl::StatusOr<std::string> text = ReadWholeFile(file);
  if (!text.ok()) return text.status();
  indicator::Report report;
  report.delivery_id = "validate";
  report.source = {
      .authority = options.authority, .name = "validate", .software = "hjerte", .carries = options.carries};
  report.received_at = checker.clock.Now();
  const auto document = json::Parse(*text);
  if (!document.ok() || document->root().Find("resourceType") != nullptr) {
    report.json = *std::move(text);
    return report;
  }
  hjertegateway::v1::Course course;
  if (!google::protobuf::util::JsonStringToMessage(*text, &course).ok()) {
    return absl::InvalidArgumentError(file +
                                      ": neither a FHIR Bundle (no resourceType) nor a Course as protobuf's JSON form "
                                      "has it; see proto/README.md for an example of each");
  }
  absl::StatusOr<std::string> json = indicator::CourseToJson(course);
  if (!json.ok()) return json.status();
  report.form = indicator::Report::Form::kCourse;
  report.json = *std::move(json);
  if (!course.authority().empty()) report.source.authority = course.authority();
  return report;
}

void Print(const std::string& file, const indicator::ValidationOutcome& outcome, registry::Language language,
           Context& context) {
  const bool danish = language == registry::Language::kDanish;
  context.out << file << ": "
              << (outcome.acceptable ? (danish ? "kan modtages" : "would be accepted")
                                     : (danish ? "ville blive afvist" : "would be refused"))
              << "\n";
  for (const registry::Finding& finding : outcome.findings) {
    context.out << "  " << registry::SeverityName(finding.severity) << "  " << finding.code;
    if (!finding.location.empty()) context.out << "  " << finding.location;
    context.out << "\n      " << finding.text.In(language) << "\n";
  }
}

void Run(const Options& options, Context& context) {
  const absl::StatusOr<Checker> checker = MakeChecker(options, context);
  if (!checker.ok()) return Report(context, checker.status());
  const indicator::PrepareContext prepare{.content = *checker->content,
                                          .maps = *checker->maps,
                                          .keys = checker->keys,
                                          .today = registry::Date(common::CopenhagenDate(context.clock.Now()))};
  const auto language = options.language == "en" ? registry::Language::kEnglish : registry::Language::kDanish;
  for (const std::string& file : options.files) {
    const absl::StatusOr<indicator::Report> report = ReadReport(file, options, *checker);
    if (!report.ok()) {
      Report(context, report.status());
      continue;
    }
    const indicator::ValidationOutcome outcome = indicator::ValidateReport(prepare, *report);
    Print(file, outcome, language, context);
    if (!outcome.acceptable && context.exit_code == kExitOk) context.exit_code = kExitFindings;
  }
}

}  // namespace

void RegisterValidate(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "validate", "Check Bundles (JSON) and Courses (protobuf JSON) as the central service would; nothing is sent");
  command->add_option("files", options->files, "The files to check")->required()->check(CLI::ExistingFile);
  command->add_option("--content", options->content, "The registry's content")->capture_default_str();
  command->add_option("--authority", options->authority, "Code of the municipality it would be delivered for")
      ->capture_default_str();
  command->add_option("--carries", options->carries, "Variables the source carries; may be repeated")->delimiter(',');
  command->add_option("--lang", options->language, "Language of the findings")
      ->check(CLI::IsMember({"da", "en"}))
      ->capture_default_str();
  command->callback([options, &context] { Run(*options, context); });
}

}  // namespace hjerte::tool
