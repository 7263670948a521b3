#include "services/tool/validate_command.h"

#include <google/protobuf/util/json_util.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/json/document.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/finding.h"
#include "services/common/copenhagen.h"
#include "services/common/delivery_metadata.h"
#include "services/common/printable.h"
#include "services/common/random.h"
#include "services/common/scrub.h"
#include "services/indicator/ingest/delivery_request.h"
#include "services/indicator/ingest/prepare.h"
#include "services/indicator/ingest/report_maps.h"
#include "services/tool/input_file.h"
#include "services/tool/local_registry.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

constexpr const char* kAuthorityAssumed = "0101";

struct Options {
  std::vector<std::string> files;
  std::string content = "mapping/dhrd";
  std::string authority;
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

// A Bundle says what it is; anything else is read as a Course in protobuf's own JSON form.
absl::StatusOr<v1::ValidateRequest> ReadRequest(const std::string& file, const Options& options) {
  absl::StatusOr<std::string> text = ReadInput(file, common::kReportBytesMax >> 20);
  if (!text.ok()) return text.status();
  v1::ValidateRequest request;
  request.set_authority(options.authority.empty() ? kAuthorityAssumed : options.authority);
  request.mutable_source()->set_id("validate");
  request.mutable_source()->mutable_carries()->Add(options.carries.begin(), options.carries.end());
  const auto document = json::Parse(*text);
  if (!document.ok() || document->root().Find("resourceType") != nullptr) {
    request.set_fhir_bundle_json(*std::move(text));
    return request;
  }
  const auto status = google::protobuf::util::JsonStringToMessage(*text, request.mutable_course());
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        file + ": neither a FHIR Bundle (no resourceType) nor a Course as protobuf's JSON form has it: " +
        common::ScrubCpr(status.message().ToString()) + "; see proto/README.md for an example of each");
  }
  if (options.authority.empty() && !request.course().authority().empty()) {
    request.set_authority(request.course().authority());
  }
  return request;
}

indicator::ValidationOutcome Check(const indicator::PrepareContext& prepare, v1::ValidateRequest request,
                                   common::Instant now) {
  auto report = indicator::ReadReport(request, prepare.content, now);
  if (auto* finding = std::get_if<registry::Finding>(&report)) return {.acceptable = false, .findings = {*finding}};
  std::get<indicator::Report>(report).delivery_id = "validate";
  return indicator::ValidateReport(prepare, std::get<indicator::Report>(report));
}

void Print(const std::string& file, const indicator::ValidationOutcome& outcome, registry::Language language,
           Context& context) {
  const bool danish = language == registry::Language::kDanish;
  context.out << common::Printable(file) << ": "
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
    absl::StatusOr<v1::ValidateRequest> request = ReadRequest(file, options);
    if (!request.ok()) {
      Report(context, request.status());
      continue;
    }
    const indicator::ValidationOutcome outcome = Check(prepare, *std::move(request), context.clock.Now());
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
  command->add_option("--authority", options->authority,
                      "Code of the municipality it would be delivered for; left out, a Course's own, else 0101");
  command->add_option("--carries", options->carries, "Variables the source carries; may be repeated")->delimiter(',');
  command->add_option("--lang", options->language, "Language of the findings")
      ->check(CLI::IsMember({"da", "en"}))
      ->capture_default_str();
  command->callback([options, &context] { Run(*options, context); });
}

}  // namespace hjerte::tool
