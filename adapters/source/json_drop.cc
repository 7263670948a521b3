#include "adapters/source/json_drop.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "adapters/source/json_faults.h"
#include "mapping/json/document.h"
#include "services/common/time_text.h"

namespace hjerte::source {
namespace {

constexpr std::size_t kFilesMax = 200'000;
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kKeyBytesMax = 200;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

// Stands behind the records given where one of them could not be told from others.
constexpr std::string_view kUnplaced = "?";

// Progress of one file: "<state>:<records given>" or "<state>:done".
std::string ProgressKey(const std::string& name) { return "file:" + name; }

Fault FileFault(const std::string& shown, std::string code, const std::string& da, const std::string& en) {
  return Fault{.code = std::move(code), .location = shown, .text = {.da = shown + ": " + da, .en = shown + ": " + en}};
}

std::string_view Unquoted(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return json;
  return json.substr(1, json.size() - 2);
}

absl::Status FeedFile(const std::filesystem::path& path, JsonScanner& scanner) {
  const File file(OpenDropped(path));
  if (file == nullptr) return absl::UnavailableError("the file cannot be opened");
  std::array<char, 64 * 1024> buffer;
  std::size_t skip_mark = 0;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    std::string_view bytes(buffer.data(), count);
    // The mark becomes blanks, so that offsets stay those of the file.
    if (skip_mark++ == 0 && bytes.starts_with("\xEF\xBB\xBF")) {
      scanner.Feed("   ");
      bytes.remove_prefix(3);
    }
    scanner.Feed(bytes);
  }
  return std::ferror(file.get()) == 0 ? absl::OkStatus() : absl::UnavailableError("the file cannot be read to its end");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> JsonDrop::Names() const {
  return ListFolder(options_.folder, options_.prefix, options_.suffix, /*folders=*/false, kFilesMax);
}

bool JsonDrop::IsUnchanged() const { return StateOf(options_.folder / current_->name) == current_->scan.state; }

void JsonDrop::Refuse(const std::string& name, const std::string& shown, const std::string& position, Fault fault,
                      Batch& batch) {
  batch.faulty.push_back({.key = PlaceKey(shown, ""), .json = "", .faults = {std::move(fault)}});
  batch.progress.emplace_back(ProgressKey(name), position + "done");
  batch.scope = shown;
  batch.extract_ended = true;
  batch.more = true;
}

absl::StatusOr<bool> JsonDrop::TryOpen(const std::string& name, const Progress& progress, Batch& batch) {
  const std::filesystem::path path = options_.folder / name;
  const auto state = StateOf(path);
  if (!state) return false;
  const std::string shown = progress.SafeName(name);
  const std::string position = StateText(*state) + ":";
  const std::string stored = progress.Find(ProgressKey(name)).value_or("");
  const std::string given = stored.starts_with(position) ? stored.substr(position.size()) : "0";
  if (given == "done") return false;
  if (!settling_.IsSettled(path, *state)) {
    batch.waiting = WhyItWaits(absl::OkStatus(), shown);
    return false;
  }
  if (state->bytes > options_.file_bytes_max) {
    Refuse(name, shown, position,
           FileFault(shown, "source-file-too-large", "filen er større end tilladt i opsætningen.",
                     "the file is larger than the configuration allows."),
           batch);
    return true;
  }
  auto scan = ScanFile(path, *state);
  if (IsWaitedFor(scan.status())) {
    batch.waiting = WhyItWaits(scan.status(), shown);
    return false;
  }
  if (!scan.ok()) return scan.status();
  JsonScanner scanner(options_.records, options_.records_max, kDepthMax);
  if (absl::Status status = FeedFile(path, scanner); !status.ok()) return false;
  if (scan->encoding != Encoding::kUtf8 || !scanner.whole() || !scanner.found()) {
    Fault fault =
        scan->encoding != Encoding::kUtf8
            ? FileFault(shown, "source-file-encoding", "filen er ikke UTF-8. Dan udtrækket igen i UTF-8.",
                        "the file is not UTF-8. Make the extract again in UTF-8.")
        : scanner.beyond_limits()
            ? FileFault(shown, "source-limits", "filen har flere poster eller dybere niveauer end tilladt.",
                        "the file has more records or deeper levels than allowed.")
        : !scanner.whole()
            ? FileFault(shown, "source-truncated", "filen er ikke hel JSON, den slutter midt i. Dan udtrækket igen.",
                        "the file is not whole JSON, it ends in the middle. Make the extract again.")
            : FileFault(shown, "source-records-missing", "listen \"" + options_.records + "\" mangler i filen.",
                        "the list \"" + options_.records + "\" is missing from the file.");
    Refuse(name, shown, position, std::move(fault), batch);
    return true;
  }
  Current current{.name = name,
                  .shown = shown,
                  .scan = *std::move(scan),
                  .elements = scanner.elements(),
                  .next = 0,
                  .taken_at_us = {},
                  .complete_at_us = {},
                  .holds_unplaced = given.ends_with(kUnplaced)};
  std::from_chars(given.data(), given.data() + given.size(), current.next);
  std::optional<common::Instant> taken;
  bool complete = false;
  for (const auto& [member, text] : scanner.scalars()) {
    if (member == options_.extract_time) taken = common::ParseInstant(Unquoted(text));
    if (member == options_.complete) complete = text == "true";
  }
  if (taken) current.taken_at_us = taken->time_since_epoch().count();
  if (complete && !current.holds_unplaced) current.complete_at_us = current.taken_at_us;
  current_ = std::make_unique<Current>(std::move(current));
  return true;
}

absl::Status JsonDrop::ReadOn(Batch& batch, std::size_t limit) {
  Current& current = *current_;
  const File file(OpenDropped(options_.folder / current.name));
  if (file == nullptr) return absl::UnavailableError("the file cannot be opened");
  batch.scope = current.shown;
  batch.extract = current.scan.digest;
  batch.taken_at_us = current.taken_at_us;
  batch.complete_at_us = current.complete_at_us;
  batch.more = true;
  for (std::size_t i = 0; i < limit && current.next < current.elements.size(); ++i, ++current.next) {
    const JsonScanner::Element& element = current.elements[current.next];
    std::string text(std::min<std::uint64_t>(element.bytes, options_.record_bytes_max + 1), '\0');
    const bool read = fseeko(file.get(), static_cast<off_t>(element.offset), SEEK_SET) == 0 &&
                      std::fread(text.data(), 1, text.size(), file.get()) == text.size();
    if (!read) return absl::UnavailableError("the file became shorter while it was read");
    ReadElement(std::move(text), element, file.get(), batch);
  }
  batch.extract_ended = current.next >= current.elements.size();
  std::string position = batch.extract_ended ? "done" : std::to_string(current.next);
  if (!batch.extract_ended && current.holds_unplaced) position += kUnplaced;
  batch.progress.emplace_back(ProgressKey(current.name), StateText(current.scan.state) + ":" + position);
  if (!IsUnchanged()) return absl::UnavailableError("the file changed while it was read");
  if (batch.extract_ended) Close();
  return absl::OkStatus();
}

// Faults come in the order of the file, so that all of them together read it once.
json::TextError JsonDrop::InFile(json::TextError error, const JsonScanner::Element& element, std::FILE* file) const {
  Current& current = *current_;
  const std::uint64_t at = element.offset + error.byte;
  std::array<char, 64 * 1024> buffer;
  if (fseeko(file, static_cast<off_t>(current.counted), SEEK_SET) != 0) return error;
  while (current.counted < at) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), at - current.counted);
    // A file that became shorter is read anew.
    if (std::fread(buffer.data(), 1, wanted, file) != wanted) return error;
    for (std::size_t i = 0; i < wanted; ++i) {
      if (buffer[i] != '\n') continue;
      ++current.line;
      current.line_start = current.counted + i + 1;
    }
    current.counted += wanted;
  }
  error.byte = at;
  error.line = current.line;
  error.column = at - current.line_start + 1;
  return error;
}

