#include "adapters/source/csv_drop.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "adapters/source/csv_faults.h"

namespace hjerte::source {
namespace {

constexpr std::size_t kExtractsMax = 10'000;
constexpr std::string_view kDone = "done";
// Progress: the extract that stands last in the order, "<folder>|<taken at>".
constexpr const char* kNewest = "newest";

// Progress of one extract: "<which>:<records given>" or "<which>:done"; of one refused for its size, which is not read,
// "<state of the file>:done".
std::string ProgressKey(const std::string& name) { return "extract:" + name; }

// Which extract of the folder it is. Where its time orders it, one that says the same later is another: what it says
// holds again, whatever was said between. Where its name does, when it was copied says nothing.
std::string Which(const std::string& name, const CsvExtract& extract) {
  return name.empty() ? extract.digest() + "@" + std::to_string(extract.taken_at_us()) : extract.digest();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> CsvDrop::Names() const {
  auto names = ListFolder(options_.folder, "", "", /*folders=*/true, kExtractsMax);
  if (!names.ok()) return names.status();
  names->emplace_back();
  return names;
}

std::optional<std::vector<FileState>> CsvDrop::ReadyStates(const std::string& name, Batch& batch) {
  std::vector<FileState> states;
  if (MayNotBeEntered(FolderOf(name))) {
    batch.waiting = WhyItWaits(absl::PermissionDeniedError(name), name.empty() ? options_.folder.string() : name);
    return std::nullopt;
  }
  Text missing;
  std::string unsettled;
  for (const CsvFile& file : options_.layout.files) {
    const std::filesystem::path path = FolderOf(name) / file.name;
    const auto state = StateOf(path);
    if (!state) {
      missing = {.da = file.name + " mangler", .en = file.name + " is missing"};
      continue;
    }
    states.push_back(*state);
    if (!settling_.IsSettled(path, *state)) unsettled = file.name;
  }
  if (!unsettled.empty()) {
    batch.waiting = WhyItWaits(absl::OkStatus(), unsettled);
    return std::nullopt;
  }
  if (states.size() == options_.layout.files.size()) return states;
  // A folder without any of the files is simply no extract.
  if (!states.empty()) batch.waiting = std::move(missing);
  return std::nullopt;
}

std::optional<std::size_t> CsvDrop::TooLarge(const std::vector<FileState>& states) const {
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i].bytes > options_.layout.file_bytes_max) return i;
  }
  return std::nullopt;
}

void CsvDrop::Refuse(const std::string& name, std::string position, Fault fault, Batch& batch) {
  batch.faulty.push_back({.key = PlaceKey(name, ""), .json = "", .faults = {std::move(fault)}});
  batch.progress.emplace_back(ProgressKey(name), std::move(position));
  batch.scope = name;
  batch.extract_ended = true;
  batch.more = true;
}

absl::StatusOr<bool> CsvDrop::TryOpen(const std::string& name, const Progress& progress, Batch& batch) {
  auto states = ReadyStates(name, batch);
  if (!states) return false;
  const auto known = done_.find(name);
  if (known != done_.end() && known->second == *states) return false;
  const std::string stored = progress.Find(ProgressKey(name)).value_or("");
  if (const auto large = TooLarge(*states)) {
    const std::string position = StateText((*states)[*large]) + ":" + std::string(kDone);
    if (stored == position) return false;
    Refuse(name, position, FileTooLargeFault(options_.layout.files[*large].name), batch);
    return true;
  }
  auto extract = CsvExtract::Open(FolderOf(name), name, options_.layout, *states);
  if (IsWaitedFor(extract.status())) {
    batch.waiting = WhyItWaits(extract.status(), name.empty() ? options_.layout.files.front().name : name);
    return false;
  }
  if (!extract.ok()) return extract.status();
  const std::string which = Which(name, **extract) + ":";
  const std::string position = stored.starts_with(which) ? stored.substr(which.size()) : "0";
  if (position == kDone) {
    done_[name] = *std::move(states);
    return false;
  }
  std::optional<Fault> fault;
  if (absl::Status status = (*extract)->Prepare(fault); absl::IsOutOfRange(status)) {
    fault = Fault{.code = "source-rows",
                  .location = name,
                  .text = {.da = "En fil har flere rækker end tilladt i opsætningen.",
                           .en = "A file has more rows than the configuration allows."}};
  } else if (!status.ok()) {
    return status;
  }
  if (fault) {
    Refuse(name, which + std::string(kDone), *std::move(fault), batch);
    return true;
  }
  std::uint64_t skip = 0;
  std::from_chars(position.data(), position.data() + position.size(), skip);
  Batch skipped;
  for (std::uint64_t i = 0; i < skip; ++i) {
    const auto more = (*extract)->Next(skipped);
    if (!more.ok()) return more.status();
    skipped = Batch();
  }
  current_ = std::make_unique<Current>(Opened(name, *std::move(extract), progress));
  return true;
}

// Folders are named in the order of their extracts; when a file was copied says less.
CsvDrop::Current CsvDrop::Opened(const std::string& name, std::unique_ptr<CsvExtract> extract,
                                 const Progress& progress) const {
  const bool whole = options_.complete && extract->whole();
  const std::int64_t written_us = extract->taken_at_us();
  Current opened{
      .name = name, .extract = std::move(extract), .taken_at_us = written_us, .complete = whole, .late = false};
  const std::string newest = progress.Find(kNewest).value_or("");
  const std::size_t bar = newest.rfind('|');
  if (name.empty() || bar == std::string::npos) return opened;
  const std::string newest_name = newest.substr(0, bar);
  std::int64_t newest_us = 0;
  std::from_chars(newest.data() + bar + 1, newest.data() + newest.size(), newest_us);
  if (name < newest_name) {
    opened.taken_at_us = std::min(newest_us - 1, written_us);
    opened.complete = false;
    opened.late = true;
  } else {
    opened.taken_at_us = std::max(newest_us + (name == newest_name ? 0 : 1), written_us);
  }
  return opened;
}

absl::Status CsvDrop::ReadOn(Batch& batch, std::size_t limit) {
  CsvExtract& extract = *current_->extract;
  batch.extract = extract.digest();
  batch.scope = current_->name;
  batch.more = true;
  batch.taken_at_us = current_->taken_at_us;
  if (current_->complete) batch.complete_at_us = current_->taken_at_us;
  std::string position;
  for (std::size_t i = 0; i < limit && position.empty(); ++i) {
    const auto more = extract.Next(batch);
    if (!more.ok()) return more.status();
    if (!*more) position = kDone;
  }
  batch.extract_ended = position == kDone;
  if (position.empty()) position = std::to_string(extract.ordinal());
  batch.progress.emplace_back(ProgressKey(current_->name), Which(current_->name, extract) + ":" + position);
  if (!batch.extract_ended) return absl::OkStatus();
  if (!current_->late) {
    batch.progress.emplace_back(kNewest, current_->name + "|" + std::to_string(current_->taken_at_us));
  }
  if (!extract.Unchanged()) return absl::UnavailableError("the files changed while they were read");
  current_ = nullptr;
  return absl::OkStatus();
}

}  // namespace hjerte::source
