#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
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

// The state as a text, to be remembered; another state is another text.
std::string StateText(const FileState& state);

// Whether a file may be taken: its writer is done with it. Hidden files and names that end in .part, .tmp or ~ are
// still being written by convention; any other is taken when it has not changed for `settle`.
bool IsSettled(const std::filesystem::path& file, std::chrono::milliseconds settle, common::Instant now);

// Reads the file once, in constant memory. Unavailable when it cannot be read or changes meanwhile.
absl::StatusOr<FileScan> ScanFile(const std::filesystem::path& file);

// Names of the regular files (or, with `folders`, of the folders; links to folders are left out) in the folder whose
// name begins and ends so, in order of name; OutOfRange when there are more than `names_max`.
absl::StatusOr<std::vector<std::string>> ListFolder(const std::filesystem::path& folder, std::string_view prefix,
                                                    std::string_view suffix, bool folders, std::size_t names_max);

}  // namespace hjerte::source
