#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/source/fault.h"
#include "adapters/source/text_encoding.h"
#include "services/common/clock.h"

namespace hjerte::source {

// What tells one state of a file from another without reading it.
struct FileState {
  std::uint64_t bytes = 0;
  std::int64_t changed_at_us = 0;
  // When anything about the file changed last: programs that write can set the other time back, and not this one.
  std::int64_t touched_at_us = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileState&) const = default;
};

// What one reading of a whole file tells.
struct FileScan {
  FileState state;
  // SHA-256 of the content, hex.
  std::string digest;
  Encoding encoding = Encoding::kUtf8;
};

// Opens a file of a drop folder for reading: a regular file only, and never by a link, since whoever may write to the
// folder could otherwise have anything read that the adapter may read. Does not wait, whatever it is. Null when it
// cannot be opened.
std::FILE* OpenDropped(const std::filesystem::path& file);

// The file's state now; nothing when it is not a regular file, a link to one included.
std::optional<FileState> StateOf(const std::filesystem::path& file);

// Whether the folder is there and what lies in it may not be looked at.
bool MayNotBeEntered(const std::filesystem::path& folder);

// The state as a text, to be remembered; another state is another text.
std::string StateText(const FileState& state);

// Tells which files may be taken: their writers are done with them. Hidden files and names that end in .part, .tmp or ~
// are still being written by convention; any other is taken when nothing about it has changed for `settle`. `clock`
// must outlive it.
class Settling {
 public:
  Settling(std::chrono::milliseconds settle, const common::Clock& clock) : settle_(settle), clock_(clock) {}
  // `state` is the file's, read just now.
  bool IsSettled(const std::filesystem::path& file, const FileState& state);

 private:
  struct Seen {
    FileState state;
    std::chrono::microseconds since;
  };
  bool StoodStill(const std::string& file, const FileState& state);

  std::chrono::milliseconds settle_;
  const common::Clock& clock_;
  // Files whose times lie ahead (a clock set back, a share with another clock), since they were first seen so.
  std::map<std::string, Seen> ahead_;
};

// Reads the file once, in constant memory. Unavailable when it is not in the state `settled` before and after;
// PermissionDenied when it is not given to be read.
absl::StatusOr<FileScan> ScanFile(const std::filesystem::path& file, const FileState& settled);

// Whether a file that could not be scanned is looked at again by itself; any other error is trouble of the machine.
bool IsWaitedFor(const absl::Status& scanned);
// What to tell of such a file, or of one that is not settled (an OK status). `shown` names it.
Text WhyItWaits(const absl::Status& scanned, const std::string& shown);

// Names of the regular files (or, with `folders`, of the folders; links to folders are left out) in the folder whose
// name begins and ends so, in order of name; OutOfRange when there are more than `names_max`.
absl::StatusOr<std::vector<std::string>> ListFolder(const std::filesystem::path& folder, std::string_view prefix,
                                                    std::string_view suffix, bool folders, std::size_t names_max);

}  // namespace hjerte::source