void JsonDrop::ReadElement(std::string text, const JsonScanner::Element& element, std::FILE* file, Batch& batch) const {
  const std::string place = "#" + std::to_string(current_->next + 1);
  const std::string where = batch.scope + ":" + place;
  const auto fault = [&](std::string code, const std::string& da, const std::string& en) {
    // Where a record stands but cannot be told from others, nothing missing may be taken for deleted.
    current_->holds_unplaced = true;
    current_->complete_at_us.reset();
    batch.complete_at_us.reset();
    batch.faulty.push_back(
        {.key = PlaceKey(batch.scope, place),
         .json = "",
         .faults = {Fault{
             .code = std::move(code), .location = where, .text = {.da = where + ": " + da, .en = where + ": " + en}}}});
  };
  if (text.size() > options_.record_bytes_max) {
    return fault("source-row-too-long", "posten er større end tilladt.", "the record is larger than allowed.");
  }
  const auto document = json::Parse(text, {.max_bytes = options_.record_bytes_max});
  if (!document.ok()) {
    auto error = json::TextErrorOf(document.status());
    if (error) error = InFile(*std::move(error), element, file);
    const Text why = NotJsonText({.da = "posten", .en = "the record"}, error);
    return fault("source-json", why.da, why.en);
  }
  const json::Value* key = document->root().Find(options_.key);
  const bool usable = key != nullptr && (key->is_string() || key->is_number()) && !key->text().empty() &&
                      key->text().size() <= kKeyBytesMax;
  if (!usable) {
    return fault("source-key-missing", "nøglen \"" + options_.key + "\" mangler, så posten kan ikke placeres.",
                 "the key \"" + options_.key + "\" is missing, so the record has no place.");
  }
  batch.records.push_back({.key = RecordKey(key->text()), .json = std::move(text)});
}

}  // namespace hjerte::source
