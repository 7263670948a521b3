#include "adapters/source/drop_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "services/common/crypto.h"
#include "services/common/encoding.h"

namespace hjerte::source {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Names that came and went are not remembered for ever.
constexpr std::size_t kAheadMax = 100'000;

std::int64_t Micros(const timespec& time) { return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000; }

}  // namespace

std::FILE* OpenDropped(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return nullptr;
  struct stat facts {};
  const bool regular = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
  std::FILE* stream = regular ? ::fdopen(descriptor, "rb") : nullptr;
  if (stream == nullptr) ::close(descriptor);
  return stream;
}

std::optional<FileState> StateOf(const std::filesystem::path& file) {
  struct stat facts {};
  if (::lstat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  return FileState{.bytes = static_cast<std::uint64_t>(facts.st_size),
                   .changed_at_us = Micros(facts.st_mtim),
                   .touched_at_us = Micros(facts.st_ctim),
                   .inode = facts.st_ino};
}

bool MayNotBeEntered(const std::filesystem::path& folder) {
  struct stat facts {};
  return ::lstat((folder / ".").c_str(), &facts) != 0 && errno == EACCES;
}

std::string StateText(const FileState& state) {
  return std::to_string(state.bytes) + "." + std::to_string(state.changed_at_us) + "." +
         std::to_string(state.touched_at_us) + "." + std::to_string(state.inode);
}

bool Settling::IsSettled(const std::filesystem::path& file, const FileState& state) {
  const std::string name = file.filename().string();
  if (name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp") || name.ends_with('~')) return false;
  if (settle_.count() == 0) return true;
  const std::int64_t last_us = std::max(state.changed_at_us, state.touched_at_us);
  const std::chrono::microseconds age(clock_.Now().time_since_epoch().count() - last_us);
  return age.count() < 0 ? StoodStill(file.string(), state) : age >= settle_;
}

bool Settling::StoodStill(const std::string& file, const FileState& state) {
  if (ahead_.size() > kAheadMax) ahead_.clear();
  const std::chrono::microseconds now = clock_.Steady();
  const auto seen = ahead_.try_emplace(file, Seen{.state = state, .since = now}).first;
  if (seen->second.state != state) seen->second = {.state = state, .since = now};
  return now - seen->second.since >= settle_;
}

absl::StatusOr<FileScan> ScanFile(const std::filesystem::path& file, const FileState& settled) {
  const std::string name = file.filename().string();
  if (StateOf(file) != settled) return absl::UnavailableError(name + ": changed before it was read");
  const std::unique_ptr<std::FILE, Closer> stream(OpenDropped(file));
  if (stream == nullptr) return absl::PermissionDeniedError(name + ": cannot be opened: " + std::strerror(errno));
  common::Sha256Hasher hasher;
  EncodingSniffer sniffer;
  std::array<char, 64 * 1024> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stream.get())) {
    hasher.Update({buffer.data(), count});
    sniffer.Feed({buffer.data(), count});
  }
  if (StateOf(file) != settled) return absl::UnavailableError(name + ": changed while it was read");
  if (std::ferror(stream.get()) != 0) return absl::PermissionDeniedError(name + ": cannot be read to its end");
  return FileScan{.state = settled, .digest = common::ToHex(hasher.Finish()), .encoding = sniffer.Verdict()};
}

bool IsWaitedFor(const absl::Status& scanned) {
  return absl::IsUnavailable(scanned) || absl::IsPermissionDenied(scanned);
}

Text WhyItWaits(const absl::Status& scanned, const std::string& shown) {
  if (absl::IsPermissionDenied(scanned)) {
    return {.da = shown + " kan ikke læses: har adapteren lov til det?",
            .en = shown + " cannot be read: is the adapter allowed to?"};
  }
  return {.da = shown + " skrives stadig", .en = shown + " is still being written"};
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::filesystem::path& folder, std::string_view prefix,
                                                    std::string_view suffix, bool folders, std::size_t names_max) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code type_error;
    const bool link = it->is_symlink(type_error);
    const bool wanted = folders ? !link && it->is_directory(type_error) : it->is_regular_file(type_error);
    std::string name = it->path().filename().string();
    const bool fits =
        name.size() >= prefix.size() + suffix.size() && name.starts_with(prefix) && name.ends_with(suffix);
    if (!wanted || !fits || name.starts_with('.')) continue;
    names.push_back(std::move(name));
    if (names.size() > names_max) return absl::OutOfRangeError(folder.string() + ": more files than the limit");
  }
  if (error) return absl::UnavailableError(folder.string() + ": cannot be read: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace hjerte::source
