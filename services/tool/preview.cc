#include "services/tool/preview.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace hjerte::tool {
namespace {

// The residence of a record that does not say it, where no municipality is known.
constexpr const char* kNoAuthority = "0000";

bool IsCode(const std::string& text) {
  return text.size() == 4 && text.find_first_not_of("0123456789") == std::string::npos;
}

// Reads until there is nothing left; what the source still waits for at the end is an error, since a preview is of
// files that are there.
absl::Status Drain(adapters::Adapter& adapter, const LocalRegistry& registry,
                   const std::function<void(std::int64_t)>& progress) {
  while (true) {
    if (absl::Status status = adapter.Step(std::chrono::milliseconds(0)); !status.ok()) return status;
    if (!registry.status().ok()) return registry.status();
    progress(adapter.RecordsRead());
    if (adapter.Idle()) return absl::OkStatus();
    if (adapter.Waiting().en.empty() || !adapter.Delivered()) continue;
    return absl::FailedPreconditionError("the source waits: " + adapter.Waiting().en);
  }
}

}  // namespace

absl::StatusOr<adapters::AdapterConfig> ConfigOfFolder(const std::filesystem::path& content_folder,
                                                       const std::string& format, const std::filesystem::path& folder,
                                                       std::string authority) {
  absl::StatusOr<std::vector<std::string>> formats = std::vector<std::string>{format};
  if (format.empty()) formats = adapters::FormatNames(content_folder);
  if (!formats.ok()) return formats.status();
  adapters::AdapterConfig config;
  config.registry = content_folder;
  std::string known;
  for (const std::string& name : *formats) {
    auto source = adapters::SourceOfFormat(content_folder, name, folder);
    if (!source.ok()) return source.status();
    known += (known.empty() ? "" : ", ") + name;
    if (adapters::HoldsFilesOf(*source)) {
      config.source = *std::move(source);
      break;
    }
  }
  if (config.source.id.empty()) {
    return absl::NotFoundError(folder.string() + ": holds no files of the format " + known +
                               "; see the registry's formats/*.yaml for their names");
  }
  // A folder is often called what the municipality is.
  const std::string folder_name = std::filesystem::absolute(folder).lexically_normal().filename().string();
  if (authority.empty() && IsCode(folder_name)) authority = folder_name;
  const bool says_residence = !std::holds_alternative<source::ReportFilesOptions>(config.source.options);
  if (authority.empty() && says_residence) authority = kNoAuthority;
  if (!IsCode(authority)) {
    return absl::InvalidArgumentError(
        "--authority: the four digits of the municipality that delivers, e.g. 0751; these "
        "reports do not say where the citizen lives");
  }
  config.authority = authority;
  return config;
}

absl::StatusOr<Preview> RunPreview(const adapters::AdapterConfig& config, const registry::Query& query,
                                   const common::Clock& clock, const std::function<void(std::int64_t)>& progress) {
  adapters::AdapterConfig local = config;
  local.state.clear();
  std::visit([](auto& options) { options.settle = std::chrono::milliseconds(0); }, local.source.options);
  auto content = registry::LoadContent(local.registry);
  if (!content.ok()) return content.status();
  auto registry = LocalRegistry::Open(*std::move(content), local.registry, clock);
  if (!registry.ok()) return registry.status();
  common::SystemRandom random;
  const auto key = common::MakeKeyProvider(common::SecretKey(random.Bytes(common::SecretKey::kBytes)));
  auto adapter = adapters::Adapter::Open(
      local, {.clock = &clock, .random = &random, .log = {}, .link = registry->get(), .key = key.get()});
  if (!adapter.ok()) return adapter.status();
  if (absl::Status status = Drain(**adapter, **registry, progress); !status.ok()) return status;
  auto quarantine = adapters::Quarantine((*adapter)->state()).List(kQuarantineListed);
  if (!quarantine.ok()) return quarantine.status();
  auto results = (*registry)->Run(query);
  if (!results.ok()) return results.status();
  auto findings = (*registry)->CourseFindings();
  if (!findings.ok()) return findings.status();
  return Preview{.account = {.adapter = (*adapter)->Status(),
                             .quarantine = *std::move(quarantine),
                             .course_findings = *std::move(findings),
                             .report_warnings = (*registry)->ReportWarnings()},
                 .results = *std::move(results)};
}

}  // namespace hjerte::tool
