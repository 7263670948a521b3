#include "adapters/source/report_files.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "adapters/source/drop_folder.h"
#include "adapters/source/json_faults.h"
#include "mapping/json/document.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/scrub.h"

namespace hjerte::source {
namespace {

constexpr std::size_t kFilesMax = 500'000;
constexpr std::size_t kIdBytesMax = 64;

Fault FileFault(const std::string& shown, std::string code, const std::string& da, const std::string& en) {
  return Fault{.code = std::move(code), .location = shown, .text = {.da = shown + ": " + da, .en = shown + ": " + en}};
}

// FHIR's names of types begin with a capital: "bundle" is a Bundle that somebody means and nobody reads.
bool IsTypeName(std::string_view name) { return !name.empty() && name.front() >= 'A' && name.front() <= 'Z'; }

// The last segment of the Bundle's first profile, "klgateway-119-delivery-report"; empty without one.
std::string ProfileName(const json::Value& bundle) {
  const json::Value* meta = bundle.Find("meta");
  const json::Value* profiles = meta != nullptr ? meta->Find("profile") : nullptr;
  if (profiles == nullptr || profiles->elements().empty()) return "";
  const std::string_view profile = profiles->elements()[0].text();
  return std::string(profile.substr(profile.rfind('/') + 1));
}

absl::StatusOr<std::string> ReadWhole(const std::filesystem::path& path, std::size_t bytes) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(OpenDropped(path), &std::fclose);
  std::string text(bytes, '\0');
  if (file == nullptr) return absl::PermissionDeniedError("the file cannot be opened");
  if (std::fread(text.data(), 1, bytes, file.get()) == bytes) return text;
  if (std::ferror(file.get()) != 0) return absl::PermissionDeniedError("the file cannot be read to its end");
  return absl::UnavailableError("the file became shorter while it was read");
}

}  // namespace

absl::StatusOr<Batch> ReportFiles::Pull(const Progress& progress, std::size_t limit) {
  if (next_ == names_.size()) {
    auto names = ListFolder(options_.folder, options_.prefix, options_.suffix, /*folders=*/false, kFilesMax);
    if (!names.ok()) return names.status();
    names_ = *std::move(names);
    next_ = 0;
    waiting_ = {};
  }
  Batch batch;
  while (next_ < names_.size() && batch.records.size() + batch.faulty.size() < limit) {
    if (absl::Status status = ReadReport(names_[next_], progress, batch); !status.ok()) return status;
    ++next_;
  }
  batch.waiting = waiting_;
  batch.more = next_ < names_.size();
  if (!batch.more) {
    names_.clear();
    next_ = 0;
  }
  return batch;
}

absl::Status ReportFiles::ReadReport(const std::string& name, const Progress& progress, Batch& batch) {
  const std::filesystem::path path = options_.folder / name;
  const auto state = StateOf(path);
  if (!state) return absl::OkStatus();
  const std::string progress_key = "file:" + name;
  const std::string position = StateText(*state);
  const std::string stored = progress.Find(progress_key).value_or("");
  if (stored.starts_with(position + ":")) return absl::OkStatus();
  const std::string shown = progress.SafeName(name);
  if (!settling_.IsSettled(path, *state)) {
    waiting_ = WhyItWaits(absl::OkStatus(), shown);
    return absl::OkStatus();
  }
  const std::string file_key = PlaceKey(shown, "");
  if (state->bytes > options_.file_bytes_max) {
    batch.faulty.push_back(
        {.key = file_key,
         .json = "",
         .faults = {FileFault(shown, "source-file-too-large", "filen er større end tilladt i opsætningen.",
                              "the file is larger than the configuration allows.")}});
    batch.progress.emplace_back(progress_key, position + ":");
    return absl::OkStatus();
  }
  auto text = ReadWhole(path, state->bytes);
  if (text.ok() && StateOf(path) != state) text = absl::UnavailableError("the file was replaced while it was read");
  if (!text.ok()) {
    waiting_ = WhyItWaits(text.status(), shown);
    return absl::OkStatus();
  }
  const std::string digest = common::ToHex(common::Sha256(*text));
  batch.progress.emplace_back(progress_key, position + ":" + digest);
  const bool same_content = stored.size() > digest.size() && stored.ends_with(":" + digest);
  if (same_content) return absl::OkStatus();
  const auto document = json::Parse(*text, {.max_bytes = options_.file_bytes_max});
  if (!document.ok()) {
    const Text why = NotJsonText({.da = "filen", .en = "the file"}, json::TextErrorOf(document.status()));
    batch.faulty.push_back({.key = file_key,
                            .json = "",
                            .faults = {FileFault(shown, "source-json", why.da + " Dan rapporten igen.",
                                                 why.en + " Make the report again.")}});
    return absl::OkStatus();
  }
  const json::Value* type = document->root().Find("resourceType");
  if (type == nullptr || !IsTypeName(type->text())) {
    batch.faulty.push_back(
        {.key = file_key,
         .json = "",
         .faults = {FileFault(shown, "source-no-resource",
                              "filen er ikke en FHIR-ressource, og en rapport skal stå som én Bundle i en fil for sig.",
                              "the file is no FHIR resource; a report must be one Bundle in a file of its own.")}});
    return absl::OkStatus();
  }
  batch.mended.push_back(file_key);
  if (type->text() != "Bundle") return absl::OkStatus();
  const json::Value* id = document->root().Find("id");
  const std::string_view bundle_id = id != nullptr ? id->text() : std::string_view();
  // Without a usable id the content names the report.
  const bool usable = !bundle_id.empty() && bundle_id.size() <= kIdBytesMax && common::ScrubCpr(bundle_id) == bundle_id;
  const std::string own = usable ? std::string(bundle_id) : digest;
  batch.records.push_back({.key = RecordKey(ProfileName(document->root()) + "/" + own),
                           .json = *std::move(text),
                           .written_at_us = state->changed_at_us});
  return absl::OkStatus();
}

}  // namespace hjerte::source
